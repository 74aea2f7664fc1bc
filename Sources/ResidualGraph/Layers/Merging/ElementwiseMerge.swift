internal import OrderedCollections

/// A layer that merges inputs of shapes that are equal or broadcast.
protocol ElementwiseMerge: Layer {
  init(name: String?)
  /// How many inputs there may be.
  static var inputCounts: ClosedRange<Int> { get }
  /// Merges arrays of one shape.
  static func merge<Scalar: ReferenceScalar>(_ arrays: [NDArray<Scalar>]) -> NDArray<Scalar>
  /// How far rounding may move what was merged of arrays of one shape.
  static func bound<Scalar: ReferenceScalar>(
    _ arrays: [NDArray<Scalar>], output: NDArray<Scalar>
  ) -> RoundingBound<Scalar>
}

extension ElementwiseMerge {
  static var inputCounts: ClosedRange<Int> { 1...Int.max }

  /// Reads nothing.
  public init(attributes: Attributes) throws(ModelError) { self.init(name: nil) }

  /// None.
  public var attributes: Attributes { [:] }

  /// The shape that the inputs have together: see `Add`.
  public func outputShapes(for inputs: [Shape]) throws(ModelError) -> [Shape] {
    let counts = Self.inputCounts
    guard counts.contains(inputs.count) else {
      let isExact = counts.lowerBound == counts.upperBound
      let expected = isExact ? "\(counts.lowerBound)" : "at least \(counts.lowerBound)"
      throw .inputCount(expected: expected, found: inputs.count)
    }
    return [try Broadcasting.shape(of: inputs)]
  }

  /// Merges the inputs.
  public func forward<Scalar: ReferenceScalar>(
    _ inputs: [NDArray<Scalar>], _ parameters: Parameters<Scalar>
  ) -> [NDArray<Scalar>] {
    [Self.merge(Broadcasting.broadcast(inputs))]
  }

  /// What the layer's operations round.
  public func roundingBounds<Scalar: ReferenceScalar>(
    _ inputs: [NDArray<Scalar>], _ parameters: Parameters<Scalar>, outputs: [NDArray<Scalar>]
  ) -> [RoundingBound<Scalar>] {
    outputs.map { Self.bound(Broadcasting.broadcast(inputs), output: $0) }
  }
}

// MARK: - Layers

/// The sum of its inputs: `x₀ + x₁ + …`.
///
/// Inputs of a lower rank get axes of size 1 after the batch axis; then an axis of
/// size 1, the batch axis excepted, is repeated to the size of the others.
public struct Add: ElementwiseMerge, Hashable {
  /// The name in the schema and in Keras.
  public static let kind = "Add"

  /// The layer's name and how its weights begin.
  public var declaration = LayerDeclaration()

  /// Makes the layer.
  public init(name: String? = nil) {
    declaration = LayerDeclaration(name: name)
  }

  @specialized(where Scalar == Float) @specialized(where Scalar == Double)
  static func merge<Scalar: ReferenceScalar>(_ arrays: [NDArray<Scalar>]) -> NDArray<Scalar> {
    .merged(arrays, Sum())
  }

  /// One addition is off by half a unit of its result; several, by a sum's bound.
  @specialized(where Scalar == Float) @specialized(where Scalar == Double)
  static func bound<Scalar: ReferenceScalar>(
    _ arrays: [NDArray<Scalar>], output: NDArray<Scalar>
  ) -> RoundingBound<Scalar> {
    arrays.count > 2
      ? .sum(of: arrays.count - 1, magnitude: merge(arrays.map(\.magnitudes)))
      : .relative(Scalar(arrays.count - 1), output)
  }
}

/// The difference of two inputs, `x₀ - x₁`; their shapes fit as for `Add`.
public struct Subtract: ElementwiseMerge, Hashable {
  /// The name in the schema and in Keras.
  public static let kind = "Subtract"
  static let inputCounts = 2...2

  /// The layer's name and how its weights begin.
  public var declaration = LayerDeclaration()

  /// Makes the layer.
  public init(name: String? = nil) {
    declaration = LayerDeclaration(name: name)
  }

  @specialized(where Scalar == Float) @specialized(where Scalar == Double)
  static func merge<Scalar: ReferenceScalar>(_ arrays: [NDArray<Scalar>]) -> NDArray<Scalar> {
    .merged(arrays, Difference())
  }

