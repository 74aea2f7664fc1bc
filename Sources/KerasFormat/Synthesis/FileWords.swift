internal import ModelGraph
internal import OrderedCollections

/// What a Keras file says besides the model's weights: in the words of Keras 3, or composed.
struct FileWords {
  /// The version of Keras whose words they are.
  var version: String
  /// What the model was computed with, where that is known.
  var backend: String?
  /// The class of the model and its configuration.
  var model: LayerWords.Config
  /// How training was set up, in the words of an archive: its `compile_config`.
  var training: LayerWords.Config?
  /// The variables of the optimizer, in its order.
  var optimizer: [SourceRecord.Dataset] = []

  /// Words that are composed.
  init(version: String, backend: String?, model: LayerWords.Config) {
    (self.version, self.backend, self.model) = (version, backend, model)
  }
}

extension FileWords {
  /// Words that stand beside weights; `nil` where a file of a whole model would have others.
  init?(_ stated: StatedModel) throws {
    guard let keys = try Self.keys(stated) else { return nil }
    self.init(stated, keys)
    for key in ["module", "registered_name"] { model[key] = keys[key] }
  }

  private static func keys(_ stated: StatedModel) throws -> LayerWords.Config? {
    try JSONValue(parsing: stated.configuration, of: stated.format).object
  }

  private init?(_ stated: StatedModel, _ keys: LayerWords.Config) {
    guard let version = stated.version, let kind = keys["class_name"], let config = keys["config"]
    else { return nil }
    self.init(
      version: version, backend: stated.backend, model: ["class_name": kind, "config": config])
  }
}

// MARK: - Words of the other kind

extension FileWords {
  /// The words of a file of Keras 3, for one of the other kind: those of both are the same, and nothing is
  /// lost.
  ///
  /// `nil` for a model that has none: it came from elsewhere, or from a Keras whose kinds of files have words
  /// of their own.
  ///
  /// - Throws: `KerasError.inexpressible` for what training left and is not carried, and for weights of type
  ///   bfloat16.
  init?(of model: Model) throws {
    guard let source = model.source, model.unsupportedLayers.isEmpty
    else { return nil }
    // Vocabularies beside the words are not in them.
    guard !source.members.contains(where: { KeptVocabularies.isAsset($0.name) }) else { return nil }
    let stated = try StatedModel(source)
    guard let version = stated.version, KerasVersion(version).major >= 3,
      let keys = try Self.keys(stated)
    else { return nil }
    self.init(stated, keys)
    if model.tensors.values.contains(where: { $0.dtype == .bfloat16 }) {
      throw KerasError.inexpressible("Keras does not read weights of type bfloat16")
    }
    if source.format == KerasArchive.format {
      training = keys["compile_config"]?.object.flatMap { $0.isEmpty ? nil : $0 }
      optimizer = try Self.variables(inArchive: source)
    } else {
      self.model = Self.stating(self.model, model.graph)
      training = try Self.training(inHDF5: source)
      optimizer = try Self.variables(inHDF5: source)
    }
    guard optimizer.isEmpty || training?["optimizer"] != nil else {
      throw Self.untold("an optimizer of which it does not say what it is")
    }
  }

  private static func untold(_ what: String) -> KerasError {
    .inexpressible(
      "its file has \(what), which is not carried to a file of another kind; '--drop-optimizer' "
        + "leaves it out")
  }

  // MARK: Models

  /// A model with the places where Keras has the classes of its layers: an archive finds operations by
  /// them, and Keras 3 drops axes of layers without them.
  private static func stating(_ entry: LayerWords.Config, _ graph: Graph) -> LayerWords.Config {
    var entry = entry
    LayerWords.place(graph.form.rawValue, in: &entry)
    guard case .object(var config) = entry["config"], case .array(let layers) = config["layers"]
    else { return entry }
    config["layers"] = .array(
      layers.map { layer in
        guard case .object(let words) = layer,
          let name = (words["name"] ?? words["config"]?["name"])?.string,
          let node = graph.layers[name]
        else { return layer }
        return .object(stating(words, node))
      })
    entry["config"] = .object(config)
    return entry
  }

  private static func stating(
    _ words: LayerWords.Config, _ node: LayerNode
  ) -> LayerWords.Config {
    switch node.body {
    case .graph(let inner):
      guard let model = inner.distributedModel else { return stating(words, inner) }
      var words = words
      LayerWords.place(node.kind, in: &words)
      guard case .object(var config) = words["config"], case .object(let each) = config["layer"]
      else { return words }
      config["layer"] = .object(stating(each, model))
      words["config"] = .object(config)
      return words
    case .layer(let operation as Operation):
      return words.merging(OperationWords.place(of: operation)) { $1 }
    case .layer(let layer):
      // Files in HDF5 call one class otherwise.
      return stating(words).merging(["class_name": .string(layer.kind)]) { $1 }
    case .unsupported: return stating(words)
    }
  }

