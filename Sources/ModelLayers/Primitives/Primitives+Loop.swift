extension Primitives {
  /// A body that is computed for one place of sequences after the other, and carries states from
  /// each to the next.
  ///
  /// The inputs are the states before the first step, the sequences, and what is the same in each
  /// step, such as weights; the results are the states after the last step, and what the steps
  /// make, put one beside the other along the axis.
  public struct Loop: Primitive {
    /// What a step computes.
    ///
    /// It takes the states, a slice of each sequence without the axis, and what is the same in each
    /// step, and makes the states of the next step and the step's own outputs. It has no weights.
    package var body: Definition
    /// The number of states.
    public var stateCount: Int
    /// The number of sequences.
    public var sequenceCount: Int
    /// The axis of sequences and outputs that the steps go along, counted from the first.
    public var axis: Int
    /// Whether the first step is at the last place.
    public var isReversed: Bool
    /// Whether the output of a step is where its slice was; else outputs are in the order of steps.
    public var keepsPlaces: Bool

    /// Makes the primitive.
    package init(
      _ body: Definition, stateCount: Int, sequenceCount: Int, axis: Int, isReversed: Bool = false,
      keepsPlaces: Bool = true
    ) {
      precondition(body.weights.isEmpty, "weights are given to a loop as inputs")
      self.body = body
      self.stateCount = stateCount
      self.sequenceCount = sequenceCount
      self.axis = axis
      self.isReversed = isReversed
      self.keepsPlaces = keepsPlaces
    }

    /// Inputs by what they are to a loop.
    struct Operands<Tensor> {
      var states, sequences, constants: [Tensor]
    }

    func operands<Tensor>(_ inputs: [Tensor]) -> Operands<Tensor> {
      Operands(
        states: Array(inputs.prefix(stateCount)),
        sequences: Array(inputs.dropFirst(stateCount).prefix(sequenceCount)),
        constants: Array(inputs.dropFirst(stateCount + sequenceCount)))
    }

    /// The types of the results; every rule about the inputs is checked here.
    ///
    /// A state may be given with axes of size 1 that are larger in the body: it is repeated.
    public func results(for inputs: [TensorType]) throws(ModelError) -> [TensorType] {
      let length = try Self.length(of: operands(inputs).sequences, axis: axis)
      let states = zip(inputs, body.outputs).prefix(stateCount)
      for (given, made) in states {
        let together = try Broadcasting.shape(
          of: [given.shape, made.shape], keepingFirstAxis: false)
        guard together.rank == made.shape.rank else {
          throw .incompatibleShapes([given.shape, made.shape], rule: "a step must keep its states")
        }
      }
      let outputs = body.outputs.dropFirst(stateCount)
      return states.map(\.1.type)
        + outputs.map { TensorType($0.shape.inserting(length, at: axis), $0.type.dtype) }
    }

    /// The number of steps; `nil` where it is only known when the model runs.
    static func length(of sequences: [TensorType], axis: Int) throws(ModelError) -> Int? {
      var length: Int?
      for sequence in sequences {
        guard sequence.shape.rank > axis else {
          throw .rank(expected: "an axis \(axis) of steps", found: sequence.shape)
        }
        let size = sequence.shape[axis]
        if let length, let size, length != size {
          throw .incompatibleShapes(
            sequences.map(\.shape), rule: "they must have as many steps along axis \(axis)")
        }
        length = length ?? size
      }
      return length
    }

    private func stepCount(_ inputs: [TensorType]) throws(ModelError) -> Int {
      let sequences = operands(inputs).sequences
      guard let length = try Self.length(of: sequences, axis: axis) else {
        throw .unknownDimension(
          shape: sequences.first?.shape ?? [], needed: "the number of steps")
      }
      return length
    }

    /// The body's for each step.
    public func operationCount(
      for inputs: [TensorType], results: [TensorType]
    ) throws(ModelError) -> Int {
      let length = try stepCount(inputs)
      return try body.operationCount().multipliedSaturating(by: length)
    }

    /// The body's for each step.
    public func work(for inputs: [TensorType], results: [TensorType]) throws(ModelError) -> Int {
      let length = try stepCount(inputs)
      return try body.work().multipliedSaturating(by: length)
    }

    /// Where the items of a batch are in the results, if they are along the same axis of all.
    public func items(in inputs: [(ItemAxis, TensorType)]) -> ItemAxis {
      let given = operands(inputs)
      let slices = given.sequences.map { place, _ -> ItemAxis in
        guard case .axis(let item) = place else { return place }
        return item == axis ? .mixed : .axis(item < axis ? item : item - 1)
      }
      let others = slices + given.constants.map(\.0)
      // What is repeated for the items is as apart as these are.
      var states = zip(given.states, body.outputs).map { input, made -> ItemAxis in
        let place = ItemAxis.common(slices)
        guard input.0 == .absent, case .axis(let item) = place else { return input.0 }
        return input.1.shape.sizeFromLast(item, of: made.shape) == 1
          && made.shape[item] != 1 ? place : .absent
      }
      // From step to step a state can only come to have items, and then to mix them.
      for _ in 0..<2 * stateCount {
        states = zip(zip(states, body.items(in: states + others)), given.states).map {
          places, input in
          let place = ItemAxis.common([places.0, places.1])
          return input.0 == .absent && !input.1.shape.isSame(along: place) ? .mixed : place
        }
      }
      let made = body.items(in: states + others)
      guard Array(made.prefix(stateCount)) == states else { return .mixed }
      let outputs = made.dropFirst(stateCount).map { place -> ItemAxis in
        guard case .axis(let item) = place else { return place }
        return .axis(item < axis ? item : item + 1)
      }
      let places = Set(states + outputs)
      return places.count == 1 ? places.first ?? .mixed : .mixed
    }

    /// Whether a step of the loop has some.
    public var hasSteps: Bool { body.hasSteps }

    /// Computes the results.
    public func values<Scalar: ReferenceScalar>(_ inputs: [NDArray<Scalar>]) -> [NDArray<Scalar>] {
      let given = operands(inputs)
      var states = spread(given.states)
      var outputs = outputParts(of: Scalar.self, inputs)
      for step in places(of: inputs) {
        let slices = given.sequences.map { $0.slice(at: step.input, along: axis) }
        let made = body.values(states + slices + given.constants, Parameters())
        states = Array(made.prefix(stateCount))
        for index in outputs.indices {
          outputs[index].put(made[stateCount + index].elements, at: step.output)
        }
      }
      return states + outputs.map { $0.array }
    }
  }
}

