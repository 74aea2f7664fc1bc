internal import OrderedCollections
internal import ResidualGraph

extension GraphBuilder {
  /// The calls of a layer, and why it cannot be called so.
  func bind(
    _ nodes: [JSONValue], to layer: LayerNode, _ entry: JSONValue
  ) throws(KerasError) -> (calls: [Call], reasons: [String]) {
    var binding = CallBinding(layer: layer, version: version)
    if case .graph(let inner) = layer.body {
      // A model that was made of a dictionary takes one with the same keys, any other one of the
      // names of its inputs.
      let structure = entry["config"]?["input_layers"]?.object
      binding.inputKeys = structure.map { $0.keys.sorted() } ?? inner.inputs.map(\.layer)
    }
    var calls: [Call] = []
    var reasons: [String] = []
    for (node, inbound) in nodes.enumerated() {
      let bound = try binding.bind(WrittenCall(inbound, constants: layer.computeType))
      calls.append(Call(layer.name, node: node, arguments: bound.arguments))
      reasons += bound.reasons.filter { !reasons.contains($0) }
    }
    return (calls, reasons)
  }
}

extension LayerNode {
  /// The layer, kept but not to be run where there are reasons against it.
  func refused(for reasons: [String], path: String, _ entry: JSONValue) -> LayerNode {
    guard !reasons.isEmpty else { return self }
    return LayerNode(
      name: name,
      body: .unsupported(
        UnsupportedLayer(
          path: path + name, kind: kind, reason: reasons.joined(separator: "; it "),
          configuration: (entry["config"] ?? .null).description)),
      parameters: parameters, isTrainable: isTrainable, computeType: computeType)
  }
}
