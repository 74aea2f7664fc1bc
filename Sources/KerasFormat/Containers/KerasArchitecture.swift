public import ModelGraph

/// What a model is, for weights that are kept beside it.
public struct KerasArchitecture: Sendable {
  var stated: StatedModel
  /// The weights that a model of Keras 1 has itself, which tell what its words do not.
  var keras1: Keras1Weights?

  /// The JSON that `model.to_json()` of Keras gives.
  ///
  /// - Parameter name: Names it in errors.
  /// - Throws: `KerasError` where it is no JSON, or says of no model what it is.
  public init(json: [UInt8], name: String) throws {
    let keys = try JSONValue(parsing: json, of: name)
    guard keys["class_name"]?.string != nil, keys["config"] != nil else {
      throw KerasError.notAnArchitecture
    }
    for key in ["keras_version", "backend"] {
      if let found = keys[key], found.string == nil {
        throw KerasError.configuration(key: key, expected: "a text", found: found.excerpt)
      }
    }
    stated = StatedModel(
      configuration: json, version: keys["keras_version"]?.string,
      backend: keys["backend"]?.string, format: Self.format)
  }

  /// The format's name in provenance.
  private static let format = "keras-json"

  /// That of a model, in the words of its file or of one that is composed.
  ///
  /// - Throws: `KerasError.inexpressible` for a model that Keras has no words for.
  public init(of model: Model) throws {
    let source = try model.source ?? model.composingKerasFile(.archive).model.source
    guard let source else { throw KerasError.notAnArchitecture }
    stated = try StatedModel(source)
    if stated.isOfKeras1 {
      keras1 = Keras1Weights(
        try WeightFile(source) { KerasReader.tensor(of: $0, in: model.tensors)?.dimensions })
    }
  }

  /// The JSON in a file; `nil` where the file holds something else.
  ///
  /// - Throws: As `init(json:name:)`, and `FileError` where the file cannot be mapped.
  public init?(contentsOfFile path: String) throws {
    guard let json = try JSONFile.bytes(path: path) else { return nil }
    try self.init(json: json, name: "architecture")
  }
}

extension KerasInterpreter {
  /// The first version of Keras 3 and those after which configurations mean something else.
  private static let turns = ["3.0.0", "3.3.0", "3.4.0", "3.7.0", "3.8.0", "3.13.0", "3.14.0"]

  /// Interprets an architecture; where it does not say which Keras 3 has written it, as each of them
  /// would.
  ///
  /// - Parameter weights: Those of Keras 1, beside an architecture of it.
  /// - Throws: `KerasError.versionUnknown` where that is not the same.
  func configuration(
    _ architecture: KerasArchitecture, weights: Keras1Weights?
  ) throws -> (StatedModel, Configuration) {
    var stated = architecture.stated
    guard !stated.isOfKeras1 else { return (stated, try configuration(stated, weights: weights)) }
    let json = try JSONValue(parsing: stated.configuration, of: "architecture")
    guard stated.version == nil, json.has("module") else {
      return (stated, try configuration(stated))
    }
    stated.version = KerasLine.keras3.version
    let latest = try configuration(stated)
    for version in Self.turns {
      var other = stated
      other.version = version
      if let difference = try configuration(other).graph.difference(from: latest.graph) {
        throw KerasError.versionUnknown(difference)
      }
    }
    return (stated, latest)
  }
}
