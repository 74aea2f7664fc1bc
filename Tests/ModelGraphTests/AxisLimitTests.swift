import ModelBuilder
import ModelGraph
import Testing

@Suite struct AxisLimitTests {
  @Test func `a shape of more axes than HDF5 has is refused, and not printed`() throws {
    let sizes = [Int](repeating: 1, count: 5_000_000)
    #expect(throws: ModelError.axisCount(5_000_000, limit: 32)) {
      try InputLayer(attributes: ["batch_shape": .ints(sizes)])
    }
    #expect(
      ModelError.axisCount(5_000_000, limit: 32).description
        == "has a tensor of 5000000 axes; the limit is 32")
    #expect(
      try InputLayer(attributes: ["batch_shape": .ints(Array(sizes[..<32]))]).batchShape.rank == 32)
  }

  @Test func `a layer that makes more axes is refused by name`() throws {
    let input = LayerNode(name: "x", body: .layer(InputLayer(batchShape: [nil, 1])))
    let shape = LayerNode(
      name: "shape", body: .layer(Reshape([Int](repeating: 1, count: 32))))
    let graph = {
      try Graph(
        name: "m", form: .functional, layers: [input, shape],
        calls: [Call("x", inputs: []), Call("shape", inputs: [TensorReference("x")])],
        inputs: [TensorReference("x")], outputs: [TensorReference("shape")])
    }
    #expect(
      throws: ModelError.at(layer: "shape", kind: "Reshape", .axisCount(33, limit: 32))
    ) { try graph().resolved() }
  }
}
