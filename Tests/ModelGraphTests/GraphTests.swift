import ModelGraph
import Testing

@Suite struct GraphTests {
  private func input(_ name: String = "x") -> LayerNode {
    LayerNode(name: name, body: .layer(InputLayer(batchShape: [nil, 2])))
  }

  private func identity(_ name: String) -> LayerNode {
    LayerNode(name: name, body: .layer(Identity()))
  }

  private func graph(
    _ layers: [LayerNode], _ calls: [Call], outputs: [TensorReference]
  ) throws(ModelError) -> Graph {
    try Graph(
      name: "model", form: .functional, layers: layers, calls: calls,
      inputs: [TensorReference("x")], outputs: outputs)
  }

  @Test func `calls are put in an order in which they can be run, else kept as given`() throws {
    let made = try graph(
      [input(), identity("a"), identity("b"), identity("c")],
      [
        Call("c", inputs: [TensorReference("b")]), Call("x", inputs: []),
        Call("b", inputs: [TensorReference("a")]), Call("a", inputs: [TensorReference("x")]),
      ], outputs: [TensorReference("c")])
    #expect(made.calls.map(\.name) == ["x", "a", "b", "c"])
  }

  @Test func `calls that wait for each other are named`() {
    #expect(throws: ModelError.cycle(["a", "b"])) {
      try graph(
        [input(), identity("a"), identity("b")],
        [
          Call("x", inputs: []), Call("a", inputs: [TensorReference("b")]),
          Call("b", inputs: [TensorReference("a")]),
        ], outputs: [TensorReference("b")])
    }
  }

  @Test func `a tensor that nothing makes is named with the call that needs it`() {
    #expect(throws: ModelError.unknownTensor("a:1:0", neededBy: "b")) {
      try graph(
        [input(), identity("a"), identity("b")],
        [
          Call("x", inputs: []), Call("a", inputs: [TensorReference("x")]),
          Call("b", inputs: [TensorReference("a", node: 1)]),
        ], outputs: [TensorReference("b")])
    }
  }

  @Test func `two layers of one name are refused`() {
    #expect(throws: ModelError.duplicateLayer("a")) {
      try graph([input(), identity("a"), identity("a")], [], outputs: [])
    }
  }

  @Test func `nested models that double their calls at each level are refused`() throws {
    var inner = try graph(
      [input(), identity("a")],
      [Call("x", inputs: []), Call("a", inputs: [TensorReference("x")])],
      outputs: [TensorReference("a")])
    var failure: ModelError?
    for _ in 0..<30 where failure == nil {
      do throws(ModelError) {
        inner = try graph(
          [input(), LayerNode(name: "m", body: .graph(inner))],
          [
            Call("x", inputs: []), Call("m", inputs: [TensorReference("x")]),
            Call("m", node: 1, inputs: [TensorReference("m")]),
          ], outputs: [TensorReference("m", node: 1)])
      } catch {
        failure = error
      }
    }
    #expect(failure == .tooManyCalls(limit: 1 << 17))
  }
}
