/// A precision the reference pass can run in.
public protocol ReferenceScalar: BinaryFloatingPoint, SIMDScalar, Sendable, Codable {
  /// The element type of the same precision.
  static var dtype: DType { get }
}

extension Float: ReferenceScalar {
  /// `float32`.
  public static var dtype: DType { .float32 }
}

extension Double: ReferenceScalar {
  /// `float64`.
  public static var dtype: DType { .float64 }
}

/// A tensor as the reference pass computes with it: row-major, in one precision.
public struct NDArray<Scalar: ReferenceScalar>: Sendable, Equatable {
  /// The size of each axis, outermost first.
  public package(set) var dimensions: [Int]
  /// The elements, row-major: as many as the dimensions say.
  public package(set) var elements: [Scalar]

  /// Makes an array of elements.
  ///
  /// - Throws: `ModelError.arraySize` where they are not as many as the dimensions say.
  public init(_ dimensions: [Int], elements: [Scalar]) throws(ModelError) {
    guard dimensions.checkedProduct() == elements.count else {
      throw .arraySize(dimensions, elementCount: elements.count)
    }
    self.dimensions = dimensions
    self.elements = elements
  }

  /// Makes an array of elements that are known to be as many as the dimensions say.
  package init(_ dimensions: [Int], _ elements: [Scalar]) {
    precondition(elements.count == dimensions.reduce(1, *), "elements do not fill \(dimensions)")
    self.dimensions = dimensions
    self.elements = elements
  }

  /// Makes an array of one repeated element.
  public init(repeating element: Scalar, _ dimensions: [Int]) {
    self.dimensions = dimensions
    elements = Array(repeating: element, count: dimensions.reduce(1, *))
  }

  /// The shape of the array.
  public var shape: Shape { Shape(dimensions) }

  /// The same elements in the same order with other axes, which have as many.
  package func reshaped(_ dimensions: [Int]) -> NDArray { NDArray(dimensions, elements) }
}
