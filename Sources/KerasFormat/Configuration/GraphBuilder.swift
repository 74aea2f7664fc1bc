internal import OrderedCollections
internal import ModelGraph

/// Builds the graph of a model's configuration; its layers have no weights yet.
struct GraphBuilder {
  let version: KerasVersion
  let registry: LayerRegistry
  /// Where masks arrive: only there it matters what the version does with them.
  var masks = MaskRules.Reach.nowhere
  /// What configurations leave out, and their file has elsewhere, by the layers' paths.
  var keptKeys: [String: KeptVocabularies.Keys] = [:]

  /// The classes of models whose configuration is a graph of layers; a class of
  /// the user's own is one if its configuration looks like one.
  private static let functionalClasses: Set = ["Functional", "Model", "Network"]

  /// Builds the graph of `{"class_name": …, "config": …}`.
  func model(_ value: JSONValue, path: String = "") throws -> Graph {
    guard let className = value["class_name"]?.string else {
      throw KerasError.configuration(
        key: "class_name", expected: "the class of a model",
        found: value["class_name"]?.excerpt ?? "nothing")
    }
    let config = value["config"] ?? .null
    if Self.isSequential(className, config) { return try sequential(config, path: path) }
    guard Self.isFunctional(className, config) else {
      throw KerasError.notAGraph(className: className)
    }
    return try functional(config, path: path)
  }

  private static func isSequential(_ className: String, _ config: JSONValue) -> Bool {
    className == "Sequential" && (config.array != nil || config["layers"]?.array != nil)
  }

  /// Whether an entry is a model, or one for each step of a sequence.
  private static func isModel(_ entry: JSONValue) -> Bool {
    guard let className = entry["class_name"]?.string, let config = entry["config"] else {
      return false
    }
    if className == TimeDistributed.kind { return config["layer"].map(isModel) ?? false }
    return isSequential(className, config) || isFunctional(className, config)
  }

  private static func isFunctional(_ className: String, _ config: JSONValue) -> Bool {
    config["layers"]?.array != nil && config.has("input_layers") && config.has("output_layers")
  }

  // MARK: - Sequential

  private func sequential(_ config: JSONValue, path: String) throws -> Graph {
    // Keras 2.0 and 2.1 have a bare list here, without a name.
    let entries = config.array ?? config["layers"]?.array ?? []
    let name = config["name"]?.string ?? "sequential"
    var layers: [LayerNode] = []
    for entry in entries { layers.append(try layer(entry, path: path)) }
    if layers.first?.isInput != true {
      layers.insert(try implicitInput(config, entries, layers), at: 0)
    }
    var calls = [Call(layers[0].name, inputs: [])]
    for (previous, layer) in zip(layers, layers.dropFirst()) {
      calls.append(layer.call(on: [TensorReference(previous.name)]))
    }
    return try Graph(
      name: name, form: .sequential, layers: layers, calls: calls,
      inputs: [TensorReference(layers[0].name)],
      outputs: [TensorReference(layers[layers.count - 1].name)])
  }

  /// The input layer that Keras makes where the configuration has none, named as
  /// Keras names it.
  private func implicitInput(
    _ config: JSONValue, _ entries: [JSONValue], _ layers: [LayerNode]
  ) throws -> LayerNode {
    let first = entries.first?["config"]
    var shape: Shape?
    for key in ["batch_input_shape", "batch_shape"] where shape == nil {
      shape = first?[key].flatMap(Self.shape)
    }
    if shape == nil, case .graph(let inner) = layers.first?.body { shape = inner.inputShapes.first }
    if shape == nil { shape = config["build_input_shape"].flatMap(Self.shape) }
    guard let shape else {
      throw KerasError.configuration(
        key: "batch_input_shape", expected: "the shape of the input of a Sequential model",
        found: "nothing")
    }
    guard shape.rank <= Shape.maximumRank else {
      throw ModelError.axisCount(shape.rank, limit: Shape.maximumRank)
    }
    let dtype = DType(rawValue: first?["dtype"]?.string ?? "float32") ?? .float32
    return LayerNode(
      name: (layers.first?.name ?? "sequential") + "_input",
      body: .layer(InputLayer(batchShape: shape, dtype: dtype)))
  }

