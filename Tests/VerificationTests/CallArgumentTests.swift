import OrderedCollections
import ModelGraph
import Testing

@testable import Verification

/// Nothing that a call is given besides tensors is lost on the way to a verdict.
@Suite struct CallArgumentTests {
  /// `x → scaled → sum`: `x` times a constant, and a constant added.
  private func model(_ added: [Double], factor: Double = 2) throws -> Model {
    let constant = CallArgument.constant(try Constant(added, dimensions: [1, 3]))
    return try Model(
      graph: Graph(
        name: "m", form: .functional,
        layers: [
          LayerNode(name: "x", body: .layer(InputLayer(batchShape: [nil, 3]))),
          LayerNode(name: "scaled", body: .layer(Multiply())),
          LayerNode(name: "sum", body: .layer(Add())),
        ],
        calls: [
          Call("x", inputs: []),
          Call(
            "scaled",
            arguments: [
              "inputs": .list([.setting(.double(factor)), .tensor(TensorReference("x"))])
            ]),
          Call(
            "sum", arguments: ["inputs": .list([.tensor(TensorReference("scaled")), constant])]),
        ],
        inputs: [TensorReference("x")], outputs: [TensorReference("sum")]), tensors: [:])
  }

  /// What the model computes, as a golden.
  private func golden(_ model: Model) throws -> Golden {
    let x = NDArray<Float>([2, 3], [1, 2, 3, -4, 5, 6])
    var calls: OrderedDictionary<String, Tensor> = [:]
    let outputs = try ReferenceExecutor<Float>(model).run(["x": x]) { visit in
      calls[visit.path.description] = Tensor(visit.outputs[0])
      return visit.outputs
    }
    return Golden(
      producer: "test", producerVersion: "1",
      cases: [
        GoldenCase(
          name: "one", inputs: ["x": Tensor(x)], outputs: ["sum": Tensor(outputs[0])], calls: calls)
      ])
  }

  @Test(arguments: Reference.engines)
  func `calls with constants are verified, each by itself and in the whole`(
    engine: any Engine
  ) throws {
    let model = try model([1, 2, 3])
    let verifier = Verifier(engine: engine)
    #expect(try verifier.verify(model, against: golden(model)).verdict == .agrees)
    let report = try verifier.verify(model, against: golden(self.model([1, 2, 4])))
    #expect(report.cases[0].fault?.path == "sum")
  }

  @Test func `a call that is cut out keeps its constants`() throws {
    let model = try model([1, 2, 3])
    let golden = try golden(self.model([1, 2, 4]))
    let fault = try #require(try Verifier().verify(model, against: golden).cases[0].fault)
    let cut = try #require(try model.reproducer(of: fault, against: golden, case: "one"))
    let call = try #require(cut.graph.calls.last)
    #expect(
      call.arguments == [
        "inputs": .list([
          .tensor(TensorReference("scaled")),
          .constant(try Constant([1, 2, 3], dimensions: [1, 3])),
        ])
      ])
    #expect(try Verifier().verify(cut, against: cut.goldens[0]).cases[0].fault?.path == "sum")
  }

  @Test func `models that differ in a constant differ in that, and in what it makes`() throws {
    let report = try Verifier().compare(model([1, 2, 3]), with: model([1, 2, 4], factor: 3))
    #expect(report.verdict == .differs)
    #expect(
      report.settings.differences.map { "\($0.layer.first) \($0.name) \($0.first ?? "")" } == [
        "scaled inputs [2.0, x:0:0]",
        "sum inputs [scaled:0:0, float32[1, 3] [1.0, 2.0, 3.0]]",
      ])
    #expect(report.run.differences.count == 2)
    #expect(try Verifier().compare(model([1, 2, 3]), with: model([1, 2, 3])).verdict == .agrees)
  }
}
