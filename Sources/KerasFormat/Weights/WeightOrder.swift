internal import OrderedCollections
internal import ModelGraph

/// A weight that a layer needs.
struct WeightSlot: Hashable {
  /// The path of the layer.
  let layer: String
  /// What the weight is to its layer.
  let role: String
  /// The size of each axis.
  let shape: [Int]

  /// The role without what it has of layers inside: `kernel` of `forward/kernel`.
  var leaf: String { PathName(role).last }

  /// Whether the names before a weight's own tell the layers inside that it is of: each stands there
  /// alone or with more behind it, as `forward` in `bidirectional/forward_lstm/lstm_cell`.
  func isInside(of prefix: String) -> Bool {
    var rest = prefix.split(separator: "/")[...]
    if let own = rest.firstIndex(of: LayerName.own(layer)) { rest = rest[(own + 1)...] }
    for part in PathName(role).parent.split(separator: "/") {
      guard let place = rest.firstIndex(where: { $0 == part || $0.hasPrefix(part + "_") }) else {
        return false
      }
      rest = rest[(place + 1)...]
    }
    return true
  }
}

/// The order in which Keras keeps the weights of a layer of the model, which may
/// be a model itself.
struct WeightOrder {
  /// What each layer needs, by path; a layer that is not listed is one of which
  /// that is not known.
  let specifications: [String: [ParameterSpecification]]

  /// As files have them: the trainable weights of all layers, then the others.
  ///
  /// A layer that is frozen has only others.
  func stored(_ node: LayerNode) -> [WeightSlot] {
    trainable(node, node.name) + nonTrainable(node, node.name)
  }

  /// Layer by layer, each with all of its weights.
  func declared(_ node: LayerNode) -> [WeightSlot] { all(node, node.name) }

  private func trainable(_ node: LayerNode, _ path: String) -> [WeightSlot] {
    node.isTrainable ? slots(node, path, of: trainable) { $0.isTrainable } : []
  }

  private func nonTrainable(_ node: LayerNode, _ path: String) -> [WeightSlot] {
    node.isTrainable ? slots(node, path, of: nonTrainable) { !$0.isTrainable } : all(node, path)
  }

  private func all(_ node: LayerNode, _ path: String) -> [WeightSlot] {
    slots(node, path, of: all) { _ in true }
  }

  /// The weights of a layer that are wanted, or those of the layers in it.
  private func slots(
    _ node: LayerNode, _ path: String, of inner: (LayerNode, String) -> [WeightSlot],
    where isWanted: (ParameterSpecification) -> Bool
  ) -> [WeightSlot] {
    guard case .graph(let graph) = node.body else {
      return (specifications[path] ?? []).filter(isWanted).map {
        WeightSlot(layer: path, role: $0.role, shape: $0.shape)
      }
    }
    return graph.layers.values.flatMap { inner($0, path + "/" + $0.name) }
  }
}

extension Graph {
  /// What every called layer of known shapes needs, by path.
  func parameterSpecifications() throws(ModelError) -> [String: [ParameterSpecification]] {
    var needed: [String: [ParameterSpecification]] = [:]
    for call in try resolved().calls where needed[call.layerPath] == nil {
      needed[call.layerPath] = call.definition?.weights
    }
    return needed
  }
}
