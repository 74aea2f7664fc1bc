extension Primitives {
  /// The mean and the population variance over some axes; the other axes stay.
  public struct Moments: Primitive, Hashable {
    /// The axes, counted from the first.
    public var axes: [Int]

    /// Makes the primitive.
    public init(over axes: [Int]) { self.axes = axes }

    /// The types of the results; every rule about the inputs is checked here.
    public func results(for inputs: [TensorType]) throws(ModelError) -> [TensorType] {
      try inputs[0].shape.check(axes: axes)
      let sizes = inputs[0].shape.dimensions.enumerated().filter { !axes.contains($0.offset) }
      let type = TensorType(Shape(sizes.map(\.element)))
      return [type, type]
    }

    /// Where the items of a batch are in the result.
    public func items(in inputs: [(ItemAxis, TensorType)]) -> ItemAxis {
      guard case .axis(let axis) = inputs[0].0 else { return inputs[0].0 }
      return axes.contains(axis) ? .mixed : .axis(axis - axes.count { $0 < axis })
    }

    /// Computes the results.
    @specialized(where Scalar == Float) @specialized(where Scalar == Double)
    public func values<Scalar: ReferenceScalar>(_ inputs: [NDArray<Scalar>]) -> [NDArray<Scalar>] {
      let statistics = Statistics(inputs[0], over: axes)
      let dimensions = dimensions(for: inputs[0].dimensions)
      return [NDArray(dimensions, statistics.mean), NDArray(dimensions, statistics.variance)]
    }

    private func dimensions(for input: [Int]) -> [Int] {
      input.indices.filter { !axes.contains($0) }.map { input[$0] }
    }

    /// The bound of statistics over n elements, to first order in the unit roundoff u.
    ///
    /// With a the mean of |x| and q the mean of x² over the n elements:
    /// - the mean errs by at most n·u·a;
    /// - the variance as mean of x² minus the mean squared errs by at most
    ///   (n + 1)·u·q + 2·n·u·a·|m| + u·m² + u·v, which is not more than 3·(n + 1)·u·q
    ///   because a·|m|, m² and v are not more than q; as the mean of (x - m)² it errs by
    ///   at most (n + 3)·u·v + (n·u·a)², which is less as long as n·u is below 1.
    ///
    /// What x may be off by moves the mean by its own mean, and the variance by twice the mean of its
    /// product with |x| + a.
    @specialized(where Scalar == Float) @specialized(where Scalar == Double)
    public func bounds<Scalar: ReferenceScalar>(
      _ inputs: [Inexact<Scalar>], results: [Inexact<Scalar>]
    ) -> [RoundingBound<Scalar>] {
      let input = inputs[0]
      let magnitudes = Statistics(input.value.magnitudes, over: axes)
      let meanSquare = zip(magnitudes.mean, magnitudes.variance).map { 3 * ($0 * $0 + $1) }
      var mean = RoundingBound(
        length: magnitudes.groupSize, magnitude: magnitudes.mean, fixed: [Scalar]())
      var variance = RoundingBound(
        length: magnitudes.groupSize, magnitude: meanSquare, fixed: meanSquare)
      guard !input.isExact else { return [mean, variance] }
      func add(
        _ errors: NDArray<Scalar>?, to part: WritableKeyPath<RoundingBound<Scalar>, [Scalar]>
      ) {
        guard let errors else { return }
        mean[keyPath: part] = mean[keyPath: part].plus(Statistics(errors, over: axes).mean)
        var products = errors
        magnitudes.forEachElement { index, group, _ in
          products.elements[index] *=
            2 * (abs(input.value.elements[index]) + magnitudes.mean[group])
        }
        variance[keyPath: part] = variance[keyPath: part]
          .plus(Statistics(products, over: axes).mean)
      }
      add(input.magnitude, to: \.magnitude)
      add(input.fixed, to: \.fixed)
      mean.length += input.bound.length
      variance.length += input.bound.length
      return [mean, variance]
    }
  }
}
