import ModelBuilder
import OrderedCollections
import ModelGraph
import TestSupport
import Testing

/// Results in the middle of a model, by name.
@Suite struct TapTests {
  /// An encoder of two layers that is called twice, the halves of what it makes, and their sum.
  private func model() throws -> Model {
    let inner = Input(shape: [4], name: "row")
    let hidden = Dense(4, activation: .relu, name: "hidden")(inner)
    let encoder = try Model(
      inputs: inner, outputs: [Dense(4, name: "code")(hidden), hidden], name: "encoder", seed: 3)
    let input = Input(shape: [4], name: "x")
    let first = encoder.outputs(of: [input])
    let second = encoder.outputs(of: [first[0]])
    let halves = second[0].operation(
      "Split", settings: ["sections": .int(2), "axis": .int(-1)], named: "halves")
    return try Model(inputs: input, outputs: Add(name: "sum")(halves[0], halves[1]), seed: 5)
  }

  private let input: OrderedDictionary = [
    "x": Tensor(NDArray<Double>([2, 4], [1, -2, 3, 0.5, 2, 1, -1, 4]))
  ]

  private func refusal(_ taps: String...) throws -> String {
    let session = try ReferenceEngine(Double.self).session(for: model())
    do {
      _ = try session.run(input, taps: taps)
      return "is run"
    } catch {
      return "\(error)"
    }
  }

  @Test func `every result of a run has a name, the nested ones by their path`() throws {
    #expect(
      try model().graph.resolved().tensorNames == [
        "x", "encoder/row", "encoder/hidden", "encoder/code", "encoder", "encoder:0:1",
        "encoder:1/row", "encoder:1/hidden", "encoder:1/code", "encoder:1", "encoder:1:1",
        "halves", "halves:0:1", "sum",
      ])
  }

  @Test func `what is tapped is what the call made`() throws {
    let model = try model()
    var made: [String: [NDArray<Double>]] = [:]
    let executor = try ReferenceExecutor<Double>(model)
    let outputs = try executor.run(input.mapValues { try $0.array() }) { visit in
      made["\(visit.path)"] = visit.outputs
      return visit.outputs
    }
    let sources = [
      "encoder/hidden": ("encoder/hidden", 0), "encoder:0:1": ("encoder/hidden", 0),
      "encoder/code": ("encoder/code", 0), "encoder": ("encoder/code", 0),
      "encoder:0": ("encoder/code", 0), "encoder:0:0": ("encoder/code", 0),
      "encoder:1/hidden": ("encoder:1/hidden", 0), "encoder:1:1": ("encoder:1/hidden", 0),
      "encoder:1/code": ("encoder:1/code", 0), "encoder:1": ("encoder:1/code", 0),
      "halves": ("halves", 0), "halves:0:1": ("halves", 1), "sum": ("sum", 0),
    ]
    let run = try ReferenceEngine(Double.self).session(for: model)
      .run(input, taps: Array(sources.keys))
    #expect(Array(run.taps.keys) == Array(sources.keys))
    for (name, (call, output)) in sources {
      let expected = try #require(made[call])[output]
      #expect(try run.taps[name]?.array(Double.self) == expected, "\(name)")
    }
    #expect(try run.outputs.map { try $0.array(Double.self) } == outputs)
    let values = try run.taps.values.map { try $0.array(Double.self) }
    #expect(Set(values.map(\.elements)).count == 7)
  }

  @Test func `what is fed is tapped as well, and what is asked for twice is there once`() throws {
    let session = try ReferenceEngine(Double.self).session(for: model())
    let run = try session.run(input, taps: ["encoder/row", "x", "x"])
    #expect(Array(run.taps.keys) == ["encoder/row", "x"])
    for tensor in run.taps.values {
      #expect(try tensor.array(Double.self) == input["x"]?.array(Double.self))
    }
    #expect(try session.run(input, taps: []).taps.isEmpty)
  }

  @Test func `a name that nothing has is refused with the name that was perhaps meant`() throws {
    #expect(
      try refusal("sum", "encoder/hiden")
        == "there is no tensor 'encoder/hiden'; did you mean 'encoder/hidden'?")
    #expect(
      try refusal("hidden") == "there is no tensor 'hidden'; did you mean 'encoder/hidden'?")
    #expect(
      try refusal("halves:0:2") == "there is no tensor 'halves:0:2'; did you mean 'halves:0:1'?")
    #expect(try refusal("pool") == "there is no tensor 'pool'")
  }

  @Test func `a name that two tensors have is refused`() throws {
    let inner = Input(shape: [2], name: "row")
    let encoder = try Model(inputs: inner, outputs: ReLU(name: "a")(inner), name: "encoder")
    let input = Input(shape: [2], name: "x")
    let model = try Model(inputs: input, outputs: ReLU(name: "encoder/a")(encoder(input)))
    let session = try ReferenceEngine(Float.self).session(for: model)
    let fed: OrderedDictionary = ["x": Tensor(NDArray<Float>([1, 2], [1, 2]))]
    #expect(throws: ModelError.duplicateTensor("encoder/a")) {
      try session.run(fed, taps: ["encoder/a"])
    }
  }
}
