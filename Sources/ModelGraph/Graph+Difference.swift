internal import OrderedCollections
public import ModelLayers

/// The first thing in which two graphs differ.
///
/// What stands in the second graph is what is found; paths lead into nested models.
@nonexhaustive public enum GraphDifference: Hashable, Sendable {
  case modelName(String, found: String)
  case form(model: String, found: Graph.Form)
  case layerMissing(String)
  case layerAdded(String)
  case layerOrder(model: String)
  case weights(layer: String)
  case trainingOrType(layer: String)
  case kind(layer: String, found: String)
  /// Nothing is found where the attribute is missing.
  case attribute(String, layer: String, found: AttributeValue?)
  case unsupportedLayer(String)
  /// The same call on the same tensors is given something else besides.
  case arguments(call: String, found: Call)
  case call(String, found: Call)
  case callCount(model: String, found: Int)
  case inputs(model: String)
  case outputs(model: String)
}

extension GraphDifference: CustomStringConvertible {
  /// One sentence that says what the second graph has.
  public var description: String {
    switch self {
    case .modelName(let name, let found): "model '\(name)' is named '\(found)'"
    case .form(let name, let found): "model '\(name)' is \(found.rawValue)"
    case .layerMissing(let path): "layer '\(path)' is missing"
    case .layerAdded(let path): "layer '\(path)' is added"
    case .layerOrder(let name): "layers of '\(name)' are in another order"
    case .weights(let path): "weights of layer '\(path)' differ"
    case .trainingOrType(let path): "layer '\(path)' differs in 'trainable' or 'dtype'"
    case .kind(let path, let found): "layer '\(path)' is of kind \(found)"
    case .attribute(let name, let path, let found):
      "attribute '\(name)' of layer '\(path)' is \(found.map(\.description) ?? "missing")"
    case .unsupportedLayer(let path): "layer '\(path)' differs"
    case .arguments(let call, let found): "call '\(call)' is given \(found.words)"
    case .call(let call, let found):
      "call '\(call)' is \(found.name) of "
        + found.inputs.map(\.description).listed()
    case .callCount(let name, let found): "'\(name)' has \(found) calls"
    case .inputs(let name): "inputs of '\(name)' differ"
    case .outputs(let name): "outputs of '\(name)' differ"
    }
  }
}

extension Graph {
  /// The first thing in which two graphs differ, or `nil` where they mean the same: layers with
  /// all attributes, weights by name, calls, inputs and outputs.
  public func difference(from other: Graph) -> GraphDifference? {
    difference(from: other, prefix: "")
  }

  fileprivate func difference(from other: Graph, prefix: String) -> GraphDifference? {
    if name != other.name { return .modelName(name, found: other.name) }
    if form != other.form { return .form(model: name, found: other.form) }
    if layers.keys != other.layers.keys {
      let missing = layers.keys.first { other.layers[$0] == nil }
      let added = other.layers.keys.first { layers[$0] == nil }
      if let missing { return .layerMissing(prefix + missing) }
      if let added { return .layerAdded(prefix + added) }
      return .layerOrder(model: name)
    }
    for (mine, theirs) in zip(layers.values, other.layers.values) {
      if let difference = mine.difference(from: theirs, path: prefix + mine.name) {
        return difference
      }
    }
    if let (mine, theirs) = zip(calls, other.calls).first(where: { $0 != $1 }) {
      let call = prefix + mine.name
      return mine.inputs == theirs.inputs && mine.name == theirs.name
        ? .arguments(call: call, found: theirs) : .call(call, found: theirs)
    }
    if calls.count != other.calls.count {
      return .callCount(model: name, found: other.calls.count)
    }
    if inputs != other.inputs { return .inputs(model: name) }
    return outputs != other.outputs ? .outputs(model: name) : nil
  }
}

extension Call {
  /// What it is given, as Python writes it.
  package var words: String {
    arguments.map { "\($0)=\($1)" }.listed()
  }
}

extension LayerNode {
  fileprivate func difference(from other: LayerNode, path: String) -> GraphDifference? {
    if parameters != other.parameters { return .weights(layer: path) }
    if isTrainable != other.isTrainable || computeType != other.computeType {
      return .trainingOrType(layer: path)
    }
    switch (body, other.body) {
    case (.layer(let mine), .layer(let theirs)):
      if mine.kind != theirs.kind { return .kind(layer: path, found: theirs.kind) }
      let (mine, theirs) = (mine.attributes.values, theirs.attributes.values)
      let names = Array(mine.keys) + theirs.keys.filter { mine[$0] == nil }
      guard let name = names.first(where: { mine[$0] != theirs[$0] }) else { return nil }
      return .attribute(name, layer: path, found: theirs[name])
    case (.graph(let mine), .graph(let theirs)):
      return mine.difference(from: theirs, prefix: path + "/")
    case (.unsupported(let mine), .unsupported(let theirs)):
      return mine == theirs ? nil : .unsupportedLayer(path)
    default:
      return .kind(layer: path, found: other.kind)
    }
  }
}
