import OrderedCollections
import ModelGraph
import Testing
import Verification

@Suite struct CoverageTests {
  @Test func `a golden of outputs alone checks the whole model`() throws {
    var golden = try Golden.block()
    golden.cases[0].calls = [:]
    let right = try Verifier().verify(Block.model(), against: golden)
    #expect(right.cases[0].calls.map(\.verdict) == Array(repeating: .unchecked, count: 5))
    #expect(right.cases[0].outputs.map(\.verdict) == [.ok])
    #expect(right.verdict == .agrees)
    let wrong = try Verifier().verify(Block.model(epsilon: 1e-3), against: golden)
    #expect(wrong.cases[0].outputs.map(\.verdict) == [.wrong])
    #expect(wrong.verdict == .differs)
  }

  @Test func `a golden of calls alone checks the output as well`() throws {
    var golden = try Golden.block()
    golden.cases[0].outputs = [:]
    let report = try Verifier().verify(Block.model(epsilon: 1e-3), against: golden)
    #expect(report.cases[0].outputs.map(\.verdict) == [.wrong])
  }

  @Test func `a golden of inputs alone cannot tell`() throws {
    var golden = try Golden.block()
    golden.cases[0].calls = [:]
    golden.cases[0].outputs = [:]
    let report = try Verifier().verify(Block.model(), against: golden)
    #expect(report.verdict == .couldNotTell)
    #expect(report.conclusion == "could not tell: nothing was compared")
  }

  @Test func `a golden without cases cannot tell`() throws {
    let golden = Golden(producer: "test", producerVersion: "1", cases: [])
    let report = try Verifier().verify(Block.model(), against: golden)
    #expect(report.verdict == .couldNotTell)
  }

