import OrderedCollections
import ModelGraph
import Testing
import Verification

@Suite struct VerdictTests {
  /// The verdicts of the first case by the tensor's name, the whole model's last.
  private func verdicts(_ report: VerificationReport) -> [String] {
    (report.cases[0].calls + report.cases[0].outputs).map { call in
      "\(call.path) \(call.verdict)" + (call.reason.map { " \($0)" } ?? "")
        + (call.isCumulative ? " cumulative" : "")
    }
  }

  @Test(arguments: Reference.engines)
  func `the model that computed the golden agrees`(engine: any Engine) throws {
    let verifier = Verifier(engine: engine)
    let report = try verifier.verify(Block.model(), against: .block())
    #expect(
      verdicts(report) == [
        "first ok", "norm ok", "relu ok", "second ok", "add ok", "add ok cumulative",
      ])
    #expect(report.verdict == .agrees)
    #expect(report.firstDivergence == nil)
  }

  @Test func `a wrong epsilon is wrong at one call and at the output`() throws {
    let report = try Verifier().verify(Block.model(epsilon: 1e-3), against: .block())
    #expect(
      verdicts(report) == [
        "first ok", "norm wrong", "relu ok", "second ok", "add ok", "add wrong cumulative",
      ])
    #expect(report.verdict == .differs)
    #expect(report.firstDivergence?.call.path == "norm")
    #expect(report.firstDivergence?.case.name == "random")
  }

  @Test func `a wrong epsilon is found that is off by as little as 0,00001`() throws {
    let report = try Verifier().verify(Block.model(epsilon: 2e-5), against: .block())
    #expect(verdicts(report)[1] == "norm wrong")
  }

  @Test func `swapped weights are wrong at both layers`() throws {
    let report = try Verifier().verify(Block.model(swapsWeights: true), against: .block())
    #expect(
      verdicts(report) == [
        "first wrong", "norm ok", "relu ok", "second wrong", "add ok", "add wrong cumulative",
      ])
  }

  @Test func `a permuted output is wrong`() throws {
    var golden = try Golden.block()
    golden.cases[0].calls["second"] = try golden.cases[0].calls["second"]?.changed {
      $0.swapAt(0, 1)
    }
    let report = try Verifier().verify(Block.model(), against: golden)
    let second = report.cases[0].calls[3]
    #expect(second.verdict == .wrong)
    #expect(second.statistics?.wrongCount == 2)
    #expect(report.verdict == .differs)
  }

  @Test func `a golden that holds NaN is unchecked`() throws {
    var golden = try Golden.block()
    golden.cases[0].calls["relu"] = try golden.cases[0].calls["relu"]?.changed { $0[5] = .nan }
    let report = try Verifier().verify(Block.model(), against: golden)
    #expect(verdicts(report)[2] == "relu unchecked notANumber")
  }

  @Test func `a golden that holds NaN and something wrong is wrong`() throws {
    var golden = try Golden.block()
    golden.cases[0].calls["relu"] = try golden.cases[0].calls["relu"]?.changed {
      $0[5] = .nan
      $0[6] += 1
    }
    let report = try Verifier().verify(Block.model(), against: golden)
    #expect(verdicts(report)[2] == "relu wrong")
  }

  @Test(arguments: [Float.infinity, -.infinity])
  func `an infinity that the model does not make is wrong`(value: Float) throws {
    var golden = try Golden.block()
    golden.cases[0].calls["first"] = try golden.cases[0].calls["first"]?.changed { $0[7] = value }
    let report = try Verifier().verify(Block.model(), against: golden)
    #expect(report.cases[0].calls[0].verdict == .wrong)
    #expect(report.cases[0].calls[0].statistics?.worst?.index == [0, 7])
  }

  @Test func `NaN that the golden does not have is wrong`() throws {
    var model = try Block.model()
    let variance = try model.tensors["norm/variance"]?.changed { $0[3] = -1 }
    var tensors = model.tensors
    tensors["norm/variance"] = variance
    model = try Model(graph: model.graph, tensors: tensors)
    let report = try Verifier().verify(model, against: .block())
    #expect(verdicts(report)[1] == "norm wrong")
    #expect(report.cases[0].calls[1].statistics?.worst?.found.value.isNaN == true)
    // The golden has one element per row of that channel.
    #expect(report.cases[0].calls[1].statistics?.wrongCount == 3)
  }

  @Test func `a call that is not recorded is unchecked, and the next is cumulative`() throws {
    var golden = try Golden.block()
    golden.cases[0].calls["norm"] = nil
    let report = try Verifier().verify(Block.model(), against: golden)
    #expect(
      verdicts(report) == [
        "first ok", "norm unchecked missing", "relu ok cumulative", "second ok", "add ok",
        "add ok cumulative",
      ])
    #expect(report.verdict == .agrees)
    #expect(report.count(of: .unchecked) == 1)
  }

  @Test func `a fault in a call that is not recorded shows at the next one`() throws {
    var golden = try Golden.block()
    golden.cases[0].calls["norm"] = nil
    let report = try Verifier().verify(Block.model(epsilon: 1e-3), against: golden)
    #expect(report.firstDivergence?.call.path == "relu")
    #expect(report.firstDivergence?.call.isCumulative == true)
    #expect(verdicts(report)[3] == "second ok")
  }

  @Test func `an all-zero golden that the model makes too says nothing`() throws {
    let model = try Block.model()
    var tensors = model.tensors
    tensors["norm/mean"] = try tensors["norm/mean"]?.changed { mean in
      for index in mean.indices { mean[index] = 1000 }
    }
    let dead = try Model(graph: model.graph, tensors: tensors)
    let golden = try Golden.recorded(from: dead, inputs: ["input": Block.input()])
    let report = try Verifier().verify(dead, against: golden)
    #expect(verdicts(report)[2] == "relu unchecked zero")
    // All rows of `second` are now its bias, which is not constant: it is compared.
    #expect(verdicts(report)[3] == "second ok")
  }

  @Test func `an all-zero golden that the model does not make is wrong`() throws {
    var golden = try Golden.block()
    golden.cases[0].calls["relu"] = Tensor(NDArray<Float>(repeating: 0, [3, 12]))
    let report = try Verifier().verify(Block.model(), against: golden)
    #expect(verdicts(report)[2] == "relu wrong")
  }

  @Test func `a constant golden says nothing, one element does`() throws {
    let single = try Verifier().verify(constantModel(units: 1), against: constantGolden(units: 1))
    let double = try Verifier().verify(constantModel(units: 2), against: constantGolden(units: 2))
    #expect(verdicts(single) == ["linear ok", "linear ok cumulative"])
    #expect(
      verdicts(double) == [
        "linear unchecked constant", "linear unchecked constant cumulative",
      ])
    #expect(double.verdict == .couldNotTell)
  }

  private func constantModel(units: Int) throws -> Model {
    let graph = try Graph(
      name: "constant", form: .sequential,
      layers: [
        LayerNode(name: "input", body: .layer(InputLayer(batchShape: [nil, 2]))),
        LayerNode(
          name: "linear", body: .layer(Linear(units)),
          parameters: ["kernel": "kernel", "bias": "bias"]),
      ],
      calls: [Call("input", inputs: []), Call("linear", inputs: [TensorReference("input")])],
      inputs: [TensorReference("input")], outputs: [TensorReference("linear")])
    return try Model(
      graph: graph,
      tensors: [
        "kernel": Tensor(NDArray<Float>(repeating: 0.25, [2, units])),
        "bias": Tensor(NDArray<Float>(repeating: 1, [units])),
      ])
  }

  private func constantGolden(units: Int) throws -> Golden {
    try .recorded(
      from: constantModel(units: units), inputs: ["input": Tensor(NDArray<Float>([1, 2], [1, 2]))])
  }

  @Test func `another shape is wrong`() throws {
    var golden = try Golden.block()
    golden.cases[0].calls["first"] = Block.input(rows: 2)
    let report = try Verifier().verify(Block.model(), against: golden)
    #expect(verdicts(report)[0] == "first wrong shape")
    #expect(verdicts(report)[1] == "norm ok cumulative")
    #expect(report.cases[0].calls[0].goldenShape == [2, 12])
    #expect(report.verdict == .differs)
  }

  @Test func `an error of some units is ok, one beyond the worst case wrong`() throws {
    let golden = try Golden.block()
    // The sum of 13 terms of about 1 may err by 13 units in the worst case.
    func verdict(units: Float) throws -> CallReport.Verdict {
      var golden = golden
      golden.cases[0].calls["first"] = try golden.cases[0].calls["first"]?.changed {
        $0[0] += units * 0x1p-24
      }
      return try Verifier().verify(Block.model(), against: golden).cases[0].calls[0].verdict
    }
    #expect(try verdict(units: 4) == .ok)
    #expect(try verdict(units: 4000) == .wrong)
  }
}
