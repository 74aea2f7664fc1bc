import Glibc
import TestSupport
import Testing

@testable import ModelLayers

extension NDArray<Double> {
  /// A matrix of the same size, each number of its row and column.
  fileprivate func map(_ number: (_ row: Int, _ column: Int) -> Double) -> NDArray {
    NDArray(
      dimensions,
      elements.indices.map { number($0 / dimensions[1], $0 % dimensions[1]) })
  }
}

/// Recurrences step by step, number by number, against what layers make of whole sequences.
@Suite struct RecurrentTests {
  /// Weights of a cell, by place.
  private struct Weights {
    let kernel, recurrent: NDArray<Double>
    let bias: NDArray<Double>?

    init(_ trial: LayerTrial, under scope: String = "") throws {
      kernel = try #require(trial.parameters[scope + "kernel"])
      recurrent = try #require(trial.parameters[scope + "recurrent_kernel"])
      bias = trial.parameters[scope + "bias"]
    }

    /// Those of a layer of cuDNN, each number found by its place in a flat list.
    init(ofCuDNN trial: LayerTrial, gateCount: Int) throws {
      let kept = try Weights(trial)
      let (features, units) = (kept.kernel.dimensions[0], kept.units)
      kernel = kept.kernel.map { feature, column in
        let place = column % units * features + feature
        return kept.kernel.at(place / units, column / units * units + place % units)
      }
      recurrent = kept.recurrent.map { unit, column in
        kept.recurrent.at(column % units, column / units * units + unit)
      }
      let numbers = try #require(kept.bias).elements
      let (first, second) = (
        numbers.prefix(gateCount * units), numbers.suffix(gateCount * units)
      )
      bias =
        gateCount == 4
        ? NDArray([4 * units], zip(first, second).map { $0 + $1 })
        : NDArray([2, 3 * units], numbers)
    }

    var units: Int { recurrent.dimensions[0] }

    /// Column `gate·units + unit` of x·kernel, and of h·recurrent_kernel.
    func sums(_ x: [Double], _ h: [Double], _ gate: Int, _ unit: Int) -> (Double, Double) {
      let column = gate * units + unit
      let first = x.indices.reduce(0) { $0 + x[$1] * kernel.at($1, column) }
      return (first, h.indices.reduce(0) { $0 + h[$1] * recurrent.at($1, column) })
    }
  }

  private static func sigmoid(_ x: Double) -> Double { 1 / (1 + exp(-x)) }

  /// A step: of a slice and states, the states; the output is the first.
  private typealias Step = ([Double], [[Double]]) -> [[Double]]

  private func lstm(_ w: Weights) -> Step {
    { x, states in
      var next = states
      for unit in 0..<w.units {
        let z = (0..<4).map { gate in
          let (first, second) = w.sums(x, states[0], gate, unit)
          return first + second + (w.bias?.at(gate * w.units + unit) ?? 0)
        }
        next[1][unit] =
          Self.sigmoid(z[1]) * states[1][unit] + Self.sigmoid(z[0]) * tanh(z[2])
        next[0][unit] = Self.sigmoid(z[3]) * tanh(next[1][unit])
      }
      return next
    }
  }

  private func gru(_ w: Weights, resetAfter: Bool) -> Step {
    { x, states in
      let h = states[0]
      func bias(_ row: Int, _ column: Int) -> Double {
        guard let bias = w.bias else { return 0 }
        return resetAfter ? bias.at(row, column) : row == 0 ? bias.at(column) : 0
      }
      func gate(_ gate: Int, _ unit: Int) -> Double {
        let (first, second) = w.sums(x, h, gate, unit)
        let column = gate * w.units + unit
        return Self.sigmoid(first + second + bias(0, column) + bias(1, column))
      }
      let kept = h.indices.map { h[$0] * gate(1, $0) }
      return [
        h.indices.map { unit in
          let column = 2 * w.units + unit
          let (first, after) = w.sums(x, h, 2, unit)
          let (_, before) = w.sums(x, kept, 2, unit)
          let recurrent =
            resetAfter ? gate(1, unit) * (after + bias(1, column)) : before
          let entering = tanh(first + bias(0, column) + recurrent)
          let z = gate(0, unit)
          return z * h[unit] + (1 - z) * entering
        }
      ]
    }
  }

