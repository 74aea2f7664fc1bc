internal import OrderedCollections
public import ModelGraph

extension Model {
  /// The model, applied to each step of a sequence by itself, to be called as a layer of another model: on
  /// `(batch, steps, …)` it makes `(batch, steps, …)`, as Keras's `TimeDistributed(model)`.
  ///
  /// - Parameter name: The name of the layer, `time_distributed` by default.
  /// - Throws: `ModelError.timeDistributedModel` where the model takes or makes several tensors.
  public func timeDistributed(name: String? = nil) throws(ModelError) -> Model {
    let inner = graph.name
    let (body, tensors) = try nested(as: inner)
    var model = try Model(
      graph: .timeDistributed(
        LayerNode(name: inner, body: .graph(body)), name: name ?? "time_distributed"),
      tensors: tensors, provenance: provenance)
    model.declaration = LayerDeclaration(name: name)
    return model
  }

  /// The graph and the tensors of the model as a layer of another, whose tensors begin with its name.
  func nested(
    as name: String
  ) throws(ModelError) -> (graph: Graph, tensors: OrderedDictionary<String, Tensor>) {
    var bindings: [String: OrderedDictionary<String, String>] = [:]
    var named: OrderedDictionary<String, Tensor> = [:]
    for (path, layer) in graph.allLayers {
      bindings[path] = layer.parameters.mapValues { "\(name)/\($0)" }
      for tensor in layer.parameters.values {
        if let bytes = tensors[tensor] { named["\(name)/\(tensor)"] = bytes }
      }
    }
    return (try graph.binding(bindings), named)
  }
}
