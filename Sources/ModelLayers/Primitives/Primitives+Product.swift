extension Primitives {
  /// A product along the last axis.
  ///
  /// `y[…, n] = Σ x[…, k]·w[k, n] + b[n]`; the inputs are x, w and, if there is one, b.
  public struct Product: Primitive, Hashable {
    /// Makes the primitive.
    public init() {}

    /// The types of the results; every rule about the inputs is checked here.
    public func results(for inputs: [TensorType]) throws(ModelError) -> [TensorType] {
      var shape = inputs[0].shape
      let kernel = inputs[1].shape
      try shape.check(axes: [0])
      guard kernel.rank == 2 else { throw .rank(expected: "2 axes of a kernel", found: kernel) }
      if let length = shape[-1], let expected = kernel[0], length != expected {
        throw .incompatibleShapes(
          [shape, kernel], rule: "the last axis of the first must be the first of the second")
      }
      shape[-1] = kernel[1]
      return [TensorType(shape)]
    }

    /// Two for each product that is added.
    public func operationCount(
      for inputs: [TensorType], results: [TensorType]
    ) throws(ModelError) -> Int {
      try results.map(\.shape).operationCount(perElement: [2, inputs[1].shape[0] ?? 0])
    }

    /// Where the items of a batch are in the result.
    public func items(in inputs: [(ItemAxis, TensorType)]) -> ItemAxis {
      let place = inputs.itemsOfFirst(along: 0)
      return inputs[0].1.shape.rank > 1 ? place : .mixed
    }

    /// Computes the results.
    @specialized(where Scalar == Float) @specialized(where Scalar == Double)
    public func values<Scalar: ReferenceScalar>(_ inputs: [NDArray<Scalar>]) -> [NDArray<Scalar>] {
      [sums(inputs[0], inputs[1], inputs.count > 2 ? inputs[2] : nil, .products)]
    }

    /// The bound of sums of products.
    @specialized(where Scalar == Float) @specialized(where Scalar == Double)
    public func bounds<Scalar: ReferenceScalar>(
      _ inputs: [Inexact<Scalar>], results: [Inexact<Scalar>]
    ) -> [RoundingBound<Scalar>] {
      let bias = inputs.count > 2 ? inputs[2] : nil
      return [
        .bilinear(
          inputs[0], inputs[1], bias: bias,
          length: inputs[1].dimensions[0] + (bias == nil ? 0 : 1)
        ) { sums($0, $1, $2, .magnitudes) }
      ]
    }

    private func sums<Scalar: ReferenceScalar>(
      _ input: NDArray<Scalar>, _ kernel: NDArray<Scalar>, _ bias: NDArray<Scalar>?, _ terms: Terms
    ) -> NDArray<Scalar> {
      NDArray(
        input.dimensions.dropLast() + kernel.dimensions.suffix(1),
        matrixProduct([ArrayRows(input)], kernel, bias: bias, terms))
    }
  }
}
