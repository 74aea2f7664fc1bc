internal import ModelGraph
internal import OrderedCollections

// Which weights fit which model, where one of the two is of Keras 1: kernels may have the shape that is
// needed and lie otherwise.

extension Graph {
  /// What says that weights are kept as only Keras 1 kept them, by the paths of their layers.
  var waysOfKeras1: OrderedDictionary<String, Attributes> {
    allLayers.reduce(into: [:]) { ways, place in
      guard case .layer(let layer) = place.layer.body else { return }
      var own = layer.attributes.values.filter { key, value in
        let word = key.split(separator: ".").last.map(String.init) ?? key
        guard word == "kind", case .string(let kind) = value else {
          return LayerTranslation.keras1Attributes.contains(word)
        }
        return LayerTranslation.keras1Kinds.contains(kind)
      }
      if LayerTranslation.keras1Kinds.contains(layer.kind) { own["kind"] = .string(layer.kind) }
      if !own.isEmpty { ways[place.path] = Attributes(own) }
    }
  }

  /// Checks that later versions have the layers too, and keep their weights as these are kept.
  func checkIsWithoutKeras1() throws(KerasError) {
    guard let (path, ways) = waysOfKeras1.elements.first else { return }
    let reason =
      ways["kind"] == nil
      ? "its weights are kept as only Keras 1 kept them" : "only Keras 1 has it"
    throw fault(path, .inexpressible(reason))
  }

  /// Checks that weights are kept as this model takes them.
  ///
  /// - Parameter other: The model that they are of, where it is of Keras 1.
  func checkTakesWeights(of other: Graph? = nil) throws(KerasError) {
    let (own, theirs) = (waysOfKeras1, other?.waysOfKeras1 ?? [:])
    if let path = own.keys.first(where: { own[$0] != theirs[$0] }) {
      throw fault(path, .keptOtherwise)
    }
    if let other, let path = theirs.keys.first(where: { own[$0] == nil }) {
      throw other.fault(path, .keptOtherwise)
    }
  }

  /// Checks that a model of a later Keras takes weights of Keras 1 of which nothing says how they are kept:
  /// only some were kept in one way.
  func checkTakes(_ weights: Keras1Weights) throws {
    let needed = try parameterSpecifications()
    let backend = try weights.backend()
    for (path, node) in allLayers {
      guard let specifications = needed[path], !specifications.isEmpty,
        case .layer(let layer) = node.body
      else { continue }
      let isTold =
        switch layer {
        case is Dense, is Embedding: true
        case is Conv2D:
          // Axes of different sizes tell their order.
          backend == "tensorflow" && layer.attributes["data_format"] != .string("channels_first")
            && specifications.contains { Set($0.shape).count > 1 && $0.role == "kernel" }
        default: false
        }
      guard isTold else { throw fault(path, .untoldKeras1) }
    }
  }

  private func fault(_ path: String, _ error: KerasError) -> KerasError {
    let kind = allLayers.first { $0.path == path }?.layer.kind
    return .at(layer: path, kind: kind ?? "", error)
  }
}

extension SourceRecord {
  /// The file that Keras 1 would have made of a model's words and this file's weights.
  func completing(_ stated: StatedModel) throws(KerasError) -> SourceRecord {
    var words = stated.configuration
    // JSON beside weights says who wrote it; a whole file does so elsewhere.
    if case .object(var keys) = try JSONValue(parsing: words, of: "architecture"),
      keys.removeValue(forKey: "keras_version") != nil
    {
      words = Array(JSONValue.object(keys).description.utf8)
    }
    func text(_ name: String, _ bytes: [UInt8]) -> Attribute {
      Attribute(
        name: name, datatype: "string variable ascii null-terminated",
        value: Value(dimensions: [], elements: .texts([bytes])))
    }
    let root = Object(
      path: "/",
      attributes: [
        text("keras_version", Array((stated.version ?? "").utf8)),
        text("model_config", words),
      ])
    let isWhole = objects.contains { $0.path == WeightFile.modelRoot }
    let weights = objects.compactMap { object -> Object? in
      var object = object
      if isWhole {
        return object.path.hasPrefix(WeightFile.modelRoot + "/")
          || object.path == WeightFile.modelRoot ? object : nil
      }
      object.path = WeightFile.modelRoot + (object.path == "/" ? "" : object.path)
      return object
    }
    return SourceRecord(format: format, objects: [root] + weights)
  }
}
