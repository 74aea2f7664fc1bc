public import OrderedCollections
public import ModelLayers

extension Graph {
  /// The same graph with other weights.
  ///
  /// - Parameter parameters: The tensor of each role, by the path of the layer;
  ///   a layer that is not listed has none.
  public func binding(
    _ parameters: [String: OrderedDictionary<String, String>]
  ) throws(ModelError) -> Graph {
    try binding(parameters, prefix: "")
  }

  private func binding(
    _ parameters: [String: OrderedDictionary<String, String>], prefix: String
  ) throws(ModelError) -> Graph {
    var bound: [LayerNode] = []
    for layer in layers.values {
      let path = prefix + layer.name
      var body = layer.body
      if case .graph(let inner) = body {
        body = .graph(try inner.binding(parameters, prefix: path + "/"))
      }
      bound.append(
        LayerNode(
          name: layer.name, body: body, parameters: parameters[path] ?? [:],
          isTrainable: layer.isTrainable, computeType: layer.computeType))
    }
    return try Graph(
      name: name, form: form, layers: bound, calls: calls, inputs: inputs, outputs: outputs)
  }
}
