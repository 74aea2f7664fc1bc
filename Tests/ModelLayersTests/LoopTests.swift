import TestSupport
import Testing

@testable import ModelLayers

@Suite struct LoopTests {
  /// Two states, a sequence and a weight: `p' = 0.5·p·w + x`, `q' = q - p'`; a step makes
  /// `p' + q`.
  static func recurrence(
    _ dimensions: [[Int]], axis: Int = 1, isReversed: Bool = false, keepsPlaces: Bool = true
  ) throws -> PrimitiveTrial {
    try PrimitiveTrial(dimensions) { values, definition throws(ModelError) in
      let made = try definition.loop(
        over: axis, states: [values[0], values[1]], sequences: [values[2]], constants: [values[3]],
        isReversed: isReversed, keepsPlaces: keepsPlaces
      ) { states, slices, constants, step throws(ModelError) in
        let product = try step.combination(
          .multiply, step.combination(.multiply, states[0], constants[0]), 0.5)
        let first = try step.combination(.add, product, slices[0])
        let second = try step.combination(.subtract, states[1], first)
        return ([first, second], [try step.combination(.add, first, states[1])])
      }
      return made.states + made.outputs
    }
  }

  /// The definition, element by element.
  static func expected(
    _ inputs: [NDArray<Double>], axis: Int = 1, isReversed: Bool, keepsPlaces: Bool
  ) -> [NDArray<Double>] {
    let x = inputs[2]
    var sizes = x.dimensions
    let length = sizes.remove(at: axis)
    var last = [NDArray<Double>(repeating: 0, sizes), NDArray<Double>(repeating: 0, sizes)]
    var outputs = x
    let all = NDArray<Double>.generate(sizes) { place in
      func given(_ input: NDArray<Double>) -> Double {
        let offset = sizes.count - input.dimensions.count
        return input[
          input.dimensions.indices.map {
            input.dimensions[$0] == 1 ? 0 : place[offset + $0]
          }]
      }
      var (p, q) = (given(inputs[0]), given(inputs[1]))
      for step in 0..<length {
        var source = place
        source.insert(isReversed ? length - 1 - step : step, at: axis)
        p = 0.5 * (p * given(inputs[3])) + x[source]
        var target = place
        target.insert(isReversed && keepsPlaces ? length - 1 - step : step, at: axis)
        let index = zip(target, x.dimensions).reduce(0) { $0 * $1.1 + $1.0 }
        outputs.elements[index] = p + q
        q -= p
      }
      let index = zip(place, sizes).reduce(0) { $0 * $1.1 + $1.0 }
      (last[0].elements[index], last[1].elements[index]) = (p, q)
      return p
    }
    precondition(all == last[0])
    return last + [outputs]
  }

  @Test(arguments: [false, true], [false, true])
  func `a loop is its body for one place after the other`(
    _ isReversed: Bool, _ keepsPlaces: Bool
  ) throws {
    // Along a middle, the first and the last axis; states given in full and repeated.
    let cases: [(axis: Int, dimensions: [[Int]])] = [
      (1, [[2, 3], [2, 3], [2, 5, 3], [3]]), (0, [[2, 3], [2, 3], [5, 2, 3], [2, 3]]),
      (2, [[1, 3], [1, 1], [2, 3, 5], [3]]), (1, [[1, 3], [1, 3], [2, 1, 3], []]),
    ]
    for (axis, dimensions) in cases {
      let trial = try Self.recurrence(
        dimensions, axis: axis, isReversed: isReversed, keepsPlaces: keepsPlaces)
      let expected = Self.expected(
        trial.inputs, axis: axis, isReversed: isReversed, keepsPlaces: keepsPlaces)
      #expect(trial.definition.outputShapes == expected.map(\.shape))
      #expect(PrimitiveTrial.distance(trial.outputs, expected) < 1e-14)
      #expect(PrimitiveTrial.distance(trial.singleOutputs.map(\.double), expected) < 1e-5)
      #expect(trial.roundingShare() <= 1)
      #expect(trial.perturbationShare() <= 1.001)
    }
  }

  @Test func `outputs in another order are found`() throws {
    let dimensions = [[2, 3], [2, 3], [2, 5, 3], [3]]
    let trial = try Self.recurrence(dimensions, isReversed: true, keepsPlaces: true)
    for (isReversed, keepsPlaces) in [(true, false), (false, true)] {
      let other = Self.expected(trial.inputs, isReversed: isReversed, keepsPlaces: keepsPlaces)
      #expect(PrimitiveTrial.distance(trial.outputs, other) > 0.1)
    }
  }

