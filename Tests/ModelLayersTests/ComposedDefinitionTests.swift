import Glibc
import Testing

@testable import ModelLayers

/// Layers of which nobody derived a bound by hand, written in primitives.
@Suite struct ComposedDefinitionTests {
  @Test func `an LSTM over 100 steps is its formula, within a bound that is of use`() throws {
    let trial = try ComposedLSTM().trial()
    let expected = ComposedLSTM.expected(trial.inputs)
    #expect(PrimitiveTrial.distance(trial.outputs, expected) < 1e-13)
    #expect(PrimitiveTrial.distance(trial.singleOutputs.map(\.double), expected) < 1e-5)
    let share = trial.roundingShare()
    #expect(share <= 1)
    #expect(share > 1e-3)
    // What comes in at one step does not grow with those after it.
    #expect(trial.bounds().joined().max() ?? 1 < 1e-4)
    #expect(
      trial.items(in: .axis(0), .absent, .absent, .absent, .absent, .absent) == .axis(0))
    #expect(
      try trial.distanceOfItems(in: .axis(0), .absent, .absent, .absent, .absent, .absent)
        < 1e-14)
    #expect(
      try trial.definition.operationCount() == 100 * 2 * (2 * 32 * 4 + 2 * 32 * 8))
  }

  @Test(arguments: ComposedLSTM.Fault.allCases)
  func `a fault in an LSTM is found`(_ fault: ComposedLSTM.Fault) throws {
    let faulty = try ComposedLSTM(fault: fault).trial().outputs
    let right = try ComposedLSTM().trial()
    let share = PrimitiveTrial.share(
      of: right.bounds(), faulty, ComposedLSTM.expected(right.inputs))
    #expect(share > 100)
  }

  @Test func `attention with several heads is its formula, within a bound that is of use`() throws {
    let trial = try Attention().trial()
    let expected = Attention.expected(trial.inputs)
    #expect(trial.distance(to: expected) < 1e-14)
    #expect(trial.singleDistance(to: expected) < 1e-5)
    let share = trial.roundingShare()
    #expect(share <= 1)
    #expect(share > 1e-3)
    let places = [ItemAxis.axis(0)] + Array(repeating: .absent, count: 7)
    #expect(trial.definition.items(in: places) == [.axis(0)])
    #expect(try trial.distanceOfItems(in: places) < 1e-14)
  }

  @Test(arguments: Attention.Fault.allCases)
  func `a fault in attention is found`(_ fault: Attention.Fault) throws {
    let faulty = try Attention(fault: fault).trial().outputs
    let right = try Attention().trial()
    let expected = [Attention.expected(right.inputs)]
    #expect(PrimitiveTrial.share(of: right.bounds(), faulty, expected) > 100)
  }
}

/// `h' = o·tanh c'`, `c' = f·c + i·tanh(…)`, with the gates i, f, c and o in one matrix, as in
/// `keras/src/layers/rnn/lstm.py`.
struct ComposedLSTM {
  enum Fault: CaseIterable {
    case gatesExchanged, noForgetting, slicesReversed, recurrentAxesExchanged
  }

  static let units = 8
  var fault: Fault?

  func trial() throws -> PrimitiveTrial {
    let units = Self.units
    var generator = Generator(state: 3)
    // Small enough for what is off in one step to fade in those after it.
    let inputs = [
      generator.array([2, 100, 4]), generator.array([4, 4 * units]),
      generator.array([units, 4 * units]).map { $0 / 2 }, generator.array([4 * units]),
      NDArray<Double>(repeating: 0, [1, units]), NDArray<Double>(repeating: 0, [1, units]),
    ]
    return try PrimitiveTrial(inputs) { values, definition throws(ModelError) in
      let made = try definition.loop(
        over: 1, states: [values[4], values[5]], sequences: [values[0]],
        constants: Array(values[1...3]), isReversed: fault == .slicesReversed
      ) { states, slices, weights, step throws(ModelError) in
        let (h, c) = (states[0], states[1])
        let letters = fault == .recurrentAxesExchanged ? "gu" : "ug"
        let recurrent =
          fault == .recurrentAxesExchanged
          ? try step.reshape(weights[1], [4 * units, units], keepsFirstAxis: false) : weights[1]
        let sums = try step.combination(
          .add,
          step.combination(
            .add, step.contraction(slices[0], "bf", weights[0], "fg", to: "bg"),
            step.contraction(h, "bu", recurrent, letters, to: "bg")), weights[2])
        func gate(
          _ number: Int, _ function: ActivationFunction
        ) throws(ModelError) -> Definition.Value {
          let part = try step.padding(
            sums, before: [0, -number * units], after: [0, (number - 3) * units])
          return try step.activation(function, part)
        }
        let isExchanged = fault == .gatesExchanged
        let input = try gate(0, .sigmoid)
        let forget = try gate(isExchanged ? 3 : 1, .sigmoid)
        let output = try gate(isExchanged ? 1 : 3, .sigmoid)
        let candidate = try gate(2, .tanh)
        let kept =
          fault == .noForgetting ? c : try step.combination(.multiply, forget, c)
        let cell = try step.combination(
          .add, kept, step.combination(.multiply, input, candidate))
        let hidden = try step.combination(.multiply, output, step.activation(.tanh, cell))
        return ([hidden, cell], [hidden])
      }
      return made.outputs + made.states
    }
  }

