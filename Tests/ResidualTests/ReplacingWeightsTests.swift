import Residual
import TestSupport
import Testing

@Suite struct ReplacingWeightsTests {
  @Test func `a weight is replaced, and the model computes with the new one`() throws {
    let model = try smallModel()
    let kernel = try NDArray<Float>([2, 2], elements: [10, 20, 30, 40])
    let changed = try model.replacing(weight: "kernel", of: "dense", with: kernel)
    let input = Tensor(try NDArray<Float>([1, 2], elements: [1, 1]))
    let session = try ReferenceEngine(Float.self).session(for: changed)
    #expect(try session.run(["input": input])[0].array(Float.self).elements == [40, 60])
    #expect(try model.weight("kernel", of: "dense")?.array(Float.self).elements == [1, 2, 3, 4])
    #expect(
      changed.provenance.history.map(\.detail) == ["'kernel' of 'dense'"])
  }

  @Test func `a weight of a nested model is replaced, and the file is written with it`() throws {
    let model = try Model(contentsOfFile: Repository.fixture("nested/keras3.h5"))
    let found = model.graph.allLayers.first {
      $0.path.contains("/") && !$0.layer.parameters.isEmpty
    }
    let (path, layer) = try #require(found)
    let role = try #require(layer.parameters.keys.first)
    let old = try #require(model.weight(role, of: path))
    let zeros = NDArray<Float>(repeating: 0, old.dimensions)
    let folder = try TemporaryFolder()
    try model.replacing(weight: role, of: path, with: zeros).write(toFile: folder.file("new.h5"))
    let again = try Model(contentsOfFile: folder.file("new.h5"))
    #expect(try again.weight(role, of: path)?.array(Float.self) == zeros)
    #expect(again.tensors.keys == model.tensors.keys)
  }

  @Test func `what does not fit is refused by layer, role, shape and type`() throws {
    let model = try smallModel()
    let fitting = NDArray<Float>(repeating: 0, [2, 2])
    #expect(
      refusal { try model.replacing(weight: "kernel", of: "dence", with: fitting) }
        == "there is no layer 'dence'; did you mean 'dense'?")
    #expect(
      refusal { try model.replacing(weight: "kernel", of: "else", with: fitting) }
        == "there is no layer 'else'")
    #expect(
      refusal { try model.replacing(weight: "kernal", of: "dense", with: fitting) }
        == "layer 'dense' (Dense): has no weight 'kernal'; it has 'kernel'")
    #expect(
      refusal { try model.replacing(weight: "kernel", of: "input", with: fitting) }
        == "layer 'input' (InputLayer): has no weight 'kernel'; it has none")
    #expect(
      refusal {
        try model.replacing(
          weight: "kernel", of: "dense", with: NDArray<Float>(repeating: 0, [2, 3]))
      } == "layer 'dense' (Dense): weight 'kernel' has shape [2, 3]; expected [2, 2]")
    #expect(
      refusal {
        try model.replacing(
          weight: "kernel", of: "dense", with: NDArray<Double>(repeating: 0, [2, 2]))
      } == "layer 'dense' (Dense): weight 'kernel' is of type float32; it cannot become float64")
  }
}