  /// The outputs and last states of one sequence.
  ///
  /// - Parameter counts: Which steps count.
  private func run(
    _ step: Step, _ x: [[Double]], from states: [[Double]], backwards: Bool = false,
    counts: [Bool]? = nil, zeroes: Bool = false
  ) -> (outputs: [[Double]], states: [[Double]]) {
    var states = states
    var last = states[0].map { _ in 0.0 }
    var outputs: [[Double]] = []
    for place in backwards ? x.indices.reversed() : Array(x.indices) {
      if counts?[place] ?? true {
        states = step(x[place], states)
        last = states[0]
      } else if zeroes {
        last = last.map { _ in 0 }
      }
      outputs.append(last)
    }
    return (outputs, states)
  }

  /// The steps of each item of a batch `(batch, steps, features)`.
  private func items(_ x: NDArray<Double>) -> [[[Double]]] {
    (0..<x.dimensions[0]).map { item in
      (0..<x.dimensions[1]).map { step in
        (0..<x.dimensions[2]).map { x.at(item, step, $0) }
      }
    }
  }

  private func flat(_ nested: [[[Double]]]) -> [Double] { nested.flatMap { $0.flatMap(\.self) } }

  private func distance(_ first: [Double], _ second: [Double]) -> Double {
    guard first.count == second.count else { return .infinity }
    return zip(first, second).map { abs($0 - $1) }.max() ?? 0
  }

  @Test(arguments: [false, true], [false, true])
  func `a long short-term memory is its formula`(_ backwards: Bool, _ useBias: Bool) throws {
    let trial = try LayerTrial(
      LSTM(3, useBias: useBias, returnSequences: true, goBackwards: backwards), [2, 5, 2])
    let step = lstm(try Weights(trial))
    let expected = items(trial.inputs[0]).map {
      run(step, $0, from: [[0, 0, 0], [0, 0, 0]], backwards: backwards).outputs
    }
    #expect(trial.output.dimensions == [2, 5, 3])
    #expect(distance(trial.output.elements, flat(expected)) < 1e-14)
    #expect(trial.roundingShare() <= 1)
  }

  @Test(arguments: [false, true], [false, true])
  func `a gated recurrent unit is its formula`(_ resetAfter: Bool, _ useBias: Bool) throws {
    let trial = try LayerTrial(
      GRU(3, useBias: useBias, resetAfter: resetAfter, returnSequences: true), [2, 5, 2])
    let step = gru(try Weights(trial), resetAfter: resetAfter)
    let expected = items(trial.inputs[0]).map { run(step, $0, from: [[0, 0, 0]]).outputs }
    #expect(distance(trial.output.elements, flat(expected)) < 1e-14)
    #expect(trial.roundingShare() <= 1)
  }