  static func shape(_ value: JSONValue) -> Shape? {
    let list = value.array ?? value["items"]?.array
    guard let list else { return nil }
    var dimensions: [Int?] = []
    for element in list {
      if element == .null {
        dimensions.append(nil)
      } else if let size = element.int, size >= 0 {
        dimensions.append(size)
      } else {
        return nil
      }
    }
    return Shape(dimensions)
  }

  // MARK: - Functional

  private func functional(_ config: JSONValue, path: String) throws -> Graph {
    let entries = config["layers"]?.array ?? []
    var layers: [LayerNode] = []
    var calls: [Call] = []
    let known = KnownLayers()
    func add(_ layer: LayerNode, _ made: [Call]) {
      layers.append(layer)
      calls += made
      known.add(layer, made)
    }
    var nested: [String: NodeNumbering] = [:]
    for entry in entries {
      let nodes = entry["inbound_nodes"]?.array ?? []
      if let (operation, made) = try operation(entry, nodes, path: path, among: known) {
        add(operation, made)
        continue
      }
      let layer = try layer(entry, path: path)
      if layer.isInput {
        add(layer, [Call(layer.name, inputs: [])])
        continue
      }
      do throws(KerasError) {
        let bound = try bind(nodes, to: layer, entry)
        add(layer.refused(for: bound.reasons, path: path, entry), bound.calls)
      } catch {
        throw KerasError.at(layer: path + layer.name, kind: layer.kind, error)
      }
      if case .graph(let inner) = layer.body, inner.form != .timeDistributed {
        nested[layer.name] = NodeNumbering(
          callCount: nodes.count, isFunctional: inner.form == .functional)
      }
    }
    var inputs = WrittenCall.references(in: config["input_layers"] ?? .null)
    var outputs = WrittenCall.references(in: config["output_layers"] ?? .null)
    NodeNumbering.renumber(
      calls: &calls, outputs: &outputs, nested: nested, isKeras3: version.major >= 3)
    inputs = inputs.map { TensorReference($0.layer) }
    return try Graph(
      name: config["name"]?.string ?? "model", form: .functional, layers: layers, calls: calls,
      inputs: inputs, outputs: outputs)
  }

  // MARK: - Models for each step

  /// The graph of a `TimeDistributed` of a model; `nil` for what is none.
  private func timeDistributed(
    _ className: String, _ config: JSONValue, path: String
  ) throws -> Graph? {
    guard className == TimeDistributed.kind, let entry = config["layer"], Self.isModel(entry) else {
      return nil
    }
    let reader = ConfigReader(config: config, version: version)
    reader.read.insert("layer")
    try reader.checkAllRead(kind: className)
    return try Graph.timeDistributed(
      try layer(entry, path: path + "/"), name: config["name"]?.string ?? "time_distributed",
      computeType: TypePolicy(config["dtype"]).computeType)
  }

  // MARK: - Layers

  /// Builds one layer of an entry `{"class_name", "config", "name", …}`.
  private func layer(_ entry: JSONValue, path: String) throws -> LayerNode {
    guard let className = entry["class_name"]?.string, let config = entry["config"] else {
      throw KerasError.configuration(
        key: "layers", expected: "a layer with 'class_name' and 'config'", found: entry.excerpt)
    }
    let name =
      entry["name"]?.string ?? config["name"]?.string ?? className.lowercased()
    let layerPath = path + name
    do {
      let body = try body(className, config, entry, path: layerPath)
      let layer = LayerNode(
        name: name, body: body, isTrainable: config["trainable"]?.bool ?? true,
        computeType: TypePolicy(config["dtype"]).computeType)
      guard case .at = masks, let arrival = masks.arrival(at: layerPath) else { return layer }
      return layer.refused(
        for: MaskRules.reasons(against: layer, version, arrival), path: path, entry)
    } catch let error as ModelError {
      if case .at = error { throw error }
      throw ModelError.at(layer: layerPath, kind: className, error)
    } catch let error as KerasError {
      if case .at = error { throw error }
      throw KerasError.at(layer: layerPath, kind: className, error)
    }
  }