extension Primitives.Loop {
  /// Each step is told how far the states may be off that it is given, and where that says
  /// nothing any more, it is what ``LoopGrowth`` says.
  public func bounds<Scalar: ReferenceScalar>(
    _ inputs: [Inexact<Scalar>], results: [Inexact<Scalar>]
  ) -> [RoundingBound<Scalar>] {
    let steps = places(of: inputs.map(\.value))
    // What jumps is off by other amounts than those that rounding grows to.
    if let composed = composedBounds(inputs, steps, hasSteps ? .unlimited : .whileTheySayMuch) {
      return composed
    }
    let arrays = operands(inputs.map(\.value))
    let growth = LoopGrowth(self, spread(arrays.states), arrays, steps: steps.map(\.input))
    return composedBounds(inputs, steps, .measured(growth)) ?? []
  }

  /// How large composed bounds may become.
  private enum BoundLimit {
    case unlimited
    /// As long as they say something of the values.
    case whileTheySayMuch
    case measured(LoopGrowth)
  }

  /// The bounds of all steps, each on those of the step before; `nil` where they say nothing any more
  /// and have to.
  private func composedBounds<Scalar: ReferenceScalar>(
    _ inputs: [Inexact<Scalar>], _ steps: [(input: Int, output: Int)], _ limit: BoundLimit
  ) -> [RoundingBound<Scalar>]? {
    let given = operands(inputs)
    let values = inputs.map(\.value)
    let arrays = operands(values)
    let unit = inputs[0].unitRoundoff
    var states = spread(arrays.states)
    var reached = zip(given.states, states).map { $0.boundSpread(over: $1.dimensions) }
    var magnitudes = outputParts(of: Scalar.self, values)
    var fixed = magnitudes
    var lengths = Array(repeating: 0, count: magnitudes.count)
    var largest: Scalar = 0
    for step in steps {
      let slices = arrays.sequences.map { $0.slice(at: step.input, along: axis) }
      let tensors = states + slices + arrays.constants
      let within =
        reached.map { $0.settled(unit) }
        + given.sequences.map { $0.boundSlice(at: step.input, along: axis) }
        + given.constants.map(\.bound)
      let made = body.values(tensors, Parameters())
      func bounds(_ within: [RoundingBound<Scalar>]) -> [RoundingBound<Scalar>] {
        body.bounds(
          tensors, within: within, Parameters(), outputs: made, unitRoundoff: unit,
          countsJumps: inputs[0].countsJumps)
      }
      var off = bounds(within)
      switch limit {
      case .unlimited: break
      case .whileTheySayMuch:
        guard zip(off, made).allSatisfy({ $0.saysMuch(of: $1, unit) }) else { return nil }
      case .measured(let growth):
        let exact = Array(repeating: RoundingBound<Scalar>.exact, count: stateCount)
        let alone = bounds(exact + within.dropFirst(stateCount))
        largest = alone.reduce(largest) { max($0, $1.settled(unit).fixed.max() ?? 0) }
        let most = Scalar(growth.factor) * largest
        off = zip(off, made).map { $0.limited(to: most, where: $1, unit) }
      }
      states = Array(made.prefix(stateCount))
      reached = Array(off.prefix(stateCount))
      for (index, bound) in off.dropFirst(stateCount).enumerated() {
        magnitudes[index].put(bound.magnitude, at: step.output)
        fixed[index].put(bound.fixed, at: step.output)
        lengths[index] = max(lengths[index], bound.length)
      }
    }
    let outputs = lengths.indices.map { index in
      RoundingBound(
        length: lengths[index], magnitude: magnitudes[index].array.elements,
        fixed: fixed[index].array.elements)
    }
    return reached + outputs
  }

