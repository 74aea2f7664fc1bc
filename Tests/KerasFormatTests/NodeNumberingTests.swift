import ModelGraph
import Testing

@testable import KerasFormat

@Suite struct NodeNumberingTests {
  /// A nested model `n` called twice, a reader of its first call, and an output of its second.
  private func renumbered(
    first: Int, output: Int, isFunctional: Bool, isKeras3: Bool
  ) -> (read: Int, output: Int) {
    var calls = [
      Call("n", node: 0, inputs: [TensorReference("x")]),
      Call("n", node: 1, inputs: [TensorReference("x")]),
      Call("reader", inputs: [TensorReference("n", node: first)]),
    ]
    var outputs = [TensorReference("n", node: output)]
    NodeNumbering.renumber(
      calls: &calls, outputs: &outputs,
      nested: ["n": NodeNumbering(callCount: 2, isFunctional: isFunctional)], isKeras3: isKeras3)
    return (calls[2].inputs[0].node, outputs[0].node)
  }

  @Test func `Keras 2 counts the hidden call of a nested model`() {
    #expect(renumbered(first: 1, output: 2, isFunctional: true, isKeras3: false) == (0, 1))
  }

  @Test func `Keras 2 does not count it for a Sequential model built later`() {
    #expect(renumbered(first: 0, output: 1, isFunctional: false, isKeras3: false) == (0, 1))
  }

  @Test func `each nested model is numbered for itself`() {
    var calls = [
      Call("a", inputs: [TensorReference("x")]),
      Call("b", inputs: [TensorReference("a", node: 1)]),
      Call("c", inputs: [TensorReference("b", node: 0), TensorReference("a", node: 2)]),
    ]
    var outputs = [TensorReference("c"), TensorReference("b", node: 1)]
    let nested = NodeNumbering(callCount: 2, isFunctional: true)
    NodeNumbering.renumber(
      calls: &calls, outputs: &outputs, nested: ["a": nested, "b": nested], isKeras3: false)
    #expect(calls[1].inputs == [TensorReference("a", node: 0)])
    #expect(calls[2].inputs == [TensorReference("b", node: 0), TensorReference("a", node: 1)])
    #expect(outputs == [TensorReference("c"), TensorReference("b", node: 1)])
  }

  @Test func `Keras 3 counts it only in the outputs, of functional models`() {
    #expect(renumbered(first: 0, output: 2, isFunctional: true, isKeras3: true) == (0, 1))
    #expect(renumbered(first: 0, output: 1, isFunctional: false, isKeras3: true) == (0, 1))
  }
}
