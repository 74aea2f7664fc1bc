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
    var reasons: [String] = []
    for (node, inbound) in nodes.enumerated() {
      let bound = try binding.bind(WrittenCall(inbound, constants: layer.computeType))
      calls.append(Call(layer.name, node: node, arguments: bound.arguments))
      reasons += bound.reasons.filter { !reasons.contains($0) }
    }
    return (calls, reasons)
  }
}

// MARK: - Operations

extension GraphBuilder {
  /// An entry that is an operation, with its calls; `nil` for one that is a layer.
  ///
  /// - Parameters:
  ///   - layers: The layers before it, of which its tensors are.
  ///   - calls: Their calls.
  func operation(
    _ entry: JSONValue, _ nodes: [JSONValue], path: String, among layers: [LayerNode],
    _ calls: [Call]
  ) throws -> (LayerNode, [Call])? {
    var reader = OperationReader(version: version) { Self.size($0, layers, calls) }
    reader.type = { Self.type(of: $0, layers, calls) }
    guard let className = entry["class_name"]?.string, reader.isOperation(className, entry),
      !isRegisteredByProgram(className)
    else { return nil }
    let name = entry["name"]?.string ?? entry["config"]?["name"]?.string ?? className.lowercased()
    do throws(KerasError) {
      var written: [WrittenCall] = []
      for node in nodes { written.append(try WrittenCall(node)) }
      let type = Self.computeType(of: written, among: layers)
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

  /// Of which axis of which tensor a tensor is the size: an element of a shape.
  private static func size(
    _ tensor: TensorReference, _ layers: [LayerNode], _ calls: [Call]
  ) -> OperationReader.Size? {
    func made(_ tensor: TensorReference) -> (operation: Operation, input: TensorReference)? {
      guard let node = layers.first(where: { $0.name == tensor.layer }),
        case .layer(let layer as Operation) = node.body,
        let call = calls.first(where: { $0.layer == tensor.layer && $0.node == tensor.node }),
        case .tensor(let input)? = call.arguments.values.first
      else { return nil }
      return (layer, input)
    }
    guard let (element, list) = made(tensor), let (shape, source) = made(list),
      shape.name == "Shape"
    else { return nil }
    switch element.name {
    case "GetItem":
      guard case .strings(let key)? = element.attributes["key"], key.count == 1,
        let axis = Int(key[0]), axis >= 0
      else { return nil }
      return OperationReader.Size(tensor: source, axis: axis)
    case "Unstack": return OperationReader.Size(tensor: source, axis: tensor.index)
    default: return nil
    }
  }

  /// Layers that move elements, and those that do nothing when the model is used.
  private static let layersThatKeepTypes: Set = [
    "Concatenate", "Cropping1D", "Cropping2D", "Dropout", "Flatten", "Identity", "Permute",
    "RepeatVector", "Reshape", "SpatialDropout1D", "SpatialDropout2D", "ZeroPadding1D",
    "ZeroPadding2D",
  ]

  /// The type of a tensor's elements; `float32` stands for all real numbers.
  private static func type(
    of tensor: TensorReference, _ layers: [LayerNode], _ calls: [Call]
  ) -> DType {
    var tensor = tensor
    // Each step goes to a layer before: there are no more than all.
    for _ in layers.indices {
      guard let node = layers.first(where: { $0.name == tensor.layer }) else { break }
      if case .layer(let layer) = node.body, let operation = layer as? Operation {
        // The second result are places.
        return operation.name == "TopK" && tensor.index == 1 ? .int32 : node.computeType.numberType
      }
      if node.isInput { return node.computeType.numberType }
      if case .graph(let inner) = node.body, inner.outputs.indices.contains(tensor.index) {
        return type(of: inner.outputs[tensor.index], Array(inner.layers.values), inner.calls)
      }
      guard layersThatKeepTypes.contains(node.kind),
        let call = calls.first(where: { $0.layer == tensor.layer && $0.node == tensor.node }),
        let input = node.operandTensors(of: call).first
      else { break }
      tensor = input
    }
    return .float32
  }

  /// An operation on real numbers has no type of its own: it computes in the coarsest that its tensors have.
  private static func computeType(
    of calls: [WrittenCall], among layers: [LayerNode]
  ) -> DType {
    let names = Set(calls.flatMap(\.tensors).map(\.layer))
    return layers.filter { names.contains($0.name) }.map(\.computeType)
      .filter { $0.unitRoundoff != nil }
      .max { ($0.unitRoundoff ?? 0) < ($1.unitRoundoff ?? 0) } ?? .float32
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