  /// A layer, and those inside of it.
  private static func stating(_ entry: LayerWords.Config) -> LayerWords.Config {
    var entry = entry
    if let kind = entry["class_name"]?.string, entry["module"] == nil,
      LayerWords.isOfKeras(kind) || Graph.Form(rawValue: kind) != nil
    {
      LayerWords.place(kind, in: &entry)
    }
    guard case .object(var config) = entry["config"] else { return entry }
    for key in ["layer", "forward_layer", "backward_layer", "cell", "cells", "layers"] {
      switch config[key] {
      case .object(let inner)?: config[key] = .object(stating(inner))
      case .array(let list)?:
        config[key] = .array(list.map { $0.object.map { .object(stating($0)) } ?? $0 })
      default: continue
      }
    }
    entry["config"] = .object(config)
    return entry
  }

  // MARK: Training

  /// Where an archive says that Keras has the classes that training is set up with.
  private static let modules = [
    "loss": "keras.losses", "metrics": "keras.metrics", "weighted_metrics": "keras.metrics",
  ]
  private static let optimizers = "keras.optimizers"

  /// What a file in HDF5 says of training, as an archive does.
  private static func training(inHDF5 source: SourceRecord) throws -> LayerWords.Config? {
    let name = "training_config"
    guard let attribute = source.rootAttributes.first(where: { $0.name == name }) else {
      return nil
    }
    guard let text = attribute.text,
      case .object(let keys) = try JSONValue(parsing: Array(text.utf8), of: name)
    else { throw KerasError.fileAttribute(name, of: "/", expected: "an object, in JSON") }
    var training: LayerWords.Config = [:]
    if case .object(var optimizer)? = keys["optimizer_config"] {
      if case .object(let schedule)? = optimizer["config"]?["learning_rate"],
        case .object(var config)? = optimizer["config"]
      {
        config["learning_rate"] = placed(.object(schedule), in: optimizers + ".schedules")
        optimizer["config"] = .object(config)
      }
      if optimizer["config"]?.has("inner_optimizer") == true {
        throw untold("an optimizer inside of another")
      }
      training["optimizer"] = placed(.object(optimizer), in: optimizers)
    }
    for (key, value) in keys where key != "optimizer_config" {
      training[key] = modules[key].map { placed(value, in: $0) } ?? value
    }
    return training
  }

  /// The objects in a value, each with the place where Keras has its class.
  private static func placed(_ value: JSONValue, in module: String) -> JSONValue {
    switch value {
    case .array(let list): return .array(list.map { placed($0, in: module) })
    case .object(let keys) where keys["class_name"] != nil:
      guard keys["module"] == nil, let name = keys["class_name"]?.string else { return value }
      // Classes of others are registered by a package and a name.
      let registered: JSONValue = name.contains(">") ? .string(name) : .null
      return .object(
        keys.merging(["module": .string(module), "registered_name": registered]) { $1 })
    case .object(let keys): return .object(keys.mapValues { placed($0, in: module) })
    default: return value
    }
  }

  /// The `training_config` of a file in HDF5.
  var trainingOfHDF5: LayerWords.Config? {
    guard var keys = training else { return nil }
    if let optimizer = keys.removeValue(forKey: "optimizer") {
      keys["optimizer_config"] = optimizer
    }
    return keys
  }

  // MARK: Optimizers

  /// The group of an optimizer's variables in an archive's weights.
  static let optimizerGroup = "/optimizer/vars"

  private static func variables(
    inArchive source: SourceRecord
  ) throws(KerasError) -> [SourceRecord.Dataset] {
    let states = try source.member(KerasArchive.weightsName, \.tree).filter {
      $0.dataset != nil && WeightTree.isTrainingState($0.path)
    }
    if let other = states.first(where: { PathName($0.path).parent != optimizerGroup }) {
      throw untold("'\(other.path)'")
    }
    let datasets = Dictionary(states.map { ($0.path, $0.dataset) }) { first, _ in first }
    return try states.indices.map { index throws(KerasError) in
      let path = "\(optimizerGroup)/\(index)"
      guard let dataset = datasets[path] ?? nil else {
        throw .objectMissing(path, listedIn: "the count of '\(optimizerGroup)'")
      }
      return dataset
    }
  }

  private static func variables(
    inHDF5 source: SourceRecord
  ) throws(KerasError) -> [SourceRecord.Dataset] {
    let objects = Dictionary(source.objects.map { ($0.path, $0) }) { first, _ in first }
    let root = WeightFile.optimizerRoot
    guard let group = objects[root] else { return [] }
    let names = try WeightFile.names("weight_names", of: group) ?? []
    let count = source.objects.count { $0.dataset != nil && $0.path.hasPrefix(root + "/") }
    guard names.count == count else {
      throw untold("a state of an optimizer that it does not list")
    }
    return try names.map { name throws(KerasError) in
      guard let dataset = objects[root + "/" + name]?.dataset else {
        throw .objectMissing(root + "/" + name, listedIn: "'weight_names' of '\(root)'")
      }
      return dataset
    }
  }
}
