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

  /// The attribute by which a file tells that it was not written by Keras.
  static let writerName = "written_by"

  let registry: LayerRegistry

  /// Interprets a record.
  ///
  /// - Parameter shape: The size of each axis of a dataset.
  func interpret(
    _ source: SourceRecord, shape: (SourceRecord.Dataset) -> [Int]?
  ) throws -> Interpretation {
    try bind(source, to: try configuration(source.rootAttributes), shape: shape)
  }

  /// Interprets the attributes of `/`.
  ///
  /// - Returns: `nil` where no configuration is among them.
  func configuration(_ list: [SourceRecord.Attribute]) throws -> Configuration? {
    let attributes = Self.byName(list)
    guard let configuration = attributes["model_config"] else { return nil }
    guard case .texts(let texts) = configuration.value.elements, let text = texts.first,
      texts.count == 1
    else { throw KerasError.fileAttribute("model_config", of: "/", expected: "a text") }
    let json: JSONValue
    do {
      json = try JSONParser.parse(text)
    } catch {
      throw KerasError.notJSON(offset: error.offset, expected: error.expected)
    }
    let version = KerasVersion(
      Self.text(attributes["keras_version"]) ?? json["keras_version"]?.string,
      backend: Self.text(attributes["backend"]) ?? json["backend"]?.string)
    guard version.major >= 2 else { throw KerasError.version(version.text) }
    var builder = GraphBuilder(version: version, registry: registry)
    if MaskRules.mayApply(json, isUnknown: builder.isRegisteredByProgram) {
      builder.masks = .anywhere
      builder.masks = .at(try builder.model(json).layersWithMasks)
    }
    return Configuration(
      graph: try builder.model(json),
      provenance: Self.provenance(attributes, version))
  }

  /// Interprets the rest of a record: which of its datasets are the weights of the graph.
  ///
  /// - Parameters:
  ///   - configuration: What the attributes of the record's `/` say.
  ///   - shape: The size of each axis of a dataset.
  func bind(
    _ source: SourceRecord, to configuration: Configuration?,
    shape: (SourceRecord.Dataset) -> [Int]?
  ) throws -> Interpretation {
    guard let configuration else { throw KerasError.notKeras(hint: Self.hint(source)) }
    let weights = try WeightFile(source, shape: shape)
    let bindings = try WeightBinder(configuration.graph, weights).bind()
    return Interpretation(
      graph: try configuration.graph.binding(Self.parameters(bindings)), bindings: bindings,
      provenance: configuration.provenance)
  }

  private static func provenance(
    _ attributes: [String: SourceRecord.Attribute], _ version: KerasVersion
  ) -> Provenance {
    if let writer = text(attributes[writerName]) {
      return Provenance(format: SourceTree.format, producer: writer)
    }
    return Provenance(
      format: SourceTree.format, producer: "keras", producerVersion: version.text,
      backend: text(attributes["backend"]) ?? "")
  }

  private static func parameters(
    _ bindings: [WeightBinding]
  ) -> [String: OrderedDictionary<String, String>] {
    bindings.reduce(into: [:]) { $0[$1.layer, default: [:]][$1.role] = $1.tensor }
  }

  private static func byName(
    _ attributes: [SourceRecord.Attribute]
  ) -> [String: SourceRecord.Attribute] {
    Dictionary(attributes.map { ($0.name, $0) }) { first, _ in first }
  }

  private static func text(_ attribute: SourceRecord.Attribute?) -> String? {
    guard case .texts(let texts) = attribute?.value.elements else { return nil }
    return texts.first.map { String(decoding: $0, as: UTF8.self) }
  }

  private static func hint(_ source: SourceRecord) -> String {
    let attributes = byName(source.rootAttributes)
    if attributes["layer_names"] != nil || attributes["layer_names0"] != nil {
      return "it holds weights without their model; save the whole model with model.save"
    }
    if source.objects.contains(where: { $0.path.hasSuffix("/vars") }) {
      return "it holds weights of Keras 3 without their model; save the whole model with model.save"
    }
    if Self.text(attributes["format"]) == "residual-golden" {
      return "it is a golden; give it with --golden"
    }
    return "attribute 'model_config' of '/' is missing"
  }
}

extension SourceRecord {
  /// The attributes of `/`.
  fileprivate var rootAttributes: [Attribute] {
    objects.first { $0.path == "/" }?.attributes ?? []
  }
}
