import Residual

/// A model of one dense layer on two numbers, for tests that need no fixture.
func smallModel(
  kernel: [Float] = [1, 2, 3, 4], layerName: String = "dense", goldens: [Golden] = [],
  isSupported: Bool = true
) throws -> Model {
  let input = LayerNode(name: "input", body: .layer(InputLayer(batchShape: [nil, 2])))
  let names: OrderedDictionary = ["kernel": "\(layerName)/kernel"]
  let body: LayerNode.Body =
    isSupported
    ? .layer(try Dense(attributes: ["units": .int(2), "use_bias": .bool(false)]))
    : .unsupported(
      UnsupportedLayer(
        path: layerName, kind: "Lambda", reason: "stores Python code", configuration: "{}"))
  let layer = LayerNode(name: layerName, body: body, parameters: names)
  let graph = try Graph(
    name: "small", form: .functional, layers: [input, layer],
    calls: [Call("input", inputs: []), Call(layerName, inputs: [TensorReference("input")])],
    inputs: [TensorReference("input")], outputs: [TensorReference(layerName)])
  return try Model(
    graph: graph, tensors: ["\(layerName)/kernel": Tensor(NDArray([2, 2], kernel))],
    provenance: Provenance(format: "built", producer: "tests", producerVersion: "1"),
    goldens: goldens)
}

/// A golden of the small model.
func smallGolden(name: String = "one") throws -> Golden {
  Golden(
    producer: "tests", producerVersion: "1",
    cases: [
      GoldenCase(
        name: name, inputs: ["input": Tensor(NDArray([1, 2], [Float(1), 1]))],
        outputs: ["dense": Tensor(NDArray([1, 2], [Float(4), 6]))])
    ])
}
