extension Primitives {
  /// The sum or the product of each element and all before it along one axis.
  public struct Cumulation: Primitive, Hashable {
    /// What is made of the elements.
    public enum Function: String, CaseIterable, Hashable, Sendable {
      case sum, product
    }

    /// What is made of the elements.
    public var function: Function
    /// The axis, counted from the first.
    public var axis: Int

    /// Makes the primitive.
    public init(_ function: Function, along axis: Int) {
      self.function = function
      self.axis = axis
    }

    /// The input's type.
    public func results(for inputs: [TensorType]) throws(ModelError) -> [TensorType] {
      try inputs[0].shape.check(axes: [axis])
      return [TensorType(inputs[0].shape)]
    }

    /// One for each element.
    public func operationCount(
      for inputs: [TensorType], results: [TensorType]
    ) throws(ModelError) -> Int {
      try inputs.map(\.shape).operationCount(perElement: [1])
    }

    /// Where the items of a batch are in the result.
    public func items(in inputs: [(ItemAxis, TensorType)]) -> ItemAxis {
      inputs[0].0 == .axis(axis) ? .mixed : inputs[0].0
    }

    /// Computes the results, each in double precision.
    public func values<Scalar: ReferenceScalar>(_ inputs: [NDArray<Scalar>]) -> [NDArray<Scalar>] {
      [cumulated(inputs[0])]
    }

    private func cumulated<Scalar: ReferenceScalar>(_ input: NDArray<Scalar>) -> NDArray<Scalar> {
      var made = input
      let run = made.dimensions[(axis + 1)...].reduce(1, *)
      let size = made.dimensions[axis]
      for row in 0..<made.dimensions[..<axis].reduce(1, *) * run {
        let start = row / run * size * run + row % run
        var total = function == .sum ? 0.0 : 1
        for index in stride(from: start, to: start + size * run, by: run) {
          let element = Double(input.elements[index])
          total = function == .sum ? total + element : total * element
          made.elements[index] = Scalar(total)
        }
      }
      return made
    }

    /// As of a sum or a product of as many elements as the axis has.
    public func bounds<Scalar: ReferenceScalar>(
      _ inputs: [Inexact<Scalar>], results: [Inexact<Scalar>]
    ) -> [RoundingBound<Scalar>] {
      let (input, result) = (inputs[0], results[0])
      let length = input.dimensions[axis]
      guard function == .product else {
        return [
          .sum(
            of: input.bound.length + length,
            magnitude: cumulated(input.coveringMagnitude).elements,
            fixed: input.fixed.map { cumulated($0).elements } ?? [])
        ]
      }
      // Relative errors add up: |∏x|·Σ|∂x ÷ x|; where a factor is 0, all others count.
      let own = RoundingBound.relative(Scalar(length), result.value)
      guard !input.isExact else { return [own] }
      let most = cumulated(input.value.magnitudes.plus(input.errors)).elements
      let least = cumulated(input.value.magnitudes).elements
      let difference = zip(most, least).map { ($0 - $1) / Scalar(input.unitRoundoff) }
      return [RoundingBound(length: 0, magnitude: [], fixed: own.fixed.plus(difference))]
    }
  }
}
