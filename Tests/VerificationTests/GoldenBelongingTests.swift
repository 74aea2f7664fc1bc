import ModelGraph
import OrderedCollections
import Testing
import Verification

/// Whether a golden can be a recording of a model, before any number is compared.
@Suite struct GoldenBelongingTests {
  /// What is refused of the block's own golden after a change; `nil` where nothing is.
  private func refusal(_ change: (inout Golden) throws -> Void) throws -> String? {
    var golden = try Golden.block()
    try change(&golden)
    do {
      try golden.check(isOf: Block.model())
      return nil
    } catch let error as VerificationError {
      return "\(error)"
    }
  }

  private static let digests = [UInt64](1...9)

  @Test func `numbers, and what is not recorded, are not looked at`() throws {
    #expect(try refusal { _ in } == nil)
    #expect(
      try refusal {
        for (name, tensor) in $0.cases[0].calls {
          $0.cases[0].calls[name] = try tensor.changed { $0[0] += 1 }
        }
      } == nil)
    #expect(
      try refusal {
        $0.cases[0].calls = [:]
        $0.cases[0].outputs = [:]
      } == nil)
  }

  @Test func `calls, outputs and inputs that the model does not have are named`() throws {
    #expect(
      try refusal { $0.cases[0].calls["third"] = $0.cases[0].calls["first"] }
        == "case 'random': is the golden of another model: 'block' has no tensor for 'calls/third'")
    #expect(
      try refusal { $0.cases[0].outputs["first"] = $0.cases[0].calls["first"] }
        == "case 'random': is the golden of another model: 'block' has no tensor for 'outputs/first'"
    )
    #expect(
      try refusal { $0.cases[0].inputs["other"] = Block.input() }
        == "case 'random': there is no input 'other'; the inputs are 'input'")
  }

  @Test func `shapes that the model does not make are named`() throws {
    #expect(
      try refusal { $0.cases[0].calls["relu"] = Block.input(rows: 2) }
        == "case 'random': is the golden of another model: 'calls/relu' has shape [2, 12]; expected [3, 12]"
    )
    #expect(
      try refusal {
        $0.cases[0].inputs["input"] = Tensor(NDArray([3, 5], [Float](repeating: 1, count: 15)))
      } == "case 'random': input 'input' has shape [3, 5]; expected [None, 12]")
  }

  @Test func `weights of another model are told by their digests`() throws {
    let sentence = try refusal { $0.weightDigests = Self.digests }
    #expect(
      sentence?.hasPrefix("is the golden of another model: 0 of the 6 weights of 'block' are")
        == true)
  }

  @Test func `weights that are not the golden's are told where most are`() throws {
    var golden = try Golden.block()
    golden.weightDigests = try Block.model().weightDigests()
    var tensors = try Block.model().tensors
    tensors["first/bias"] = try #require(tensors["first/bias"]).changed { $0[0] += 1 }
    let model = try Model(graph: Block.model().graph, tensors: tensors)
    #expect(
      try golden.check(isOf: model)?.sentence == "1 of 6 weights is not the golden's: 'first/bias'")
  }

  @Test func `a layer that cannot be run may have made anything`() throws {
    let graph = try Block.model().graph
    let layers = graph.layers.values.map { layer in
      guard layer.name == "relu" else { return layer }
      return LayerNode(
        name: "relu",
        body: .unsupported(
          UnsupportedLayer(path: "relu", kind: "Lambda", reason: "is code", configuration: "{}")))
    }
    let model = try Model(
      graph: Graph(
        name: "block", form: .functional, layers: layers, calls: graph.calls, inputs: graph.inputs,
        outputs: graph.outputs), tensors: Block.model().tensors)
    var golden = try Golden.block()
    try golden.check(isOf: model)
    golden.cases[0].calls["third"] = golden.cases[0].calls["first"]
    #expect(throws: VerificationError.self) { try golden.check(isOf: model) }
  }

  @Test(arguments: [
    ("keras", "2.15.0", "keras 2.15.0"), ("keras", "", "keras"), ("", "", "an unnamed producer"),
  ])
  func `a producer is told in words`(producer: String, version: String, text: String) {
    #expect(Golden(producer: producer, producerVersion: version, cases: []).producerText == text)
  }
}
