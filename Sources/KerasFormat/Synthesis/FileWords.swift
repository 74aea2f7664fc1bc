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
  /// Whether they were made of what a model computes, rather than by Keras.
  private(set) var areComposed = true

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
    areComposed = stated.isComposed
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
  init?(of model: Model, for line: KerasLine?) throws {
    guard let source = model.source, model.unsupportedLayers.isEmpty
    else { return nil }
    // Vocabularies beside the words are not in them.
    guard !source.members.contains(where: { KeptVocabularies.isAsset($0.name) }) else { return nil }
    let stated = try StatedModel(source)
    // Before 2.12 there was one kind of file.
    guard let version = stated.version.map({ KerasVersion($0) }), !version.isBefore(2, 12),
      let own = KerasLine(version), line == nil || line == own,
      let keys = try Self.keys(stated)
    else { return nil }
    self.init(stated, keys)
    if model.tensors.values.contains(where: { $0.dtype == .bfloat16 }) {
      throw KerasError.inexpressible("Keras does not read weights of type bfloat16")
    }
    if source.format == KerasArchive.format {
      training = keys["compile_config"]?.object.flatMap { $0.isEmpty ? nil : $0 }
      // Keras 2 keeps what it was compiled with, and a file in HDF5 has the object that it came to.
      if let name = training?["optimizer"]?.string {
        throw Self.untold("an optimizer that is named alone ('\(name)')")
      }
      optimizer = try Self.variables(inArchive: source)
    } else {
      switch own {
      case .keras3: self.model = Self.stating(self.model, model.graph)
      case .keras2:
        // Layers without a module are read as those of files in HDF5.
        LayerWords.place(model.graph.form.rawValue, in: &self.model, for: .keras2)
        try Self.checkCallsHaveNoObjects(self.model)
      }
      training = try Self.training(inHDF5: source, own)
      optimizer = try Self.variables(inHDF5: source)
    }
    guard optimizer.isEmpty || training?["optimizer"] != nil else {
      throw Self.untold("an optimizer of which it does not say what it is")
    }
  }

  static func untold(_ what: String) -> KerasError {
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

  /// Checks that no call is given an object: an archive makes one of what a call is given that names
  /// a class, where a file in HDF5 leaves it as it is.
  private static func checkCallsHaveNoObjects(_ model: LayerWords.Config) throws(KerasError) {
    func hasObject(_ value: JSONValue) -> Bool {
      switch value {
      case .object(let keys): keys["class_name"] != nil || keys.values.contains(where: hasObject)
      case .array(let list): list.contains(where: hasObject)
      default: false
      }
    }
    guard case .array(let layers) = model["config"]?["layers"] else { return }
    for case .object(let layer) in layers {
      if let name = layer["name"]?.string, let calls = layer["inbound_nodes"], hasObject(calls) {
        throw .inexpressible(
          "layer '\(name)' is called with an object, which Keras 2 does not read in an archive")
      }
      if layer["config"]?.has("layers") == true { try checkCallsHaveNoObjects(layer) }
    }
  }
}
