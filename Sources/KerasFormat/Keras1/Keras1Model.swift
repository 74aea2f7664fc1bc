internal import ModelGraph
internal import OrderedCollections

/// The configuration of a model of Keras 1 in the words of Keras 2, which the rest of the module reads.
///
/// A word that is not known is an error, and so is one whose meaning stands in settings of the machine that
/// wrote the file. As `keras/models.py` and `keras/engine/topology.py` of Keras 1.2.
struct Keras1Model {
  let version: KerasVersion
  let weights: Keras1Weights
  /// Where channels are, in the words of Keras 1, by all layers that say it; `nil` where none does, or not
  /// all say the same.
  let ordering: String?
  /// The classes that the running program knows.
  let isRegistered: (String) -> Bool

  /// Translates `{"class_name": …, "config": …}`.
  static func translated(
    _ model: JSONValue, _ version: KerasVersion, _ weights: Keras1Weights,
    isRegistered: @escaping (String) -> Bool
  ) throws(KerasError) -> JSONValue {
    let orderings = orderings(in: model)
    let translation = Keras1Model(
      version: version, weights: weights,
      ordering: orderings.count == 1 ? orderings.first : nil, isRegistered: isRegistered)
    return try translation.model(model, groups: weights.groups)
  }

  private static func orderings(in value: JSONValue) -> Set<String> {
    if let list = value.array { return list.reduce(into: []) { $0.formUnion(orderings(in: $1)) } }
    guard let object = value.object else { return [] }
    return object.reduce(into: []) {
      if $1.key == "dim_ordering", let name = $1.value.string { $0.insert(name) }
      $0.formUnion(orderings(in: $1.value))
    }
  }

  static func isModel(_ entry: JSONValue) -> Bool {
    entry["class_name"]?.string == "Sequential"
      || entry["config"]?["layers"]?.array != nil
        && entry["config"]?.has("output_layers") == true
  }

  // MARK: - Models

  /// Translates a model.
  ///
  /// - Parameter groups: The names of the groups of weights, where they are one for each layer: those tell
  ///   how models in a Sequential are called.
  func model(_ value: JSONValue, groups: [String] = []) throws(KerasError) -> JSONValue {
    if value["class_name"]?.string == "Sequential" { return try sequential(value, groups) }
    guard let config = value["config"]?.object else { return value }
    let entries = config["layers"]?.array ?? []
    var layers: [JSONValue] = []
    for entry in entries { layers.append(try layer(entry)) }
    return value.adding(["config": .object(config.merging(["layers": .array(layers)]) { $1 })])
  }

  private func sequential(_ value: JSONValue, _ groups: [String]) throws(KerasError) -> JSONValue {
    guard let entries = value["config"]?.array else {
      throw .configuration(
        key: "config", expected: "the layers of a Sequential model",
        found: value["config"]?.excerpt ?? "nothing")
    }
    if entries.first?["class_name"]?.string == "Merge" { return try merged(value, entries) }
    var layers: [JSONValue] = []
    for (place, entry) in entries.enumerated() {
      var entry = entry
      if Self.isModel(entry), !entry.has("name"), entry["config"]?.has("name") != true {
        let name = groups.count == entries.count ? groups[place] : "sequential_\(place + 1)"
        entry = entry.adding(["name": .string(name)])
      }
      layers.append(try layer(entry))
    }
    return value.adding(["config": .array(layers)])
  }

  // MARK: - A Sequential that begins with a Merge

  /// The layers of models whose outputs are merged, those of the branches among them, as one graph: so their
  /// weights are kept.
  private func merged(_ value: JSONValue, _ entries: [JSONValue]) throws(KerasError) -> JSONValue {
    var graph = Branches()
    var merge = entries[0]
    var config = merge["config"]?.object ?? [:]
    var ends: [JSONValue] = []
    let branches = config.removeValue(forKey: "layers")?.array ?? []
    guard !branches.isEmpty else { throw Self.refusal("nothing to merge") }
    for branch in branches {
      ends.append(try add(branch, to: &graph))
    }
    merge = try layer(merge.adding(["config": .object(config)]))
    var end = graph.add(merge, on: ends)
    for entry in entries.dropFirst() {
      guard !Self.isModel(entry) else { throw Self.refusal("a model behind a Merge") }
      end = graph.add(try layer(entry), on: [end])
    }
    return value.adding([
      "class_name": "Model",
      "config": .object([
        "name": value["name"] ?? "sequential", "layers": .array(graph.layers),
        "input_layers": .array(graph.inputs), "output_layers": .array([end]),
      ]),
    ])
  }

  /// Adds the layers of a branch.
  ///
  /// - Returns: The reference to its output.
  private func add(_ branch: JSONValue, to graph: inout Branches) throws(KerasError) -> JSONValue {
    let translated = try model(branch)
    if let entries = translated["config"]?.array {
      guard let first = entries.first, !Self.isModel(first) else {
        throw Self.refusal("a branch that begins with a model")
      }
      let name = first["config"]?["name"]?.string ?? ""
      let shape = first["config"]?["batch_input_shape"] ?? .null
      let input: JSONValue = .object([
        "class_name": "InputLayer",
        "config": .object([
          "name": .string(name + "_input"), "batch_input_shape": shape,
        ]),
      ])
      var end = graph.add(input, on: [])
      graph.inputs.append(end)
      for entry in entries {
        guard !Self.isModel(entry) else { throw Self.refusal("a model in a branch") }
        end = graph.add(entry, on: [end])
      }
      return end
    }
    guard let config = translated["config"], Self.isModel(translated),
      let outputs = config["output_layers"]?.array, outputs.count == 1
    else { throw Self.refusal("a branch that is no model of one output") }
    graph.layers += config["layers"]?.array ?? []
    graph.inputs += config["input_layers"]?.array ?? []
    return outputs[0]
  }

  private static func refusal(_ found: String) -> KerasError {
    .configuration(
      key: "layers", expected: "a Merge of chains of layers, which layers follow", found: found)
  }

  /// A graph that layers are added to one by one.
  private struct Branches {
    var layers: [JSONValue] = []
    var inputs: [JSONValue] = []

    mutating func add(_ entry: JSONValue, on tensors: [JSONValue]) -> JSONValue {
      let name = entry["config"]?["name"] ?? .null
      layers.append(
        entry.adding([
          "name": name, "inbound_nodes": .array(tensors.isEmpty ? [] : [.array(tensors)]),
        ]))
      return .array([name, .int(0), .int(0)])
    }
  }
}
