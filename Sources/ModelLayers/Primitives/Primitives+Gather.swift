extension Primitives {
  /// The elements at some places along one axis, which becomes the axes of the places.
  ///
  /// The inputs are the tensor and the places, whose first axes may be those of the tensor, each with
  /// places of its own; negative ones count from the end, and one that the
  /// axis does not have gives what is not a number.
  public struct Gather: Primitive, Hashable {
    /// The axis, counted from the first.
    public var axis: Int
    /// How many axes of the tensor are the places' too; none after the axis.
    public var batchAxes: Int

    /// Makes the primitive.
    public init(axis: Int, batchAxes: Int = 0) {
      self.axis = axis
      self.batchAxes = batchAxes
    }

    /// The tensor's axes, with those of the places instead of one.
    public func results(for inputs: [TensorType]) throws(ModelError) -> [TensorType] {
      try inputs[0].shape.check(axes: [axis])
      var sizes = inputs[0].shape.dimensions
      let places = inputs[1].shape.dimensions
      guard batchAxes <= places.count,
        zip(sizes, places).prefix(batchAxes).allSatisfy({ $0 == nil || $1 == nil || $0 == $1 })
      else {
        throw .incompatibleShapes(
          inputs.map(\.shape), rule: "their first \(batchAxes) axes must be equal")
      }
      sizes.replaceSubrange(axis...axis, with: places.dropFirst(batchAxes))
      return [TensorType(Shape(sizes), inputs[0].dtype)]
    }

    /// Where the items of a batch are in the result.
    public func items(in inputs: [(ItemAxis, TensorType)]) -> ItemAxis {
      switch (inputs[0].0, inputs[1].0) {
      case (.absent, .absent): .absent
      case (.axis(let place), .axis(let other)) where place == other && place < batchAxes:
        .axis(place)
      case (.absent, .axis(let place)) where batchAxes == 0: .axis(axis + place)
      case (.axis(let place), .absent) where place < axis && batchAxes == 0: .axis(place)
      case (.axis(let place), .absent) where place > axis && batchAxes == 0:
        .axis(place - 1 + inputs[1].1.shape.rank)
      default: .mixed
      }
    }

    /// Computes the results.
    public func values<Scalar: ReferenceScalar>(_ inputs: [NDArray<Scalar>]) -> [NDArray<Scalar>] {
      let (input, places) = (inputs[0], inputs[1])
      var made = input.dimensions
      made.replaceSubrange(axis...axis, with: places.dimensions.dropFirst(batchAxes))
      let rowsPerBatch = input.dimensions[batchAxes..<axis].reduce(1, *)
      let count = places.dimensions.dropFirst(batchAxes).reduce(1, *)
      let size = input.dimensions[axis]
      let run = input.dimensions[(axis + 1)...].reduce(1, *)
      var elements: [Scalar] = []
      elements.reserveCapacity(made.reduce(1, *))
      for outer in 0..<input.dimensions[..<axis].reduce(1, *) {
        let first = outer / rowsPerBatch * count
        for place in places.elements[first..<first + count] {
          let index = place < 0 ? place + Scalar(size) : place
          guard index >= 0, index < Scalar(size) else {
            elements += repeatElement(Scalar.nan, count: run)
            continue
          }
          let start = (outer * size + Int(index)) * run
          elements += input.elements[start..<start + run]
        }
      }
      return [NDArray(made, elements)]
    }

    /// What the elements may be off by; where a place may be another, all that the tensor's elements
    /// differ by.
    public func bounds<Scalar: ReferenceScalar>(
      _ inputs: [Inexact<Scalar>], results: [Inexact<Scalar>]
    ) -> [RoundingBound<Scalar>] {
      let (input, places) = (inputs[0], inputs[1])
      func gathered(_ part: NDArray<Scalar>?) -> [Scalar] {
        part.map { values([$0, places.value])[0].elements } ?? []
      }
      var bound = RoundingBound(
        length: input.bound.length, magnitude: gathered(input.magnitude),
        fixed: gathered(input.fixed))
      bound.coversValue = input.bound.coversValue
      guard !places.isExact, let first = input.value.elements.first else { return [bound] }
      let reach = input.value.elements.reduce((first, first)) { (min($0.0, $1), max($0.1, $1)) }
      let most = input.errors.max() ?? 0
      let jump = (reach.1 - reach.0 + 2 * most) / Scalar(input.unitRoundoff)
      let run = input.dimensions[(axis + 1)...].reduce(1, *)
      let rowsPerBatch = input.dimensions[batchAxes..<axis].reduce(1, *)
      let count = places.dimensions.dropFirst(batchAxes).reduce(1, *)
      let isUnsettled = places.errors.map { $0 > 0 }
      bound.fixed = bound.fixed.plus(
        results[0].value.elements.indices.map { index in
          let row = index / run / count
          return isUnsettled[row / rowsPerBatch * count + index / run % count] ? jump : 0
        })
      return [bound]
    }
  }
}