  /// Where each step takes its slices from and puts its outputs.
  func places<Scalar>(of inputs: [NDArray<Scalar>]) -> [(input: Int, output: Int)] {
    let length = operands(inputs).sequences.first?.dimensions[axis] ?? 0
    return (0..<length).map { step in
      let place = isReversed ? length - 1 - step : step
      return (place, keepsPlaces ? place : step)
    }
  }

  /// The states as the body has them.
  func spread<Scalar: ReferenceScalar>(_ states: [NDArray<Scalar>]) -> [NDArray<Scalar>] {
    zip(states, body.outputs).map { state, made in
      state.broadcast(to: made.shape.known ?? state.dimensions)
    }
  }

  private func outputParts<Scalar: ReferenceScalar>(
    of: Scalar.Type, _ inputs: [NDArray<Scalar>]
  ) -> [Stack<Scalar>] {
    let length = operands(inputs).sequences.first?.dimensions[axis] ?? 0
    return body.outputs.dropFirst(stateCount).map {
      Stack($0.shape.known ?? [], axis: axis, count: length)
    }
  }
}

extension Shape {
  fileprivate func inserting(_ size: Int?, at axis: Int) -> Shape {
    var sizes = dimensions
    sizes.insert(size, at: axis)
    return Shape(sizes)
  }

  /// The size along what becomes an axis of another shape when this one is broadcast to it; `nil`
  /// where it is not known.
  fileprivate func sizeFromLast(_ axis: Int, of other: Shape) -> Int? {
    guard axis < other.rank else { return nil }
    let own = axis - (other.rank - rank)
    return own < 0 ? 1 : self[own]
  }

  /// Whether what has this shape is the same all along an axis, that others may be longer along.
  fileprivate func isSame(along place: ItemAxis) -> Bool {
    guard case .axis(let axis) = place, axis < rank else { return true }
    return self[axis] == nil || self[axis] == 1
  }
}
