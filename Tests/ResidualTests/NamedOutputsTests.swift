import Residual
import TestSupport
import Testing

@Suite struct NamedOutputsTests {
  @Test func `outputs are had by name, in the model's order`() throws {
    let model = try Model(contentsOfFile: Repository.fixture("multi_io/keras3.h5"))
    let golden = try Golden(contentsOfFile: Repository.fixture("multi_io/keras3.golden.h5"))
    let inputs = try #require(golden.cases.first).inputs
    let session = try ReferenceEngine(Float.self).session(for: model)
    let named = try session.outputs(of: inputs)
    #expect(Array(named.keys) == model.graph.outputNames)
    #expect(Set(named.keys) == Set(try #require(golden.cases.first).outputs.keys))
    #expect(Set(model.graph.inputNames) == Set(inputs.keys))
    for (output, tensor) in zip(named.values, try session.run(inputs)) {
      #expect(try output.isIdentical(to: tensor))
    }
    #expect(named.count > 1)
  }

  @Test func `an output of a later call, or a later output, has its number`() throws {
    let input = Input(shape: [2])
    let dense = Dense(2, name: "shared")
    let first = dense(input)
    let model = try Model(inputs: input, outputs: [dense(first), first, first])
    #expect(model.graph.outputNames == ["shared:1", "shared", "shared"])
    let session = try ReferenceEngine(Float.self).session(for: model)
    let fed = Tensor(try NDArray<Float>([1, 2], elements: [1, 2]))
    let named = try session.outputs(of: [model.graph.inputNames[0]: fed])
    #expect(Array(named.keys) == ["shared:1", "shared"])
  }

  @Test func `text goes in as texts, as README says, and comes out as such`() throws {
    let model = try Model(contentsOfFile: Repository.fixture("words_to_classes/keras3.h5"))
    let session = try ReferenceEngine(Float.self).session(for: model)
    let texts = try Tensor(texts: ["The cat sat on the mat.", "A dog!"], [2, 1])
    let classes = try session.outputs(of: ["text": texts])["classes"]!.array(Float.self)
    #expect(classes.dimensions == [2, 3])
    #expect(classes.elements[..<3] != classes.elements[3...])
    let namer = try Model(contentsOfFile: Repository.fixture("classes_to_words/keras3.h5"))
    let outputs = try ReferenceEngine(Float.self).session(for: namer)
      .outputs(of: ["x": Tensor(NDArray<Float>([1, 5], elements: [1, 0, -1, 2, 0]))])
    let words = try #require(try outputs["word"]!.texts())
    let word = String(decoding: words[0], as: UTF8.self)
    #expect(["cat", "dog", "ox", "[UNK]"].contains(word))
  }

  @Test func `an array says that its elements do not fill it`() {
    func refusal(_ dimensions: [Int], _ count: Int) -> String {
      do {
        _ = try NDArray<Float>(dimensions, elements: [Float](repeating: 0, count: count))
        return "is made"
      } catch {
        return "\(error)"
      }
    }
    #expect(refusal([2, 3], 5) == "5 elements do not fill an array of shape [2, 3]")
    #expect(refusal([-1, -5], 5) == "5 elements do not fill an array of shape [-1, -5]")
    #expect(
      refusal([.max, 3], 1) == "1 element does not fill an array of shape [\(Int.max), 3]")
    #expect(refusal([2, 3], 6) == "is made")
    #expect(refusal([], 1) == "is made")
    #expect(refusal([0, 7], 0) == "is made")
  }
}