  private func body(
    _ className: String, _ config: JSONValue, _ entry: JSONValue, path: String
  ) throws -> LayerNode.Body {
    if Self.isSequential(className, config) || Self.isFunctional(className, config) {
      return .graph(try model(entry, path: path + "/"))
    }
    if let graph = try timeDistributed(className, config, path: path) { return .graph(graph) }
    do {
      if className == "InputLayer" { return .layer(try inputLayer(config)) }
      let words = config.adding(keptKeys[path] ?? [:])
      let reader = ConfigReader(config: words, version: version)
      if let layer = try registered(className, reader) { return .layer(layer) }
      if let reason = Self.reasonAgainst(className, entry) ?? words.refusalOfNumbers {
        throw Unsupported(reason: reason)
      }
      if let translation = LayerTranslation.of(className: className, in: version),
        let layer = try registry.layer(
          kind: translation.kind,
          attributes: try translation.attributes(reader).merging(
            masks.arrival(at: path).map {
              try MaskRules.attributes(of: translation.kind, config, version, $0)
            } ?? [:]))
      {
        try reader.checkAllRead(kind: translation.kind)
        return .layer(layer)
      }
      throw Unsupported(reason: "is of a class that this version does not know")
    } catch let unsupported as Unsupported {
      return .unsupported(
        UnsupportedLayer(
          path: path, kind: className, reason: unsupported.reason,
          configuration: config.description))
    }
  }

  /// A layer of a kind that only the running program knows.
  ///
  /// No translation of ours is needed: its attributes are the plain values of its configuration.
  private func registered(_ className: String, _ reader: ConfigReader) throws -> (any Layer)? {
    guard isRegisteredByProgram(className) else { return nil }
    return try registry.layer(
      kind: Self.plainName(className), attributes: reader.plainAttributes, isStrict: false)
  }

  /// Whether a class is one that only the running program knows.
  func isRegisteredByProgram(_ className: String) -> Bool {
    guard LayerTranslation.of(className: className) == nil else { return false }
    let kind = Self.plainName(className)
    return registry.contains(kind) && !LayerRegistry.builtIn.contains { $0.kind == kind }
  }

  /// The name of a class without the package that it was registered under.
  private static func plainName(_ className: String) -> String {
    className.utf8.split(separator: UInt8(ascii: ">")).last.map { String(Substring($0)) }
      ?? className
  }

  private static func reasonAgainst(_ className: String, _ entry: JSONValue) -> String? {
    if let reason = RefusedClasses.reasons[className] { return reason }
    if let registered = entry["registered_name"]?.string, registered.contains(">") {
      return "is a class of the user's own, '\(registered)'"
    }
    let isOfUser = className.contains(">") && LayerTranslation.of(className: className) == nil
    return isOfUser ? "is a class of the user's own" : nil
  }

  private func inputLayer(_ config: JSONValue) throws -> InputLayer {
    guard let value = config["batch_shape"] ?? config["batch_input_shape"],
      let shape = Self.shape(value)
    else {
      throw KerasError.configuration(
        key: "batch_shape", expected: "sizes, or null for unknown",
        found: (config["batch_shape"] ?? config["batch_input_shape"])?.excerpt ?? "nothing")
    }
    guard shape.rank <= Shape.maximumRank else {
      throw ModelError.axisCount(shape.rank, limit: Shape.maximumRank)
    }
    let type = TypePolicy(config["dtype"]).fedType
    guard type != .string || shape.rank < Shape.maximumRank else {
      throw ModelError.axisCount(shape.rank + 1, limit: Shape.maximumRank)
    }
    guard shape.rank > 0 else {
      throw KerasError.configuration(key: "batch_shape", expected: "a batch axis", found: "[]")
    }
    let reader = ConfigReader(config: config, version: version)
    for key in ["sparse", "ragged"] where try reader.bool(key, default: false) {
      throw KerasError.configuration(key: key, expected: "false", found: "true")
    }
    try reader.checkAllRead(kind: InputLayer.kind)
    return InputLayer(batchShape: shape, dtype: type)
  }
}
