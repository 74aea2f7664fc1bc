extension Primitives {
  /// The same numbers as elements of another type, which has them.
  public struct Conversion: Movement, Hashable {
    /// The type of the result.
    public var type: DType

    /// Makes the primitive.
    public init(to type: DType) { self.type = type }

    /// The input's shape.
    public func results(for inputs: [TensorType]) throws(ModelError) -> [TensorType] {
      [TensorType(inputs[0].shape, type)]
    }

    /// Where the items of a batch are in the result.
    public func items(in inputs: [(ItemAxis, TensorType)]) -> ItemAxis { inputs[0].0 }

    /// The input.
    public func values<Scalar: ReferenceScalar>(_ inputs: [NDArray<Scalar>]) -> [NDArray<Scalar>] {
      inputs
    }
  }
}
