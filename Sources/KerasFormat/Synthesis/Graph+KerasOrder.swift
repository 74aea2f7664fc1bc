internal import OrderedCollections
internal import ModelGraph

extension Graph {
  /// The same graph as Keras lists it, nested models included, and inputs without what only
  /// layers have.
  func inKerasOrder() throws(ModelError) -> Graph {
    var listed: [LayerNode] = []
    for layer in form == .functional ? layersInKerasOrder : Array(layers.values) {
      switch layer.body {
      case .layer(let input as InputLayer):
        // Nothing is computed in text.
        let type = input.dtype == .string ? DType.float32 : input.dtype
        listed.append(LayerNode(name: layer.name, body: layer.body, computeType: type))
      case .graph(let inner):
        listed.append(
          LayerNode(
            name: layer.name, body: .graph(try inner.inKerasOrder()),
            isTrainable: layer.isTrainable, computeType: layer.computeType))
      default: listed.append(layer)
      }
    }
    return try listing(listed)
  }
}
