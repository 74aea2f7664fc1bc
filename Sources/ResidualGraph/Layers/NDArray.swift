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
  public var dimensions: [Int]
  /// The elements, row-major.
  public var elements: [Scalar]

  /// Makes an array of elements that are as many as the dimensions say.
  public init(_ dimensions: [Int], _ elements: [Scalar]) {
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

  /// The same elements in the same order with other axes.
  public func reshaped(_ dimensions: [Int]) -> NDArray { NDArray(dimensions, elements) }
}

/// How far a correct evaluation in a finite precision may be from the exact
/// result of a layer on given inputs, element by element.
///
/// A result that sums `length` products with rounded operations differs from the
/// exact sum by at most γ(length)·Σ|w||x|, γ(n) ≈ n·u, whatever the order of the
/// sum (Higham, Accuracy and Stability of Numerical Algorithms, §3.1); with
/// rounding errors of random sign it differs, with a probability of at least
/// 1 - 2·exp(-λ²/2), by no more than λ·√n·u·Σ|w||x| (Higham and Mary, 2019).
/// `magnitude` is Σ|w||x| and `fixed` is what does not grow with the length, such
/// as the few units in the last place of an activation function.
public struct RoundingBound<Scalar: ReferenceScalar>: Sendable {
  /// The number of rounded operations that feed one element.
  public var length: Int
  /// Σ|w||x| for each element; empty where there is no sum.
  public var magnitude: [Scalar]
  /// The part of the bound that does not grow with the length, for each element,
  /// in multiples of the unit roundoff.
  public var fixed: [Scalar]

  /// Makes a bound.
  public init(length: Int, magnitude: [Scalar], fixed: [Scalar]) {
    self.length = length
    self.magnitude = magnitude
    self.fixed = fixed
  }

  /// The bound of a layer that only moves or selects elements: none.
  public static func exact(_ output: NDArray<Scalar>) -> RoundingBound {
    RoundingBound(
      length: 0, magnitude: [], fixed: Array(repeating: 0, count: output.elements.count))
  }

  /// The bound of a layer that computes each element to within some units in the
  /// last place of itself.
  public static func relative(_ units: Scalar, _ output: NDArray<Scalar>) -> RoundingBound {
    RoundingBound(length: 0, magnitude: [], fixed: output.elements.map { units * abs($0) })
  }
}
