import OrderedCollections
import ModelGraph
import Testing
import Verification

/// What a nested model returns is recorded twice, inside and outside; the two may be of two runs,
/// which are rounded otherwise.
@Suite struct NestedResultTests {
  private static let allRight = [
    "encoder/stage/first ok", "encoder/stage/norm ok", "encoder/stage/relu ok",
    "encoder/stage:0:0 ok cumulative", "encoder:0:0 ok cumulative", "after ok", "second ok",
    "second ok cumulative",
  ]

  @Test(arguments: Reference.engines)
  func `what a nested model returns may be of another run than the calls inside`(
    engine: any Engine
  ) throws {
    let report = try Verifier(engine: engine).verify(Self.model(), against: Self.golden())
    #expect(verdicts(report) == Self.allRight)
    #expect(report.verdict == .agrees)
  }

  @Test func `the order in which two runs are recorded does not count`() throws {
    var golden = try Self.golden()
    golden.cases[0].calls = OrderedDictionary(
      uniqueKeysWithValues: golden.cases[0].calls.reversed())
    let report = try Verifier().verify(Self.model(), against: golden)
    #expect(Set(report.cases[0].calls.map(\.verdict)) == [.ok])
    #expect(report.verdict == .agrees)
  }

  @Test func `a call in a run of its own is not needed for what its model returns`() throws {
    var golden = try Self.golden()
    golden.cases[0].calls["encoder/stage/relu"] = nil
    let report = try Verifier().verify(Self.model(), against: golden)
    #expect(report.verdict == .agrees)
  }

  @Test func `what is recorded in one run is held to the bound of the last call alone`() throws {
    let report = try Verifier().verify(
      Self.model(), against: .recorded(from: Self.model(), inputs: ["input": Block.input()]))
    #expect(report.cases[0].calls.allSatisfy { $0.verdict == .ok && !$0.isCumulative })
  }

  @Test(arguments: [
    "encoder/stage/norm", "encoder/stage/relu", "encoder/stage:0:0", "encoder:0:0", "after",
  ])
  func `what is wrong in either run is wrong`(name: String) throws {
    var golden = try Self.golden()
    golden.cases[0].calls[name] = try golden.cases[0].calls[name]?.changed { elements in
      let place = elements.firstIndex { $0 > 0.5 } ?? 0
      elements[place] *= 1.0001
    }
    let report = try Verifier().verify(Self.model(), against: golden)
    #expect(report.firstDivergence?.call.path == name)
  }

  @Test func `a fault inside is not found again in what the nested model returns`() throws {
    let report = try Verifier().verify(Self.model(epsilon: 1e-3), against: Self.golden())
    var expected = Self.allRight
    expected[1] = "encoder/stage/norm wrong"
    expected[7] = "second wrong cumulative"
    #expect(verdicts(report) == expected)
  }

  @Test func `the sensitivity of a golden of two runs can be told`() throws {
    let report = try SensitivityAnalysis().report(on: Self.model(), against: Self.golden())
    #expect(report.unnoticed.isEmpty)
  }

  private func verdicts(_ report: VerificationReport) -> [String] {
    (report.cases[0].calls + report.cases[0].outputs).map { call in
      "\(call.path) \(call.verdict)" + (call.isCumulative ? " cumulative" : "")
    }
  }

  /// Two models, one in the other, `relu(norm(first(x)))`; `second(relu(·))` behind them.
  private static func model(epsilon: Double = 1.001e-5) throws -> Model {
    let block = try Block.model(epsilon: epsilon)
    let input = LayerNode(name: "in", body: .layer(InputLayer(batchShape: [nil, Block.channels])))
    func chain(_ name: String, _ input: LayerNode, _ layers: [LayerNode]) throws -> Graph {
      let names = [input.name] + layers.map(\.name)
      return try Graph(
        name: name, form: .functional, layers: [input] + layers,
        calls: [Call(input.name, inputs: [])]
          + zip(names.dropFirst(), names).map { Call($0, inputs: [TensorReference($1)]) },
        inputs: [TensorReference(input.name)], outputs: [TensorReference(names[names.count - 1])])
    }
    let layers = block.graph.layers
    let stage = try chain(
      "stage", input, ["first", "norm", "relu"].compactMap { layers[$0] })
    let encoder = try chain("encoder", input, [LayerNode(name: "stage", body: .graph(stage))])
    let outer = try chain(
      "outer", try #require(layers["input"]),
      [
        LayerNode(name: "encoder", body: .graph(encoder)),
        LayerNode(name: "after", body: .layer(Rectifier())), try #require(layers["second"]),
      ])
    return try Model(graph: outer, tensors: block.tensors)
  }

  /// Three runs: what is innermost is computed in float32, what is between in float64, and what is
  /// outside starts from sums that are off by a unit.
  private static func golden() throws -> Golden {
    let input = Block.input()
    var golden = try Golden.recorded(from: model(), inputs: ["input": input])
    var calls = golden.cases[0].calls
    _ = try ReferenceExecutor<Double>(model()).run(["input": try input.array()]) { visit in
      let name = visit.path.description
      if name == "encoder/stage/relu" {
        calls["encoder/stage:0:0"] = Tensor(single(visit.outputs[0].elements))
        let other = visit.outputs[0].elements.map { $0 * (1 + 0x1p-22) }
        calls["encoder:0:0"] = Tensor(single(other))
        calls["after"] = Tensor(single(other))
        return [NDArray(visit.outputs[0].dimensions, other)]
      }
      if name == "second" { calls[name] = Tensor(single(visit.outputs[0].elements)) }
      return visit.outputs
    }
    golden.cases[0].calls = calls
    return golden
  }

  private static func single(_ elements: [Double]) -> NDArray<Float> {
    NDArray([elements.count / Block.channels, Block.channels], elements.map { Float($0) })
  }
}
