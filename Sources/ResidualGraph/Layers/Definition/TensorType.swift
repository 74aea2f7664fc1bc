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