  @Test func `without a step the states are as they were`() throws {
    let trial = try Self.recurrence([[2, 3], [2, 3], [2, 0, 3], [3]])
    #expect(trial.outputs[0] == trial.inputs[0])
    #expect(trial.outputs[2] == NDArray([2, 0, 3], []))
    #expect(trial.bounds()[0] == Array(repeating: 0, count: 6))
  }

  /// `p' = p·63/64 + x`, which rounds twice in each of 100 steps.
  private func decay() throws -> PrimitiveTrial {
    try PrimitiveTrial([[1, 64], [1, 100, 64]]) { values, definition throws(ModelError) in
      try definition.loop(over: 1, states: [values[0]], sequences: [values[1]]) {
        states, slices, _, step throws(ModelError) in
        let decayed = try step.combination(.multiply, states[0], 0.984375)
        return ([try step.combination(.add, decayed, slices[0])], [])
      }.states
    }
  }

  @Test func `a bound knows how far states are off already`() throws {
    let trial = try decay()
    let share = trial.roundingShare()
    #expect(share <= 1)
    #expect(share > 0.005)
    // The last step alone: its bound, as if the state that it is given were exact.
    let exact = trial.outputs[0]
    let last = exact.map { 2 * 0x1p-24 * abs($0) }
    let alone = PrimitiveTrial.share(
      of: [last.elements], [trial.singleOutputs[0].double], [exact])
    #expect(alone > 1)
  }

  @Test func `items of a batch are apart unless the steps go along them`() throws {
    let trial = try Self.recurrence([[1, 3], [2, 3], [2, 5, 3], [3]])
    #expect(trial.items(in: .absent, .axis(0), .axis(0), .absent) == .axis(0))
    #expect(
      try trial.distanceOfItems(in: .absent, .axis(0), .axis(0), .absent) < 1e-15)
    #expect(trial.items(in: .absent, .absent, .absent, .absent) == .absent)
    // The second state has a size of its own along the items.
    #expect(trial.items(in: .absent, .absent, .axis(0), .absent) == .mixed)
    #expect(trial.items(in: .absent, .absent, .axis(1), .absent) == .mixed)
    // Before the axis of steps the items are elsewhere in the outputs than in the states.
    let first = try Self.recurrence([[2, 3], [2, 3], [5, 2, 3], [3]], axis: 0)
    #expect(first.items(in: .axis(0), .axis(0), .axis(1), .absent) == .mixed)
  }

  @Test func `a loop over an unknown number of steps has a shape, and a cost when it is known`()
    throws
  {
    func definition(_ sequence: Shape) throws -> Definition {
      let types = [TensorType([1, 4]), TensorType(sequence), TensorType([3, 4])]
      return try Definition(for: types) { values, definition throws(ModelError) in
        let made = try definition.loop(
          over: 1, states: [values[0]], sequences: [values[1]], constants: [values[2]]
        ) { states, slices, constants, step throws(ModelError) in
          let next = try step.combination(
            .add, step.product(slices[0], constants[0]), states[0])
          return ([next], [next])
        }
        return made.states + made.outputs
      }
    }
    let unknown = try definition([nil, nil, 3])
    #expect(unknown.outputShapes == [[nil, 4], [nil, nil, 4]])
    #expect(
      refusal { try unknown.operationCount() }
        == "input has shape [None, None, 3]; the number of steps must be known")
    let known = try definition([2, 10, 3])
    #expect(known.outputShapes == [[2, 4], [2, 10, 4]])
    #expect(try known.operationCount() == 10 * 2 * 2 * 3 * 4)
    #expect(
      refusal { try known.checkSizes(elementLimit: 7) }
        .contains("[2, 4]"))
  }

  @Test func `what cannot be looped over is refused`() {
    func refused(_ states: [Shape], _ sequences: [Shape], grows: Bool = false) -> String {
      refusal {
        try Definition(for: (states + sequences).map { TensorType($0) }) {
          values, definition throws(ModelError) in
          try definition.loop(
            over: 1, states: Array(values.prefix(states.count)),
            sequences: Array(values.dropFirst(states.count))
          ) { states, slices, _, step throws(ModelError) in
            let next = try step.combination(.add, states[0], slices[0])
            let grown = try grows ? step.concatenation([next, next], axis: 1) : next
            return ([grown], slices)
          }.states
        }
      }
    }
    #expect(refused([[2, 3]], [[2, 5, 3], [2, 5, 1]]) == "")
    #expect(
      refused([[2, 3]], [[2, 5, 3], [2, 4, 3]])
        == "inputs have shapes [2, 5, 3] and [2, 4, 3]; they must have as many steps along axis 1")
    #expect(refused([[2, 3]], [[2]]) == "input has shape [2]; expected an axis 1 of steps")
    #expect(
      refused([[2, 3]], [[2, 5, 3]], grows: true)
        .hasPrefix("inputs have shapes"))
  }
}
