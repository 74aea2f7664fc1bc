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
    try bind(source, to: try configuration(try StatedModel(source)), shape: shape)
  }

  /// Interprets what a file says of its model in words.
  func configuration(_ stated: StatedModel) throws -> Configuration {
    let json = try JSONValue(parsing: stated.configuration, of: "model configuration")
    let version = KerasVersion(
      stated.version ?? json["keras_version"]?.string,
      backend: stated.backend ?? json["backend"]?.string)
    guard version.major >= 2 else { throw KerasError.version(version.text) }
    var builder = GraphBuilder(version: version, registry: registry)
    if MaskRules.mayApply(json, isUnknown: builder.isRegisteredByProgram) {
      builder.masks = .anywhere
      builder.masks = .at(try builder.model(json).layersWithMasks)
    }
    return Configuration(
      graph: try builder.model(json),
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
        try WeightPathBinder(
          configuration.graph,
          try WeightTree(source.member(KerasArchive.weightsName, \.tree), shape: shape)
        ).bind()
      } else {
        try WeightBinder(configuration.graph, try WeightFile(source, shape: shape)).bind()
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
