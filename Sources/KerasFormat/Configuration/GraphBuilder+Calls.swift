internal import OrderedCollections
internal import ModelGraph

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
    var reasons: OrderedSet<String> = []
    for (node, inbound) in nodes.enumerated() {
      let bound = try binding.bind(WrittenCall(inbound, constants: layer.computeType))
      calls.append(Call(layer.name, node: node, arguments: bound.arguments))
      reasons.append(contentsOf: bound.reasons)
    }
    return (calls, Array(reasons))
  }
}

// MARK: - Operations

extension GraphBuilder {
  /// An entry that is an operation, with its calls; `nil` for one that is a layer.
  ///
  /// - Parameter known: The layers before it, of which its tensors are.
  func operation(
    _ entry: JSONValue, _ nodes: [JSONValue], path: String, among known: KnownLayers
  ) throws -> (LayerNode, [Call])? {
    var reader = OperationReader(version: version) { known.size($0) }
    reader.type = { known.type(of: $0) }
    guard let className = entry["class_name"]?.string, reader.isOperation(className, entry),
      !isRegisteredByProgram(className)
    else { return nil }
    let name = entry["name"]?.string ?? entry["config"]?["name"]?.string ?? className.lowercased()
    do throws(KerasError) {
      var written: [WrittenCall] = []
      for node in nodes { written.append(try WrittenCall(node)) }
      let type = known.computeType(of: Set(written.flatMap(\.tensors).map(\.layer)))
      do {
        guard written.count == 1 else {
          throw Unsupported(reason: "is an operation that is called \(written.count) times")
        }
        let reading = try reader.read(className, entry, written[0])
        let layer = LayerNode(
          name: name, body: .layer(reading.operation),
          computeType: reader.elementType(of: reading) ?? reading.operation.realType ?? type)
        return (layer, [Call(name, arguments: reading.arguments)])
      } catch let unsupported as Unsupported {
        let layer = LayerNode(
          name: name,
          body: .unsupported(
            UnsupportedLayer(
              path: path + name, kind: className, reason: unsupported.reason,
              configuration: (entry["config"] ?? .null).description)), computeType: type)
        return (layer, try bind(nodes, to: layer, entry).calls)
      } catch {
        throw .configuration(key: "config", expected: "an operation", found: "\(error)")
      }
    } catch {
      throw KerasError.at(layer: path + name, kind: className, error)
    }
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
