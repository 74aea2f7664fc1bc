import OrderedCollections
import ModelGraph
import Testing

@testable import Verification

@Suite struct SensitivityTests {
  private func model(changing tensors: OrderedDictionary<String, Tensor>) throws -> Model {
    let model = try Block.model()
    return try Model(graph: model.graph, tensors: model.tensors.merging(tensors) { $1 })
  }

  /// What the golden that a model records of itself would not notice.
  private func unnoticed(
    _ model: Model, _ change: (inout Golden) -> Void = { _ in }
  ) throws -> [String] {
    var golden = try Golden.recorded(from: model, inputs: ["input": Block.input()])
    change(&golden)
    return try SensitivityAnalysis().report(on: model, against: golden).unnoticed.map {
      "\($0.weight) \($0.change)" + ($0.reason.map { " \($0)" } ?? "")
    }
  }

  @Test func `a golden of every call notices every change`() throws {
    let report = try SensitivityAnalysis().report(on: Block.model(), against: .block())
    #expect(report.verdict == .sensitive)
    #expect(report.score == 1)
    // Zeroed and perturbed are all six; two kernels and two biases have another to be swapped with.
    #expect(report.triedCount == 16)
    #expect(report.weightCount == 6)
    #expect(report.conclusion == "sensitive: 16 of 16 changes to 6 weights are noticed")
  }

  @Test func `a layer behind a dead one is given zeros`() throws {
    let dead = try model(changing: [
      "norm/mean": Tensor(NDArray<Float>(repeating: 1000, [Block.channels]))
    ])
    #expect(
      try unnoticed(dead) == [
        "second/kernel zeroed zeroInput", "second/kernel perturbed zeroInput",
        "second/kernel swapped zeroInput",
      ])
  }

  @Test func `a second case may notice what the first does not`() throws {
    // The first case's inputs make every sum so small that the rectifier lets nothing through.
    let model = try model(changing: [
      "norm/mean": Tensor(NDArray<Float>(repeating: 5, [Block.channels]))
    ])
    let large = try Block.input().changed { for index in $0.indices { $0[index] *= 100 } }
    var golden = try Golden.recorded(from: model, inputs: ["input": Block.input()])
    #expect(
      try SensitivityAnalysis().report(on: model, against: golden).verdict == .insensitive)
    golden.cases += try Golden.recorded(
      from: model, inputs: ["input": large], name: "large"
    ).cases
    #expect(try SensitivityAnalysis().report(on: model, against: golden).verdict == .sensitive)
  }

  @Test func `weights that are zero or equal can be lost unnoticed`() throws {
    let model = try Block.model()
    let same = try self.model(changing: [
      "first/bias": Tensor(NDArray<Float>(repeating: 0, [Block.channels])),
      "second/kernel": #require(model.tensors["first/kernel"]),
    ])
    #expect(
      try unnoticed(same) == [
        "first/kernel swapped twins", "first/bias zeroed alreadyZero",
        "second/kernel swapped twins",
      ])
  }

  @Test(arguments: [
    // What each of six kernels is, and with which it is exchanged.
    ([1, 2, 3, 4, 5, 6], [1, 2, 3, 4, 5, 0]), ([1, 1, 2, 1, 1, 1], [2, 2, 3, 2, 2, 2]),
    ([1, 1, 1, 1, 1, 2], [5, 5, 5, 5, 5, 0]), ([2, 1, 1, 1, 1, 1], [1, 0, 0, 0, 0, 0]),
    ([1, 1, 1, 1, 1, 1], [1, 2, 3, 4, 5, 0]),
  ])
  func `a weight is exchanged with the next that differs, round the circle`(
    values: [Float], partners: [Int]
  ) throws {
    let chain = try Network.chain(from: 0)
    let names = chain.tensors.keys.filter { $0.hasSuffix("kernel") }
    var tensors = chain.tensors
    for (name, value) in zip(names, values) {
      tensors[name] = Tensor(NDArray<Float>(repeating: value, [1, 1, 2, 2]))
    }
    let trials = try WeightTrial.all(of: Model(graph: chain.graph, tensors: tensors))
    #expect(
      trials.filter { $0.change == .swapped && names.contains($0.weight) }.map(\.partner)
        == partners.map { names[$0] })
  }

  @Test func `a saturated softmax hides its weights`() throws {
    let dense = try Dense(attributes: ["units": .int(3), "activation": .string("softmax")])
    let node = LayerNode(
      name: "head", body: .layer(dense), parameters: ["kernel": "kernel", "bias": "bias"])
    let graph = try Graph(
      name: "head", form: .functional,
      layers: [LayerNode(name: "input", body: .layer(InputLayer(batchShape: [nil, 3]))), node],
      calls: [Call("input", inputs: []), Call("head", inputs: [TensorReference("input")])],
      inputs: [TensorReference("input")], outputs: [TensorReference("head")])
    let identity = NDArray<Float>([3, 3], [1e4, 0, 0, 0, 1e4, 0, 0, 0, 1e4])
    let model = try Model(
      graph: graph,
      tensors: [
        "kernel": Tensor(identity), "bias": Tensor(NDArray<Float>([3], [1, 2, 3])),
      ])
    let golden = try Golden.recorded(
      from: model, inputs: ["input": Tensor(NDArray<Float>([2, 3], [1, 0, 0, 0, 1, 0]))])
    let report = try SensitivityAnalysis().report(on: model, against: golden)
    #expect(
      report.unnoticed.map { "\($0.weight) \($0.change)" } == [
        "kernel perturbed", "bias zeroed", "bias perturbed",
      ])
    #expect(report.unnoticed.allSatisfy { $0.reason == .saturated })
    #expect(report.verdict == .insensitive)
    #expect(report.score == 0.25)
  }

  @Test func `with outputs alone the whole model is run, so often as is allowed`() throws {
    var golden = try Golden.block()
    golden.cases[0].calls = [:]
    golden.weightDigests = try Block.model().weightDigests()
    let all = try SensitivityAnalysis().report(on: Block.model(), against: golden)
    #expect(all.verdict == .sensitive, "\(all.rows)")
    #expect(all.triedCount == 16)
    let some = try SensitivityAnalysis(wholeRunLimit: 3).report(
      on: Block.model(), against: golden)
    #expect(some.verdict == .couldNotTell)
    #expect(some.untried.count == 13)
    #expect(some.score == 1)
    #expect(
      some.conclusion
        == "could not tell: 3 of 3 changes to 6 weights are noticed, and 13 were not tried")
  }

  @Test func `a weight whose call is not recorded is looked for behind it`() throws {
    let model = try Block.model()
    #expect(try unnoticed(model) { $0.cases[0].calls["norm"] = nil } == [])
    let dead = try self.model(changing: [
      "norm/mean": Tensor(NDArray<Float>(repeating: 1000, [Block.channels]))
    ])
    let behind = try unnoticed(dead) {
      $0.cases[0].calls["norm"] = nil
      $0.cases[0].calls["first"] = nil
    }
    #expect(behind.contains("first/kernel zeroed unknown"))
  }

  @Test func `a model that differs as it is, and another model, are errors`() throws {
    let model = try Block.model(epsilon: 1e-3)
    let error = #expect(throws: VerificationError.self) {
      try SensitivityAnalysis().report(on: model, against: .block())
    }
    #expect(
      error?.description
        == "case 'random': the model as it is differs at 'norm'; verify it first")
    var golden = try Golden.block()
    golden.weightDigests = [1]
    #expect(throws: VerificationError.self) {
      try SensitivityAnalysis().report(on: Block.model(), against: golden)
    }
  }
}
