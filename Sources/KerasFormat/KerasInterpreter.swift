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
  /// - Parameter shape: The size of each axis of a dataset.
  func interpret(
    _ source: SourceRecord, shape: (SourceRecord.Dataset) -> [Int]?
  ) throws -> Interpretation {
    try bind(source, to: try configuration(of: source, shape: shape), shape: shape)
  }

  /// Interprets what a record says of its model in words.
  func configuration(
    of source: SourceRecord, shape: (SourceRecord.Dataset) -> [Int]?
  ) throws -> Configuration {
    let stated = try StatedModel(source)
    let weights = stated.isOfKeras1 ? try WeightFile(source, shape: shape) : nil
    return try configuration(stated, weights.map(Keras1Weights.init))
  }

  /// Interprets what a file says of its model in words.
  ///
  /// - Parameter weights: Those of a file of Keras 1, whose words do not say all.
  func configuration(_ stated: StatedModel, _ weights: Keras1Weights? = nil) throws -> Configuration
  {
    var stated = stated
    let written = try JSONValue(parsing: stated.configuration, of: "model configuration")
    var json = written
    if stated.backend == nil { stated.backend = try weights?.backend() }
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
    if MaskRules.mayApply(json, isUnknown: builder.isRegisteredByProgram) {
      builder.masks = .anywhere
      builder.masks = .at(try builder.model(json).layersWithMasks)
    }
    let graph = try builder.model(json)
    if version.major < 2 { try graph.checkKeras1(written) }
    return Configuration(
      graph: graph,
      provenance: Self.provenance(stated, version))
  }

  /// Interprets the rest of a record: which of its datasets are the weights of the graph.
  ///
  /// - Parameters:
  ///   - configuration: What the record says of its model in words.
  ///   - shape: The size of each axis of a dataset.
  func bind(
    _ source: SourceRecord, to configuration: Configuration,
    shape: (SourceRecord.Dataset) -> [Int]?
  ) throws -> Interpretation {
    let bindings =
      if source.format == KerasArchive.format {
        try WeightPathBinder(configuration.graph, try WeightTree(source, shape: shape)).bind()
      } else {
        try WeightBinder(
          configuration.graph, try WeightFile(source, shape: shape),
          isOfKeras1: KerasVersion(configuration.provenance.producerVersion).major < 2
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

  private static func parameters(
    _ bindings: [WeightBinding]
  ) -> [String: OrderedDictionary<String, String>] {
    bindings.reduce(into: [:]) { $0[$1.layer, default: [:]][$1.role] = $1.tensor }
  }
}
