internal import OrderedCollections
public import ModelLayers

extension Graph {
  /// A model that is applied to each step of a sequence by itself, as Keras's `TimeDistributed` does.
  ///
  /// It is an input, its steps joined, the model, and what that made split into steps again: whoever can run
  /// nested models can run it.
  ///
  /// - Parameters:
  ///   - name: The name of the wrapper.
  ///   - model: What is applied; its body is a graph of one input and one output.
  ///   - computeType: The type that the wrapper computes in, as its source computes it.
  /// - Throws: `ModelError.timeDistributed` where the model is none, `ModelError.timeDistributedModel` where
  ///   it takes or makes several tensors.
  public static func timeDistributed(
    _ model: LayerNode, name: String, computeType: DType = .float32
  ) throws(ModelError) -> Graph {
    guard case .graph(let inner) = model.body else { throw .timeDistributed(name) }
    guard inner.inputs.count == 1, inner.outputs.count == 1 else {
      throw .timeDistributedModel(
        name, model: model.name, inputs: inner.inputs.count, outputs: inner.outputs.count)
    }
    let shape = inner.inputShapes[0].dimensions
    let type = inner.layers[inner.inputs[0].layer]?.inputLayer?.dtype ?? computeType
    let input = LayerNode(
      name: model.name + "_input",
      body: .layer(
        InputLayer(batchShape: Shape(shape.prefix(1) + [nil] + shape.dropFirst()), dtype: type)),
      computeType: type)
    let joined = LayerNode(
      name: model.name + "_joined", body: .layer(JoinedSteps()), computeType: computeType)
    let split = LayerNode(
      name: model.name + "_split", body: .layer(SplitSteps()), computeType: computeType)
    return try Graph(
      name: name, form: .timeDistributed, layers: [input, joined, model, split],
      calls: calls(input.name, joined.name, model.name, split.name),
      inputs: [TensorReference(input.name)], outputs: [TensorReference(split.name)])
  }

  /// The model that is applied to each step; `nil` in a graph of another form.
  public var distributedModel: LayerNode? {
    guard form == .timeDistributed, layers.count == 4 else { return nil }
    let nodes = Array(layers.values)
    guard nodes[0].isInput, nodes[1].kind == JoinedSteps.kind, nodes[3].kind == SplitSteps.kind,
      case .graph(let inner) = nodes[2].body, inner.inputs.count == 1, inner.outputs.count == 1,
      calls == Self.calls(nodes[0].name, nodes[1].name, nodes[2].name, nodes[3].name),
      inputs == [TensorReference(nodes[0].name)], outputs == [TensorReference(nodes[3].name)]
    else { return nil }
    return nodes[2]
  }

  private static func calls(
    _ input: String, _ joined: String, _ model: String, _ split: String
  ) -> [Call] {
    let input = TensorReference(input)
    return [
      Call(input.layer, inputs: []), Call(joined, inputs: [input]),
      Call(model, inputs: [TensorReference(joined)]),
      Call(split, inputs: [TensorReference(model), input]),
    ]
  }
}
