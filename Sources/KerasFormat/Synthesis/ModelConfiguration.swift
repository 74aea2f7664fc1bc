internal import OrderedCollections
internal import ModelGraph

/// Composes the configuration of a model: the reverse of `GraphBuilder`.
struct ModelConfiguration {
  let line: KerasLine
  /// The element types of a layer's weights, by its path.
  let storedTypes: [String: Set<DType>]
  /// What the model calls its inputs and outputs, where they are a dictionary rather than a list.
  var keys = TensorKeys()
  /// Whether models and operations say where Keras has their classes, as archives want it.
  var statesModules = false

  /// `{"class_name": …, "config": …}` of a model.
  func model(_ graph: Graph, path: String = "") throws -> LayerWords.Config {
    let config =
      switch graph.form {
      case .sequential: sequential
      case .functional: functional
      case .timeDistributed: timeDistributed
      }
    var entry: LayerWords.Config = [
      "class_name": .string(graph.form.rawValue), "config": .object(try config(graph, path)),
    ]
    if statesModules { LayerWords.place(graph.form.rawValue, in: &entry, for: line) }
    return entry
  }

  private func sequential(_ graph: Graph, _ path: String) throws -> LayerWords.Config {
    for call in graph.calls where !call.isOnTensorsAlone {
      throw KerasError.at(
        layer: path + call.layer, kind: graph.layers[call.layer]?.kind ?? "",
        .inexpressible("a Sequential model cannot call it with \(call.words)"))
    }
    let layers = try graph.layers.values.map { JSONValue.object(try entry($0, path)) }
    return ["name": .string(graph.name), "layers": .array(layers)]
  }

  private func functional(_ graph: Graph, _ path: String) throws -> LayerWords.Config {
    let callsByLayer = Dictionary(grouping: graph.calls, by: \.layer)
    let words = try CallWords(graph) { reference($0, graph) }
    let layers = try graph.layers.values.map { node in
      var entry = try entry(node, path)
      let calls = node.isInput ? [] : callsByLayer[node.name] ?? []
      entry["name"] = .string(node.name)
      do throws(KerasError) {
        for call in calls { try words.check(call) }
      } catch {
        throw KerasError.at(layer: path + node.name, kind: node.kind, error)
      }
      entry["inbound_nodes"] = .array(calls.map(words.node))
      return JSONValue.object(entry)
    }
    return [
      "name": .string(graph.name), "layers": .array(layers),
      "input_layers": list(graph.inputs, graph, path.isEmpty ? keys.inputs : nil),
      "output_layers": list(
        graph.outputs, graph, path.isEmpty ? keys.outputs : nil, isOutput: true),
    ]
  }

  private func timeDistributed(_ graph: Graph, _ path: String) throws -> LayerWords.Config {
    guard let model = graph.distributedModel, !path.isEmpty else {
      throw KerasError.inexpressible("a TimeDistributed is a layer of a model, and no model")
    }
    var inner = try entry(model, path)
    // Inside of a layer, Keras 3 looks for a model where it has its class.
    LayerWords.place(model.kind, in: &inner)
    return ["name": .string(graph.name), "layer": .object(inner)]
  }

  // MARK: - Tensors

  private func reference(
    _ reference: TensorReference, _ graph: Graph, isOutput: Bool = false
  ) -> [JSONValue] {
    var node = reference.node
    if case .graph(let nested) = graph.layers[reference.layer]?.body {
      node += line.shift(nested, isOutput: isOutput)
    }
    return [.string(reference.layer), .int(node), .int(reference.index)]
  }

  /// The inputs or outputs of a model.
  ///
  /// One is not put in a list: a model of Keras 3 would take and make lists of one.
  private func list(
    _ references: [TensorReference], _ graph: Graph, _ keys: [String]?, isOutput: Bool = false
  ) -> JSONValue {
    let list = references.map { JSONValue.array(reference($0, graph, isOutput: isOutput)) }
    if let keys, keys.count == list.count {
      return .object(OrderedDictionary(uniqueKeysWithValues: zip(keys, list)))
    }
    return list.count == 1 ? list[0] : .array(list)
  }

  // MARK: - Layers

  private func entry(_ node: LayerNode, _ path: String) throws -> LayerWords.Config {
    let path = path + node.name
    do {
      switch node.body {
      case .layer(let layer): return try entry(layer, node, path)
      case .graph(let graph): return try entry(graph, node, path)
      case .unsupported(let layer): throw KerasError.inexpressible("it \(layer.reason)")
      }
    } catch let error as KerasError {
      if case .at = error { throw error }
      throw KerasError.at(layer: path, kind: node.kind, error)
    }
  }

  private func entry(
    _ layer: any Layer, _ node: LayerNode, _ path: String
  ) throws -> LayerWords.Config {
    if let operation = layer as? Operation {
      return try OperationWords(operation).entry(named: node.name, statesModules: statesModules)
    }
    let policy = node.isInput ? "" : try policy(node, path)
    let words = try LayerWords(line: line, policy: policy)
      .config(layer.kind, layer.attributes)
    var config: LayerWords.Config = ["name": .string(node.name)]
    if !node.isInput {
      // Some classes of Keras 3 do not take the key.
      if !node.isTrainable { config["trainable"] = .bool(false) }
      config["dtype"] = .string(policy)
    }
    config.merge(words) { _, word in word }
    var entry: LayerWords.Config = [
      "class_name": .string(layer.kind), "config": .object(config),
    ]
    if LayerWords.isOfKeras(layer.kind) { LayerWords.place(layer.kind, in: &entry) }
    return entry
  }

  private func entry(
    _ graph: Graph, _ node: LayerNode, _ path: String
  ) throws -> LayerWords.Config {
    var entry = try model(graph, path: path + "/")
    guard case .object(var config) = entry["config"] else { return entry }
    if node.computeType != .float32 { config["dtype"] = .string(node.computeType.rawValue) }
    // Keras 3 gives what is said of a nested model to all its layers, Keras 2 to none.
    if !node.isTrainable {
      let trainable = graph.allLayers.first {
        $0.layer.isTrainable && !$0.layer.parameters.isEmpty
      }
      if let trainable {
        throw KerasError.inexpressible("it is frozen, and its layer '\(trainable.path)' is not")
      }
      config["trainable"] = .bool(false)
    }
    entry["config"] = .object(config)
    if graph.form == .timeDistributed { LayerWords.place(node.kind, in: &entry) }
    return entry
  }

  /// The name of the policy by which a layer computes and keeps its weights.
  private func policy(_ node: LayerNode, _ path: String) throws(KerasError) -> String {
    let stored = storedTypes[path] ?? []
    switch node.computeType {
    case .bfloat16 where stored.contains(.bfloat16):
      throw .inexpressible("Keras does not read weights of type bfloat16")
    case .float16 where stored == [.float32]: return "mixed_float16"
    case .bfloat16 where stored == [.float32]: return "mixed_bfloat16"
    // JAX computes in float32 unless it is told to know float64; widening is exact.
    case .float64 where stored == [.float32]: return "float64"
    case let type where stored.isSubset(of: [type]): return type.rawValue
    case let type:
      let names = stored.map(\.rawValue).sorted().joined(separator: " and ")
      throw .inexpressible("its weights are of type \(names), and it computes in \(type.rawValue)")
    }
  }
}
