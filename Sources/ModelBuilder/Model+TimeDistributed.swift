internal import OrderedCollections
public import ModelGraph

extension Model {
  /// The model, applied to each step of a sequence by itself, to be called as a layer of another model: on
  /// `(batch, steps, …)` it makes `(batch, steps, …)`, as Keras's `TimeDistributed(model)`.
  ///
  /// - Parameter name: The name of the layer, `time_distributed` by default.
  /// - Throws: `ModelError.timeDistributed` where the model takes or makes several tensors.
  public func timeDistributed(name: String? = nil) throws(ModelError) -> Model {
    let inner = graph.name
    let renamed = Dictionary(
      uniqueKeysWithValues: graph.allLayers.map { path, layer in
        (path, layer.parameters.mapValues { "\(inner)/\($0)" })
      })
    let body = try graph.binding(renamed)
    var model = try Model(
      graph: .timeDistributed(
        LayerNode(name: inner, body: .graph(body)), name: name ?? "time_distributed"),
      tensors: OrderedDictionary(
        uniqueKeysWithValues: tensors.map { ("\(inner)/\($0)", $1) }), provenance: provenance)
    model.declaration = LayerDeclaration(name: name)
    return model
  }
}