  @Test func `layers of cuDNN are the same formulas of weights in another layout`() throws {
    let memory = try LayerTrial(
      CuDNNLSTM(3, returnSequences: true, goBackwards: true), [2, 5, 4])
    let step = lstm(try Weights(ofCuDNN: memory, gateCount: 4))
    let remembered = items(memory.inputs[0]).map {
      run(step, $0, from: [[0, 0, 0], [0, 0, 0]], backwards: true).outputs
    }
    #expect(memory.output.dimensions == [2, 5, 3])
    #expect(distance(memory.output.elements, flat(remembered)) < 1e-14)
    #expect(memory.roundingShare() <= 1)
    let unit = try LayerTrial(CuDNNGRU(3, returnSequences: true), [2, 5, 4])
    let gated = gru(try Weights(ofCuDNN: unit, gateCount: 3), resetAfter: true)
    let expected = items(unit.inputs[0]).map { run(gated, $0, from: [[0, 0, 0]]).outputs }
    #expect(distance(unit.output.elements, flat(expected)) < 1e-14)
    #expect(unit.roundingShare() <= 1)
    let masked = CuDNNGRU(3).heeding(masksWhere: [true])
    #expect(
      refusal {
        try masked.definition(for: [TensorType([2, 5, 4]), TensorType([2, 5], .bool)])
      } == "is called with mask=a mask; expected none, as cuDNN takes none")
  }

  @Test func `states that are given are the first, and the last are made`() throws {
    let layer = LSTM(3, returnState: true)
    let trial = try LayerTrial(layer, [2, 4, 2], [2, 3], [2, 3])
    let step = lstm(try Weights(trial))
    let made = layer.forward(trial.inputs, Parameters(trial.parameters))
    #expect(made.count == 3)
    for (item, x) in items(trial.inputs[0]).enumerated() {
      let states = (1...2).map { input in (0..<3).map { trial.inputs[input].at(item, $0) } }
      let expected = run(step, x, from: states)
      for unit in 0..<3 {
        #expect(abs(made[0].at(item, unit) - expected.states[0][unit]) < 1e-14)
        #expect(abs(made[1].at(item, unit) - expected.states[0][unit]) < 1e-14)
        #expect(abs(made[2].at(item, unit) - expected.states[1][unit]) < 1e-14)
      }
    }
    #expect(
      refusal { try layer.outputShapes(for: [[2, 4, 2], [2, 3]]) }
        == "has 2 inputs; expected a slice and 2 states")
    #expect(
      refusal { try layer.outputShapes(for: [[2, 4, 2], [2, 3], [2, 5]]) }
        == "is called with initial_state=a state of shape [2, 5]; expected one of shape [2, 3]")
  }

  /// Rows that count nowhere, at the end, at the beginning and everywhere.
  private static let masks: [[Bool]] = [
    [false, false, false, false], [true, true, false, false], [false, false, true, true],
    [true, false, true, false], [true, true, true, true],
  ]

  @Test(arguments: [false, true], [false, true])
  func `where a step is masked, states stay and outputs repeat or are zeros`(
    _ zeroes: Bool, _ returnsSequences: Bool
  ) throws {
    let layer = LSTM(
      3, returnSequences: returnsSequences, returnState: true, zeroOutputForMask: zeroes)
    let trial = try LayerTrial(layer, [5, 4, 2])
    let step = lstm(try Weights(trial))
    let mask = NDArray(
      [5, 4], Self.masks.flatMap { row in row.map { $0 ? 1.0 : 0.0 } })
    let heeding = layer.heeding(masksWhere: [true])
    let definition = try heeding.definition(for: [
      TensorType([5, 4, 2]), TensorType([5, 4], .bool),
    ])
    let made = definition.values([trial.inputs[0], mask], Parameters(trial.parameters))
    for (item, x) in items(trial.inputs[0]).enumerated() {
      let expected = run(
        step, x, from: [[0, 0, 0], [0, 0, 0]], counts: Self.masks[item], zeroes: zeroes)
      let output = returnsSequences ? expected.outputs : [expected.outputs[3]]
      let start = item * output.count * 3
      #expect(
        distance(
          Array(made[0].elements[start..<start + output.count * 3]), output.flatMap(\.self))
          < 1e-14)
      #expect(
        distance(
          Array(made[2].elements[item * 3..<item * 3 + 3]), expected.states[1]) < 1e-14)
    }
  }

  @Test func `cells on each other see what the one before has made`() throws {
    let trial = try LayerTrial(
      RNN([LSTMCell(3), GRUCell(2, resetAfter: false)], returnSequences: true), [2, 4, 2])
    let first = lstm(try Weights(trial, under: "cells/0/"))
    let second = gru(try Weights(trial, under: "cells/1/"), resetAfter: false)
    let expected = items(trial.inputs[0]).map { x in
      let inner = run(first, x, from: [[0, 0, 0], [0, 0, 0]]).outputs
      return run(second, inner, from: [[0, 0]]).outputs
    }
    #expect(distance(trial.output.elements, flat(expected)) < 1e-14)
    #expect(trial.roundingShare() <= 1)
  }

  @Test(arguments: Bidirectional.MergeMode.allCases, [false, true])
  func `two directions are brought together step by step`(
    _ mode: Bidirectional.MergeMode, _ returnsSequences: Bool
  ) throws {
    let layer = Bidirectional(LSTM(3, returnSequences: returnsSequences), mergeMode: mode)
    let trial = try LayerTrial(layer, [2, 4, 2])
    let ahead = lstm(try Weights(trial, under: "forward/"))
    let back = lstm(try Weights(trial, under: "backward/"))
    let zeros = [[0.0, 0, 0], [0, 0, 0]]
    let made = layer.forward(trial.inputs, Parameters(trial.parameters))
    for (item, x) in items(trial.inputs[0]).enumerated() {
      var first = run(ahead, x, from: zeros).outputs
      var second = run(back, x, from: zeros, backwards: true).outputs
      if returnsSequences {
        second.reverse()
      } else {
        (first, second) = ([first[3]], [second[3]])
      }
      let expected = zip(first, second).map { first, second -> [Double] in
        switch mode {
        case .concatenate: first + second
        case .sum: zip(first, second).map { $0 + $1 }
        case .average: zip(first, second).map { ($0 + $1) / 2 }
        case .product: zip(first, second).map { $0 * $1 }
        case .separate: first
        }
      }.flatMap(\.self)
      let start = item * expected.count
      #expect(
        distance(Array(made[0].elements[start..<start + expected.count]), expected) < 1e-14)
      if mode == .separate {
        #expect(
          distance(
            Array(made[1].elements[start..<start + expected.count]), second.flatMap(\.self))
            < 1e-14)
      }
    }
  }

  @Test func `each direction has states of its own, the forward ones first`() throws {
    let layer = Bidirectional(LSTM(3, returnState: true))
    let trial = try LayerTrial(layer, [2, 4, 2], [2, 3], [2, 3], [2, 3], [2, 3])
    let made = layer.forward(trial.inputs, Parameters(trial.parameters))
    #expect(made.count == 5)
    for (place, (scope, backwards)) in [("forward/", false), ("backward/", true)].enumerated() {
      let step = lstm(try Weights(trial, under: scope))
      for (item, x) in items(trial.inputs[0]).enumerated() {
        let states = (1...2).map { input in
          (0..<3).map { trial.inputs[2 * place + input].at(item, $0) }
        }
        let expected = run(step, x, from: states, backwards: backwards).states
        for state in 0..<2 {
          let found = (0..<3).map { made[1 + 2 * place + state].at(item, $0) }
          #expect(distance(found, expected[state]) < 1e-14)
        }
      }
    }
  }

  /// What a layer makes of a sequence of which steps are masked, and of states.
  private func masked(
    _ layer: any Layer, _ trial: LayerTrial, _ mask: [Bool]
  ) throws -> NDArray<Double> {
    let steps = trial.inputs[0].dimensions
    let heeding = layer.heeding(
      masksWhere: [true] + trial.inputs.dropFirst().map { _ in false })
    let types = trial.inputs.map { TensorType(Shape($0.dimensions)) }
    let definition = try heeding.definition(
      for: types + [TensorType(Shape(Array(steps.prefix(2))), .bool)])
    return definition.values(
      trial.inputs + [NDArray(Array(steps.prefix(2)), mask.map { $0 ? 1 : 0 })],
      Parameters(trial.parameters))[0]
  }

  @Test func `before any step that counts the output is zeros, or the state that is given`() throws
  {
    let attributes: Attributes = [
      "units": .int(3), "return_sequences": .bool(true), "repeats_state": .bool(true),
    ]
    let repeating = try GRU(attributes: attributes)
    let trial = try LayerTrial(repeating, [1, 3, 2], [1, 3])
    let mask = [false, true, true]
    #expect(
      Array(try masked(repeating, trial, mask).elements.prefix(3)) == trial.inputs[1].elements)
    let zeros = GRU(3, returnSequences: true)
    #expect(Array(try masked(zeros, trial, mask).elements.prefix(3)) == [0, 0, 0])
  }

  @Test func `both directions make zeros where a step is masked`() throws {
    let layer = Bidirectional(GRU(2, returnSequences: true))
    let trial = try LayerTrial(layer, [1, 4, 2])
    let made = try masked(layer, trial, [true, false, true, false])
    for step in 0..<4 {
      for unit in 0..<4 { #expect((made.at(0, step, unit) == 0) == (step % 2 == 1)) }
    }
  }

  /// Which outputs of a layer have a mask where its first input has one.
  private func masks(behind layer: any Layer, _ shape: Shape, _ mask: Shape) throws -> [Bool] {
    try layer.maskDefinition(for: [TensorType(shape)], masks: [TensorType(mask, .bool)]).hasMask
  }

  @Test func `all outputs have the mask of their steps, a last one has none`() throws {
    let shape: Shape = [2, 4, 3]
    #expect(try masks(behind: LSTM(2, returnSequences: true), shape, [2, 4]) == [true])
    #expect(try masks(behind: LSTM(2), shape, [2, 4]) == [])
    let both = LSTM(2, returnSequences: true)
    #expect(try masks(behind: Bidirectional(both), shape, [2, 4]) == [true])
    let apart = Bidirectional(both, mergeMode: .separate)
    #expect(try masks(behind: apart, shape, [2, 4]) == [true, true])
    #expect(try masks(behind: Bidirectional(LSTM(2)), shape, [2, 4]) == [])
  }

  @Test func `a layer that ignores masks says so`() throws {
    let layer = try GRU(attributes: ["units": .int(3), "ignores_mask": .bool(true)])
    #expect(layer.signature.maskUse == .ignored)
    #expect(Bidirectional(layer).signature.maskUse == .ignored)
    #expect(GRU(3).signature.maskUse == .honoured)
  }

  @Test func `of a mask of parts, a step counts that has any`() throws {
    let layer = try TimeDistributed(
      attributes: [
        "layer.kind": .string("Dense"), "layer.units": .int(2), "joins_mask": .bool(true),
      ])
    let (definition, _) = try layer.maskDefinition(
      for: [TensorType([1, 3, 2, 4])], masks: [TensorType([1, 3, 2], .bool)])
    let made = definition.values(
      [NDArray(repeating: 1, [1, 3, 2, 4]), NDArray([1, 3, 2], [0, 0, 0, 1, 1, 1])],
      Parameters<Double>([:]))
    #expect(made[0].elements == [0, 1, 1])
  }

  @Test func `a step of a convolutional memory is one of an image at each pixel`() throws {
    // A kernel of one element makes each pixel a sequence of its own.
    let layer = ConvLSTM2D(3, kernelSize: (1, 1), returnSequences: true)
    let trial = try LayerTrial(layer, [2, 4, 3, 2, 2])
    let pixels = trial.inputs[0].permuted([0, 2, 3, 1, 4]).reshaped([12, 4, 2])
    let flat = trial.parameters.mapValues { weight in
      weight.dimensions.count == 4 ? weight.reshaped(Array(weight.dimensions.suffix(2))) : weight
    }
    let sequences = LSTM(3, returnSequences: true).forward([pixels], Parameters(flat))[0]
    let expected = sequences.reshaped([2, 3, 2, 4, 3]).permuted([0, 3, 1, 2, 4])
    #expect(trial.distance(to: expected) < 1e-14)
    #expect(trial.roundingShare() <= 1)
  }

  @Test func `a memory of signals and of volumes is that of images`() throws {
    let attributes = ConvLSTM2D(
      3, kernelSize: (2, 1), strides: (2, 1), padding: .same, useBias: false, returnState: true
    ).attributes
    func isSame(_ other: Attributes, _ sizes: [Int], _ strides: [Int], _ ones: [Int]) -> Bool {
      other
        == attributes.merging([
          "kernel_size": .ints(sizes), "strides": .ints(strides), "dilation_rate": .ints(ones),
        ])
    }
    #expect(
      isSame(
        ConvLSTM1D(
          3, kernelSize: 2, strides: 2, padding: .same, useBias: false, returnState: true
        ).attributes, [2], [2], [1]))
    #expect(
      isSame(
        ConvLSTM3D(
          3, kernelSize: (2, 1, 4), strides: (2, 1, 3), padding: .same, useBias: false,
          returnState: true
        ).attributes, [2, 1, 4], [2, 1, 3], [1, 1, 1]))
  }

  @Test func `a layer is applied to each step by itself`() throws {
    let inner = Conv1D(3, kernelSize: 2, strides: 2)
    let trial = try LayerTrial(TimeDistributed(inner), [2, 3, 5, 2])
    let expected = inner.forward(
      [trial.inputs[0].reshaped([6, 5, 2])], Parameters(trial.parameters))[0]
    #expect(trial.output.dimensions == [2, 3, 2, 3])
    #expect(trial.distance(to: expected.reshaped([2, 3, 2, 3])) == 0)
    #expect(
      try TimeDistributed(inner).outputShapes(for: [[nil, nil, 5, 2]]) == [[nil, nil, 2, 3]])
  }

  @Test(arguments: [100, 1000])
  func `the bound of a last output does not outgrow what the steps before it leave`(
    _ length: Int
  ) throws {
    let layers: [any Layer] = [LSTM(16), GRU(16), Bidirectional(LSTM(16))]
    for layer in layers {
      let trial = try LayerTrial(layer, [1, length, 4])
      let share = trial.roundingShare()
      #expect(share <= 1)
      #expect(share > 1e-4)
    }
  }

  @Test func `what goes along no sequence is refused`() throws {
    #expect(
      refusal { try LSTM(3).outputShapes(for: [[2, 3]]) }
        == "input has shape [2, 3]; expected [batch, steps, …]")
    #expect(
      refusal { try LSTM(3).outputShapes(for: [[2, 3, 4, 5]]) }
        == "input has shape [2, 4, 5]; expected [batch, features] in each step")
    #expect(
      refusal {
        try Bidirectional(attributes: [
          "layer.kind": .string("Dense"), "layer.units": .int(2),
          "backward_layer.kind": .string("LSTM"), "backward_layer.units": .int(2),
        ])
      } == "attribute 'layer.kind' is 'Dense'; expected a kind that goes along sequences")
    #expect(
      refusal { try TimeDistributed(attributes: ["layer.kind": .string("Nothing")]) }
        == "attribute 'layer.kind' is 'Nothing'; expected a kind of layer")
    #expect(
      refusal {
        try TimeDistributed(attributes: ["layer.kind": .string("Dense"), "layer.units": .int(0)])
      } == "attribute 'layer.units' is 0; expected at least 1")
    // A name of many layers in each other ends before the stack does.
    let deep = Array(repeating: "layer.", count: 5_000).joined()
    #expect(
      refusal {
        try TimeDistributed(attributes: [
          "layer.kind": .string("TimeDistributed"), deep + "kind": .string("Dense"),
        ])
      }.contains("layers at most 8 deep"))
    #expect(refusal { try StackedRNNCells(attributes: [:]) } == "attribute 'cells' is missing")
  }
}