  @specialized(where Scalar == Float) @specialized(where Scalar == Double)
  static func bound<Scalar: ReferenceScalar>(
    _ arrays: [NDArray<Scalar>], output: NDArray<Scalar>
  ) -> RoundingBound<Scalar> { .relative(1, output) }
}

/// The product of its inputs, `x₀·x₁·…`; their shapes fit as for `Add`.
public struct Multiply: ElementwiseMerge, Hashable {
  /// The name in the schema and in Keras.
  public static let kind = "Multiply"

  /// The layer's name and how its weights begin.
  public var declaration = LayerDeclaration()

  /// Makes the layer.
  public init(name: String? = nil) {
    declaration = LayerDeclaration(name: name)
  }

  @specialized(where Scalar == Float) @specialized(where Scalar == Double)
  static func merge<Scalar: ReferenceScalar>(_ arrays: [NDArray<Scalar>]) -> NDArray<Scalar> {
    .merged(arrays, Product())
  }

  @specialized(where Scalar == Float) @specialized(where Scalar == Double)
  static func bound<Scalar: ReferenceScalar>(
    _ arrays: [NDArray<Scalar>], output: NDArray<Scalar>
  ) -> RoundingBound<Scalar> { .relative(Scalar(arrays.count - 1), output) }
}

/// The mean of its inputs, `(x₀ + x₁ + …) ÷ n`; their shapes fit as for `Add`.
public struct Average: ElementwiseMerge, Hashable {
  /// The name in the schema and in Keras.
  public static let kind = "Average"

  /// The layer's name and how its weights begin.
  public var declaration = LayerDeclaration()

  /// Makes the layer.
  public init(name: String? = nil) {
    declaration = LayerDeclaration(name: name)
  }

  @specialized(where Scalar == Float) @specialized(where Scalar == Double)
  static func merge<Scalar: ReferenceScalar>(_ arrays: [NDArray<Scalar>]) -> NDArray<Scalar> {
    var sum = NDArray.merged(arrays, Sum())
    let count = Scalar(arrays.count)
    for index in sum.elements.indices { sum.elements[index] /= count }
    return sum
  }

  /// The sum's bound, and two units for the division or the product with 1 ÷ n.
  @specialized(where Scalar == Float) @specialized(where Scalar == Double)
  static func bound<Scalar: ReferenceScalar>(
    _ arrays: [NDArray<Scalar>], output: NDArray<Scalar>
  ) -> RoundingBound<Scalar> {
    var bound = RoundingBound.relative(2, output)
    bound.length = arrays.count - 1
    bound.magnitude = merge(arrays.map(\.magnitudes)).elements
    return bound
  }
}

/// The largest of its inputs' elements; their shapes fit as for `Add`.
public struct Maximum: ElementwiseMerge, Hashable {
  /// The name in the schema and in Keras.
  public static let kind = "Maximum"

  /// The layer's name and how its weights begin.
  public var declaration = LayerDeclaration()

  /// Makes the layer.
  public init(name: String? = nil) {
    declaration = LayerDeclaration(name: name)
  }

  @specialized(where Scalar == Float) @specialized(where Scalar == Double)
  static func merge<Scalar: ReferenceScalar>(_ arrays: [NDArray<Scalar>]) -> NDArray<Scalar> {
    .merged(arrays, Larger())
  }

  @specialized(where Scalar == Float) @specialized(where Scalar == Double)
  static func bound<Scalar: ReferenceScalar>(
    _ arrays: [NDArray<Scalar>], output: NDArray<Scalar>
  ) -> RoundingBound<Scalar> { .exact(output) }
}

/// The smallest of its inputs' elements; their shapes fit as for `Add`.
public struct Minimum: ElementwiseMerge, Hashable {
  /// The name in the schema and in Keras.
  public static let kind = "Minimum"

  /// The layer's name and how its weights begin.
  public var declaration = LayerDeclaration()

  /// Makes the layer.
  public init(name: String? = nil) {
    declaration = LayerDeclaration(name: name)
  }

  @specialized(where Scalar == Float) @specialized(where Scalar == Double)
  static func merge<Scalar: ReferenceScalar>(_ arrays: [NDArray<Scalar>]) -> NDArray<Scalar> {
    .merged(arrays, Smaller())
  }

  @specialized(where Scalar == Float) @specialized(where Scalar == Double)
  static func bound<Scalar: ReferenceScalar>(
    _ arrays: [NDArray<Scalar>], output: NDArray<Scalar>
  ) -> RoundingBound<Scalar> { .exact(output) }
}
