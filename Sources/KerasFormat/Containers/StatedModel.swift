internal import ModelGraph

/// What a file says of its model in words, wherever a file of its kind keeps them.
struct StatedModel {
  /// The configuration, as JSON.
  var configuration: [UInt8]
  /// The version of Keras that wrote the file.
  var version: String?
  /// What Keras computed with.
  var backend: String?
  /// Who wrote the file, where that was not Keras.
  var writer: String?
  /// Whose words it is in, where somebody else wrote it.
  var wordsOf: String?
  /// The format of the file.
  var format: String

  /// Whether the words were made of what a model computes: they say no more.
  var isComposed: Bool { writer != nil && wordsOf == nil }

  /// Whether Keras 1 wrote it, which is not all that has to be known of such a file.
  var isOfKeras1: Bool {
    format != KerasArchive.format && version != nil && KerasVersion(version).major < 2
  }

  /// The attribute by which a file tells that it was not written by Keras.
  static let writerName = "written_by"
  /// The attribute by which such a file tells that its words are Keras's, as another file had them.
  static let wordsName = "words_of"
  /// The key by which an archive tells what its model was computed with, where it was not written by
  /// Keras.
  static let backendName = "backend"
}

// MARK: - HDF5

extension StatedModel {
  /// What the attributes of `/` say; `nil` where no configuration is among them.
  init?(attributes list: [SourceRecord.Attribute]) throws(KerasError) {
    let attributes = Dictionary(list.map { ($0.name, $0) }) { first, _ in first }
    guard let configuration = attributes["model_config"] else { return nil }
    guard case .texts(let texts) = configuration.value.elements, let text = texts.first,
      texts.count == 1
    else { throw KerasError.fileAttribute("model_config", of: "/", expected: "a text") }
    self.init(
      configuration: text, version: attributes["keras_version"]?.text,
      backend: attributes["backend"]?.text, writer: attributes[Self.writerName]?.text,
      wordsOf: attributes[Self.wordsName]?.text, format: SourceTree.format)
  }
}

extension SourceRecord.Attribute {
  /// The first of its texts.
  var text: String? {
    guard case .texts(let texts) = value.elements else { return nil }
    return texts.first.map { String(decoding: $0, as: UTF8.self) }
  }
}

// MARK: - Archives

extension StatedModel {
  /// What the members of an archive say.
  ///
  /// - Throws: `KerasError.memberMissing` where no member says it.
  private init(archive: SourceRecord) throws(KerasError) {
    let name = KerasArchive.metadataName
    let metadata = try JSONValue(parsing: try archive.member(name, \.bytes), of: name)
    guard let version = metadata["keras_version"]?.string else {
      throw .configuration(
        key: "keras_version", expected: "the version of Keras, in 'metadata.json'",
        found: metadata["keras_version"]?.excerpt ?? "nothing")
    }
    self.init(
      configuration: try archive.member(KerasArchive.configurationName, \.bytes), version: version,
      // Keras 3 does not say in an archive what it computed with; Keras 2 had nothing else.
      backend: metadata[Self.backendName]?.string
        ?? (KerasVersion(version).major < 3 ? "tensorflow" : nil),
      writer: metadata[Self.writerName]?.string, wordsOf: metadata[Self.wordsName]?.string,
      format: KerasArchive.format)
  }

  /// What a record says.
  ///
  /// - Throws: `KerasError.notKeras` where it says nothing of a model.
  init(_ source: SourceRecord) throws(KerasError) {
    if source.format == KerasArchive.format {
      try self.init(archive: source)
      return
    }
    guard let stated = try Self(attributes: source.rootAttributes) else {
      throw .notKeras(hint: Self.hint(source))
    }
    self = stated
  }
}

// MARK: - Files without a model

extension StatedModel {
  /// The attribute of files of weights before Keras 1, which name nothing.
  static let numbersName = "nb_layers"
  static let numbersHint =
    "it holds weights that Keras before 1.0 numbered, without names or what computed them; load them with "
    + "that Keras, and save the model with Keras 1.2"

  /// What a file without a configuration may be instead.
  private static func hint(_ source: SourceRecord) -> String {
    let attributes = source.rootAttributes
    func has(_ name: String) -> Bool { attributes.contains { $0.name == name } }
    if has("layer_names") || has("layer_names0") {
      return "it holds weights without their model; give what the model is with --architecture"
    }
    if has(numbersName) { return numbersHint }
    if source.objects.contains(where: { $0.path.hasSuffix("/vars") }) {
      return "it holds weights without their model; give what the model is with --architecture"
    }
    if attributes.first(where: { $0.name == "format" })?.text == "residual-golden" {
      return "it is a golden; give it with --golden"
    }
    return "attribute 'model_config' of '/' is missing"
  }
}

extension SourceRecord {
  /// The attributes of `/`.
  var rootAttributes: [Attribute] { objects.first { $0.path == "/" }?.attributes ?? [] }
}
