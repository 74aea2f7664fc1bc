internal import OrderedCollections
internal import ModelGraph

/// What a source record of a Keras file means: the graph with its weights bound.
///
/// Reading a Keras file and checking, before one is written, that the model still
/// is what its record says are the same interpretation.
struct KerasInterpreter {
  /// The meaning of a record.
  struct Interpretation {
    var graph: Graph
    var bindings: [WeightBinding]
    var provenance: Provenance
  }

  /// What the configuration says, without a look at the weights: the first half of the meaning.
  struct Configuration {
    /// The layers have no weights yet.
    var graph: Graph
    var provenance: Provenance
  }

  let registry: LayerRegistry

  /// Interprets a record.
  ///
  /// - Parameter tensor: What a dataset holds.
  func interpret(
    _ source: SourceRecord, tensor: (SourceRecord.Dataset) -> Tensor?
  ) throws -> Interpretation {
    try bind(source, to: try configuration(source, tensor: tensor), tensor: tensor)
  }

  /// Interprets what a record says of its model in words, and what its file has for them elsewhere.
  func configuration(
    _ source: SourceRecord, tensor: (SourceRecord.Dataset) -> Tensor?
  ) throws -> Configuration {
    let stated = try StatedModel(source)
    if source.format == KerasArchive.format {
      return try configuration(
        stated, KeptVocabularies(source, try WeightTree(source, tensor: tensor)))
    }
    let weights = stated.isOfKeras1 ? try WeightFile(source) { tensor($0)?.dimensions } : nil
    return try configuration(stated, weights: weights.map(Keras1Weights.init))
  }

  /// Interprets what a file says of its model in words.
  ///
  /// - Parameters:
  ///   - vocabularies: Those that the words of an archive leave out.
  ///   - weights: Those of a file of Keras 1, whose words do not say all.
  func configuration(
    _ stated: StatedModel, _ vocabularies: KeptVocabularies? = nil, weights: Keras1Weights? = nil
  ) throws -> Configuration {
    var stated = stated
    let written = try JSONValue(parsing: stated.configuration, of: "model configuration")
    var json = written
    if let found = try weights?.backend() {
      let expected = stated.backend ?? json["backend"]?.string ?? found
      guard found == expected else { throw KerasError.backend(found, expected: expected) }
      stated.backend = found
    }
    let version = KerasVersion(
      stated.version ?? json["keras_version"]?.string,
      backend: stated.backend ?? json["backend"]?.string)
    guard version.isRead else { throw KerasError.version(version.text) }
    var builder = GraphBuilder(version: version, registry: registry)
    if version.major < 2 {
      guard let weights else { throw KerasError.version(version.text) }
      json = try Keras1Model.translated(
        json, version, weights, isRegistered: builder.isRegisteredByProgram)
    }
    var graph: Graph?
    if let vocabularies {
      graph = try builder.model(json)
      builder.keptKeys = try vocabularies.keys(of: try graph ?? builder.model(json), version)
      if !builder.keptKeys.isEmpty { graph = nil }
    }
    if MaskRules.mayApply(json, isUnknown: builder.isRegisteredByProgram) {
      builder.masks = .anywhere
      builder.masks = .at(try builder.model(json).layersWithMasks)
      graph = nil
    }
    var meant = try graph ?? builder.model(json)
    if version.major < 2 {
      try meant.checkKeras1(written)
      // The layers of a Merge that a Sequential begins with are listed branch by branch.
      if written["class_name"]?.string == Graph.Form.sequential.rawValue, meant.form == .functional
      {
        meant = try meant.inKerasOrder()
      }
    }
    return Configuration(
      graph: meant,
      provenance: Self.provenance(stated, version))
  }

  /// Interprets the rest of a record: which of its datasets are the weights of the graph.
  ///
  /// - Parameters:
  ///   - configuration: What the record says of its model in words.
  ///   - tensor: What a dataset holds.
  func bind(
    _ source: SourceRecord, to configuration: Configuration,
    tensor: (SourceRecord.Dataset) -> Tensor?
  ) throws -> Interpretation {
    let bindings =
      if source.format == KerasArchive.format {
        try WeightPathBinder(configuration.graph, try WeightTree(source, tensor: tensor)).bind()
      } else {
        try WeightBinder(
          configuration.graph, try WeightFile(source) { tensor($0)?.dimensions },
          isOfKeras1: try StatedModel(source).isOfKeras1
        ).bind()
      }
    return Interpretation(
      graph: try configuration.graph.binding(Self.parameters(bindings)), bindings: bindings,
      provenance: configuration.provenance)
  }

  private static func provenance(_ stated: StatedModel, _ version: KerasVersion) -> Provenance {
    if let writer = stated.writer { return Provenance(format: stated.format, producer: writer) }
    return Provenance(
      format: stated.format, producer: "keras", producerVersion: version.text,
      backend: stated.backend ?? "")
  }

  /// The tensors that bindings give the weights of each layer.
  static func parameters(
    _ bindings: [WeightBinding]
  ) -> [String: OrderedDictionary<String, String>] {
    bindings.reduce(into: [:]) { $0[$1.layer, default: [:]][$1.role] = $1.tensor }
  }
}