  @Test func `tensors that the model does not have leave it open`() throws {
    var golden = try Golden.block()
    golden.cases[0].calls["extra"] = Block.input()
    golden.cases[0].calls["first:1"] = Block.input()
    golden.cases[0].outputs["other"] = Block.input()
    let report = try Verifier().verify(Block.model(), against: golden)
    #expect(
      report.cases[0].unknownTensors == ["calls/extra", "calls/first:1", "outputs/other"])
    #expect(report.verdict == .couldNotTell)
    #expect(
      report.conclusion
        == "could not tell: the model has no tensors for 'calls/extra', 'calls/first:1', "
        + "'outputs/other' of the golden")
  }

  @Test func `a stated tolerance replaces the bound`() throws {
    let model = try Block.model(epsilon: 1e-3)
    let loose = Verifier(options: .init(absoluteTolerance: 100))
    #expect(try loose.verify(model, against: .block()).verdict == .agrees)
    let relative = Verifier(options: .init(relativeTolerance: 1e-3))
    #expect(try relative.verify(model, against: .block()).verdict == .differs)
    // The difference to float64 is rounding, but it is not zero.
    let strict = Verifier(options: .init(absoluteTolerance: 0, relativeTolerance: 0))
    #expect(try strict.verify(Block.model(), against: .block()).verdict == .differs)
  }

  @Test func `the names x and y stand for the one input and output`() throws {
    var golden = try Golden.block()
    golden.cases[0].inputs = ["x": Block.input()]
    golden.cases[0].outputs = ["y": try #require(golden.cases[0].outputs["add"])]
    golden.cases[0].calls = [:]
    let report = try Verifier().verify(Block.model(), against: golden)
    #expect(report.cases[0].outputs.map(\.verdict) == [.ok])
  }

  @Test func `inputs that do not fit are refused by the case`() throws {
    var golden = try Golden.block()
    golden.cases[0].inputs = [:]
    let missing = #expect(throws: VerificationError.self) {
      try Verifier().verify(Block.model(), against: golden)
    }
    #expect(missing.map(String.init(describing:)) == "case 'random': input 'input' is not given")
    golden.cases[0].inputs = ["input": Tensor(NDArray<Float>(repeating: 1, [1, 3]))]
    let shape = #expect(throws: VerificationError.self) {
      try Verifier().verify(Block.model(), against: golden)
    }
    #expect(
      shape.map(String.init(describing:))
        == "case 'random': input 'input' has shape [1, 3]; expected [None, 12]")
  }

  @Test(arguments: [true, false])
  func `every call is told of, in order, whether it is recorded or not`(
    isRecorded: Bool
  ) throws {
    var golden = try Golden.block()
    if !isRecorded { golden.cases[0].calls = [:] }
    var told: [String] = []
    _ = try Verifier().verify(Block.model(), against: golden) { progress in
      told.append("\(progress.caseName) \(progress.call) \(progress.completed)/\(progress.total)")
    }
    #expect(
      told == ["first 1", "norm 2", "relu 3", "second 4", "add 5"].map { "random \($0)/5" })
  }

  @Test func `shared layers, nested models and further outputs are told apart`() throws {
    let model = try nested()
    var golden = try Golden.recorded(from: model, inputs: ["input": Block.input()])
    #expect(
      Array(golden.cases[0].calls.keys) == [
        "signs", "signs:0:1", "inner/linear", "inner:1/linear", "add",
      ])
    golden.cases[0].calls["inner:1:0"] = golden.cases[0].calls["inner:1/linear"]
    golden.cases[0].calls["inner:0:0"] = try golden.cases[0].calls["inner/linear"]?.changed {
      $0[0] += 1
    }
    let report = try Verifier().verify(model, against: golden)
    // What is outside of a nested model is replayed on what is recorded outside.
    #expect(
      report.cases[0].calls.map { "\($0.path) \($0.verdict)" } == [
        "signs ok", "signs:0:1 ok", "inner/linear ok", "inner:0:0 wrong", "inner:1/linear ok",
        "inner:1:0 ok", "add wrong",
      ])
    #expect(report.cases[0].unknownTensors.isEmpty)
  }

  @Test func `an engine is held at every call of nested models`() throws {
    let model = try nested()
    let sound = try Verifier(engine: FaultyEngine("", adding: 0))
      .verify(model, againstReferenceOn: model.sampleInputs())
    #expect(
      sound.cases[0].calls.map { "\($0.path) \($0.verdict)" } == [
        "signs ok", "signs:0:1 ok", "inner/linear ok", "inner:1/linear ok", "add ok",
      ])
    let faulty = try Verifier(engine: FaultyEngine("Linear", adding: 1))
      .verify(model, againstReferenceOn: model.sampleInputs())
    #expect(
      faulty.cases[0].calls.filter { $0.verdict == .wrong }.map(\.path) == [
        "inner/linear", "inner:1/linear",
      ])
  }

  /// A nested model that is called on both outputs of a layer.
  private func nested() throws -> Model {
    let size = Block.channels
    var noise = Noise(seed: 3)
    let inner = try Graph(
      name: "inner", form: .sequential,
      layers: [
        LayerNode(name: "in", body: .layer(InputLayer(batchShape: [nil, size]))),
        LayerNode(
          name: "linear", body: .layer(Linear(size)), parameters: ["kernel": "k", "bias": "b"]),
      ], calls: [Call("in", inputs: []), Call("linear", inputs: [TensorReference("in")])],
      inputs: [TensorReference("in")], outputs: [TensorReference("linear")])
    let graph = try Graph(
      name: "outer", form: .functional,
      layers: [
        LayerNode(name: "input", body: .layer(InputLayer(batchShape: [nil, size]))),
        LayerNode(name: "signs", body: .layer(Signs())),
        LayerNode(name: "inner", body: .graph(inner)),
        LayerNode(name: "add", body: .layer(Sum())),
      ],
      calls: [
        Call("input", inputs: []), Call("signs", inputs: [TensorReference("input")]),
        Call("inner", inputs: [TensorReference("signs")]),
        Call("inner", node: 1, inputs: [TensorReference("signs", index: 1)]),
        Call("add", inputs: [TensorReference("inner"), TensorReference("inner", node: 1)]),
      ], inputs: [TensorReference("input")], outputs: [TensorReference("add")])
    return try Model(
      graph: graph, tensors: ["k": noise.tensor([size, size]), "b": noise.tensor([size])])
  }
}
