extension Primitives {
  /// Its inputs one after the other along an axis; they agree in all others.
  public struct Concatenation: Movement, Hashable {
    /// The axis, counted from the first.
    public var axis: Int

    /// Makes the primitive.
    public init(axis: Int) { self.axis = axis }

    /// The types of the results; every rule about the inputs is checked here.
    public func results(for inputs: [TensorType]) throws(ModelError) -> [TensorType] {
      let shapes = inputs.map(\.shape)
      guard var output = shapes.first else { throw .inputCount(expected: "at least 1", found: 0) }
      try output.check(axes: [axis])
      for input in shapes.dropFirst() {
        guard input.rank == output.rank else { throw mismatch(shapes) }
        for other in 0..<output.rank where other != axis {
          switch (output[other], input[other]) {
          case (let first?, let second?) where first != second: throw mismatch(shapes)
          case (nil, let size): output[other] = size
          default: break
          }
        }
        guard let first = output[axis], let second = input[axis] else {
          output[axis] = nil
          continue
        }
        let (sum, overflow) = first.addingReportingOverflow(second)
        guard !overflow else {
          throw .invalidShape(input, reason: "is too large to be appended along axis \(axis)")
        }
        output[axis] = sum
      }
      return [TensorType(output, inputs[0].dtype)]
    }

    private func mismatch(_ inputs: [Shape]) -> ModelError {
      .incompatibleShapes(inputs, rule: "they must be equal but for axis \(axis)")
    }

    /// Computes the results.
    @specialized(where Scalar == Float) @specialized(where Scalar == Double)
    public func values<Scalar: ReferenceScalar>(_ inputs: [NDArray<Scalar>]) -> [NDArray<Scalar>] {
      guard var dimensions = inputs.first?.dimensions else { return [] }
      let outerCount = dimensions[..<axis].reduce(1, *)
      dimensions[axis] = inputs.map { $0.dimensions[axis] }.reduce(0, +)
      let runs = inputs.map { $0.dimensions[axis...].reduce(1, *) }
      var elements: [Scalar] = []
      elements.reserveCapacity(dimensions.reduce(1, *))
      for outer in 0..<outerCount {
        for (input, run) in zip(inputs, runs) {
          elements.append(contentsOf: input.elements[outer * run..<(outer + 1) * run])
        }
      }
      return [NDArray(dimensions, elements)]
    }

    /// Where the items of a batch are in the result.
    public func items(in inputs: [(ItemAxis, TensorType)]) -> ItemAxis {
      let place = ItemAxis.common(inputs.map(\.0))
      // What is the same for all items would have to be repeated for each.
      let isUniform = Set(inputs.map(\.0)).count == 1
      return place == .axis(axis) || !isUniform ? .mixed : place
    }
  }
}
