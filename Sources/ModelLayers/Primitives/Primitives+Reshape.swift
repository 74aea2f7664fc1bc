extension Primitives {
  /// The same elements in the same order with other axes.
  public struct Reshape: Movement, Hashable {
    /// The sizes of the result; those that are not known follow from the input's when these are.
    public var sizes: [Int?]
    /// Whether the first axis is that of the input, so that the items of a batch stay apart.
    public var keepsFirstAxis: Bool

    /// Makes the primitive.
    public init(to sizes: [Int?], keepsFirstAxis: Bool) {
      self.sizes = sizes
      self.keepsFirstAxis = keepsFirstAxis
    }

    /// The types of the results; every rule about the inputs is checked here.
    public func results(for inputs: [TensorType]) throws(ModelError) -> [TensorType] {
      let input = inputs[0]
      let made = Shape(sizes)
      if let count = try input.shape.dimensions.product(of: input.shape),
        let wanted = try sizes.product(of: made), count != wanted
      {
        throw .invalidShape(input.shape, reason: "does not have the elements of shape \(made)")
      }
      return [TensorType(made, input.dtype)]
    }

    /// Computes the results.
    public func values<Scalar: ReferenceScalar>(_ inputs: [NDArray<Scalar>]) -> [NDArray<Scalar>] {
      [inputs[0].reshaped(sizes.map { $0 ?? 0 })]
    }

    /// Where the items of a batch are in the result.
    public func items(in inputs: [(ItemAxis, TensorType)]) -> ItemAxis {
      switch inputs[0].0 {
      case .axis(0) where keepsFirstAxis: .axis(0)
      case .absent: .absent
      default: .mixed
      }
    }
  }
}
