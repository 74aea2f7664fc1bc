extension Primitives {
  /// The axes in another order: axis `order[i]` becomes axis `i`.
  public struct Transpose: Movement, Hashable {
    /// Each axis of the input once.
    public var order: [Int]

    /// Makes the primitive.
    public init(_ order: [Int]) { self.order = order }

    /// The types of the results; every rule about the inputs is checked here.
    public func results(for inputs: [TensorType]) throws(ModelError) -> [TensorType] {
      let input = inputs[0]
      guard order.sorted().elementsEqual(0..<input.shape.rank) else {
        throw .rank(expected: "\(order.count) axes", found: input.shape)
      }
      return [TensorType(Shape(order.map { input.shape[$0] }), input.dtype)]
    }

    /// Computes the results.
    public func values<Scalar: ReferenceScalar>(_ inputs: [NDArray<Scalar>]) -> [NDArray<Scalar>] {
      [inputs[0].permuted(order)]
    }

    /// Where the items of a batch are in the result.
    public func items(in inputs: [(ItemAxis, TensorType)]) -> ItemAxis {
      guard case .axis(let axis) = inputs[0].0 else { return inputs[0].0 }
      return order.firstIndex(of: axis).map(ItemAxis.axis) ?? .mixed
    }
  }
}
