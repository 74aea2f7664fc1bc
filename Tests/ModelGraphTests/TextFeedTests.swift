import ModelBuilder
import ModelGraph
import OrderedCollections
import TestSupport
import Testing

/// Models that take text.
@Suite struct TextFeedTests {
  @Test func `what a model makes of places is text, also on the way`() throws {
    let x = Input(shape: [2], dtype: .int32, name: "x")
    let words = StringLookup(["one", "ü"], invert: true, name: "words")(x)
    let model = try Model(inputs: x, outputs: [words, StringLookup(["ü"], name: "again")(words)])
    let fed = Tensor(NDArray<Float>([2, 2], [1, 2, 0, 2]))
    let session = try ReferenceEngine(Float.self).session(for: model)
    let run = try session.run(["x": fed], taps: ["words"])
    let expected = ["one", "ü", "[UNK]", "ü"].map { Array($0.utf8) }
    #expect(try run.outputs[0].texts() == expected && run.taps["words"]?.texts() == expected)
    #expect(try run.outputs[1].texts() == nil)
    #expect(try run.outputs[1].array(Float.self).elements == [0, 1, 0, 1])
  }

  @Test func `a model is fed text where it takes it`() throws {
    let graph = try Graph(
      name: "m", form: .functional,
      layers: [
        LayerNode(name: "x", body: .layer(InputLayer(shape: [2], dtype: .string))),
        LayerNode(name: "n", body: .layer(InputLayer(shape: [nil]))),
        LayerNode(name: "places", body: .layer(StringLookup(["a"]))),
      ],
      calls: [
        Call("x", inputs: []), Call("n", inputs: []),
        Call("places", inputs: [TensorReference("x")]),
      ],
      inputs: [TensorReference("x"), TensorReference("n")],
      outputs: [TensorReference("places")])
    let model = try Model(graph: graph, tensors: [:])
    let session = try ReferenceEngine(Float.self).session(for: model)
    let texts = try Tensor(texts: ["a", "b", "c", "a"], [2, 2])
    let numbers = Tensor(NDArray<Float>([2, 3], [0, 0, 0, 0, 0, 0]))
    let made = try session.run(["x": texts, "n": numbers])
    #expect(try made[0].array(Float.self).elements == [1, 0, 0, 1])
    let flat = try Tensor(texts: ["a", "b"], [2])
    #expect(
      refusal { try session.run(["x": texts, "n": flat]) } == "input 'n' is text; expected numbers")
    #expect(try graph.resolved().calls.first { "\($0.path)" == "x" }?.outputs == [[nil, 2]])
  }
}
