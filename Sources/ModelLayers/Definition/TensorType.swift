/// What is known of a tensor before it is computed.
public struct TensorType: Hashable, Sendable {
  /// The size of each axis.
  public var shape: Shape
  /// The type of the elements; `float32` stands for every type of real numbers.
  ///
  /// How precisely these are computed is the engine's choice.
  public var dtype: DType

  /// Describes a tensor.
  public init(_ shape: Shape, _ dtype: DType = .float32) {
    self.shape = shape
    self.dtype = dtype
  }
}

extension TensorType {
  /// Whether the elements are real numbers, rather than integers or truth values.
  public var isReal: Bool { dtype.unitRoundoff != nil }

  /// Whether the elements are the bytes of texts, along the last axis.
  public var isText: Bool { dtype == .string }

  /// The shape as Keras knows it: that of the texts, where there are some.
  public var itemShape: Shape { isText ? Shape(shape.dimensions.dropLast()) : shape }
}

extension DType {
  /// The type as definitions tell types apart: all real numbers are one.
  package var numberType: DType { unitRoundoff == nil ? self : .float32 }
}

extension [TensorType] {
  /// Checks that all elements are real numbers, as those must be that a layer computes with whose
  /// integers Keras wraps around, truncates, or makes real, each line in its own way.
  ///
  /// - Throws: `ModelError.argument` for integers and truth values.
  package func checkReal() throws(ModelError) {
    guard let other = first(where: { !$0.isReal }) else { return }
    throw .argument("inputs", found: "elements of \(other.dtype)", expected: "real numbers")
  }
}
