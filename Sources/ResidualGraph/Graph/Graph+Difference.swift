internal import OrderedCollections

extension Graph {
  /// The first thing in which two graphs differ, as a sentence, or `nil` where
  /// they mean the same: layers with all attributes, weights by name, calls,
  /// inputs and outputs.
  public func difference(from other: Graph) -> String? { difference(from: other, prefix: "") }

  fileprivate func difference(from other: Graph, prefix: String) -> String? {
    if name != other.name { return "model '\(name)' is named '\(other.name)'" }
    if form != other.form { return "model '\(name)' is \(other.form.rawValue)" }
    if layers.keys != other.layers.keys {
      let missing = layers.keys.first { other.layers[$0] == nil }
      let added = other.layers.keys.first { layers[$0] == nil }
      if let missing { return "layer '\(prefix + missing)' is missing" }
      if let added { return "layer '\(prefix + added)' is added" }
      return "layers of '\(name)' are in another order"
    }
    for (mine, theirs) in zip(layers.values, other.layers.values) {
      if let difference = mine.difference(from: theirs, path: prefix + mine.name) {
        return difference
      }
    }
    if let (mine, theirs) = zip(calls, other.calls).first(where: { $0 != $1 }) {
      if mine.inputs == theirs.inputs, mine.name == theirs.name {
        return "call '\(prefix + mine.name)' is given \(theirs.words)"
      }
      return "call '\(prefix + mine.name)' is \(theirs.name) of "
        + theirs.inputs.map(\.description).joined(separator: ", ")
    }
    if calls.count != other.calls.count { return "'\(name)' has \(other.calls.count) calls" }
    if inputs != other.inputs { return "inputs of '\(name)' differ" }
    return outputs != other.outputs ? "outputs of '\(name)' differ" : nil
  }
}

extension Call {
  /// What it is given, as Python writes it.
  package var words: String {
    arguments.map { "\($0)=\($1)" }.joined(separator: ", ")
  }
}

extension LayerNode {
  fileprivate func difference(from other: LayerNode, path: String) -> String? {
    if parameters != other.parameters { return "weights of layer '\(path)' differ" }
    if isTrainable != other.isTrainable || computeType != other.computeType {
      return "layer '\(path)' differs in 'trainable' or 'dtype'"
    }
    switch (body, other.body) {
    case (.layer(let mine), .layer(let theirs)):
      if mine.kind != theirs.kind { return "layer '\(path)' is of kind \(theirs.kind)" }
      let (mine, theirs) = (mine.attributes.values, theirs.attributes.values)
      let names = Array(mine.keys) + theirs.keys.filter { mine[$0] == nil }
      guard let name = names.first(where: { mine[$0] != theirs[$0] }) else { return nil }
      let found = theirs[name].map(\.description) ?? "missing"
      return "attribute '\(name)' of layer '\(path)' is \(found)"
    case (.graph(let mine), .graph(let theirs)):
      return mine.difference(from: theirs, prefix: path + "/")
    case (.unsupported(let mine), .unsupported(let theirs)):
      return mine == theirs ? nil : "layer '\(path)' differs"
    default:
      return "layer '\(path)' is of kind \(other.kind)"
    }
  }
}