  /// The formula, number by number: all h, the last h and the last c.
  static func expected(_ inputs: [NDArray<Double>]) -> [NDArray<Double>] {
    let (x, kernel, recurrent, bias) = (inputs[0], inputs[1], inputs[2], inputs[3])
    func sigmoid(_ x: Double) -> Double { 1 / (1 + exp(-x)) }
    var all = NDArray<Double>(repeating: 0, [2, 100, units])
    var lastH = NDArray<Double>(repeating: 0, [2, units])
    var lastC = lastH
    for item in 0..<2 {
      var h = Array(repeating: 0.0, count: units)
      var c = h
      for step in 0..<100 {
        func sum(_ gate: Int, _ unit: Int) -> Double {
          let column = gate * units + unit
          var sum = bias.at(column)
          for feature in 0..<4 { sum += x.at(item, step, feature) * kernel.at(feature, column) }
          for other in 0..<units { sum += h[other] * recurrent.at(other, column) }
          return sum
        }
        let made = (0..<units).map { unit in
          let cell =
            sigmoid(sum(1, unit)) * c[unit] + sigmoid(sum(0, unit)) * tanh(sum(2, unit))
          return (cell, sigmoid(sum(3, unit)) * tanh(cell))
        }
        (c, h) = (made.map(\.0), made.map(\.1))
        for unit in 0..<units { all.elements[(item * 100 + step) * units + unit] = h[unit] }
      }
      for unit in 0..<units {
        lastH.elements[item * units + unit] = h[unit]
        lastC.elements[item * units + unit] = c[unit]
      }
    }
    return [all, lastH, lastC]
  }
}

/// Projections to heads, `softmax(q·k ÷ √depth)·v` for each, and a projection of all heads together,
/// as in `keras/src/layers/attention/multi_head_attention.py`.
struct Attention {
  enum Fault: CaseIterable {
    case noScale, keysAndQueriesExchanged, headsExchanged, softmaxOverQueries
  }

  static let (heads, depth) = (3, 5)
  var fault: Fault?

  func trial() throws -> PrimitiveTrial {
    let (heads, depth) = (Self.heads, Self.depth)
    let kernel = [8, heads, depth]
    let bias = [heads, depth]
    return try PrimitiveTrial(
      [[2, 6, 8], kernel, bias, kernel, bias, kernel, bias, [heads, depth, 8]]
    ) { values, definition throws(ModelError) in
      func projected(_ number: Int) throws(ModelError) -> Definition.Value {
        let sums = try definition.contraction(
          values[0], "bte", values[2 * number + 1], "ehd", to: "bthd")
        return try definition.combination(.add, sums, values[2 * number + 2])
      }
      let query = try projected(0)
      let scaled =
        fault == .noScale
        ? query : try definition.combination(.multiply, query, 1 / Double(depth).squareRoot())
      let key = try projected(1)
      let isExchanged = fault == .keysAndQueriesExchanged
      let scores = try definition.contraction(
        scaled, isExchanged ? "bkhd" : "bqhd", key, isExchanged ? "bqhd" : "bkhd", to: "bhqk")
      let weights = try definition.activation(
        .softmax(axes: [fault == .softmaxOverQueries ? -2 : -1]), scores)
      let value = try projected(2)
      let context = try definition.contraction(weights, "bhqk", value, "bkhd", to: "bqhd")
      let flat =
        fault == .headsExchanged
        ? try definition.reshape(
          definition.transpose(context, [0, 1, 3, 2]), [values[0].shape[0], 6, heads, depth])
        : context
      return [try definition.contraction(flat, "bqhd", values[7], "hde", to: "bqe")]
    }
  }

  /// The formula, number by number.
  static func expected(_ inputs: [NDArray<Double>]) -> NDArray<Double> {
    let x = inputs[0]
    func projection(_ number: Int) -> NDArray<Double> {
      .generate([2, 6, heads, depth]) { place in
        var sum = inputs[2 * number + 2].at(place[2], place[3])
        for channel in 0..<8 {
          sum +=
            x.at(place[0], place[1], channel)
            * inputs[2 * number + 1].at(channel, place[2], place[3])
        }
        return sum
      }
    }
    let (query, key, value) = (projection(0), projection(1), projection(2))
    let context = NDArray<Double>.generate([2, 6, heads, depth]) { place in
      let (item, step, head) = (place[0], place[1], place[2])
      let exponentials = (0..<6).map { other in
        var score = 0.0
        for index in 0..<depth {
          score += query.at(item, step, head, index) * key.at(item, other, head, index)
        }
        return exp(score / Double(depth).squareRoot())
      }
      let sum = exponentials.reduce(0, +)
      return (0..<6).reduce(0.0) {
        $0 + exponentials[$1] / sum * value.at(item, $1, head, place[3])
      }
    }
    return .generate([2, 6, 8]) { place in
      var sum = 0.0
      for head in 0..<heads {
        for index in 0..<depth {
          sum +=
            context.at(place[0], place[1], head, index) * inputs[7].at(head, index, place[2])
        }
      }
      return sum
    }
  }
}
