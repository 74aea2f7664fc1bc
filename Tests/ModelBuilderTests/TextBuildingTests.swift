import ModelBuilder
import ModelGraph
import OrderedCollections
import TestSupport
import Testing

/// Models of text that are built.
@Suite struct TextBuildingTests {
  @Test func `text is an input, and a hash computes in the type of its bins`() throws {
    let x = Input(shape: [1], dtype: .string, name: "x")
    let bins = Hashing(7, indexType: .int32, name: "bins")(x)
    let model = try Model(inputs: x, outputs: Embedding(7, 2)(bins))
    #expect(model.graph.layers["bins"]?.computeType == .int32)
    #expect(model.graph.layers["x"]?.computeType == .float32)
    let sentence = refusal { try Model(inputs: x, outputs: Dense(2)(x)) }
    #expect(sentence.contains("(Dense): is called with inputs=text; expected numbers"))
    #expect(sentence.hasSuffix("of shape [None, 1]"))
  }
}
