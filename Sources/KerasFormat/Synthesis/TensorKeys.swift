internal import ModelGraph
internal import OrderedCollections

/// What a model calls its inputs and outputs, where it takes and makes dictionaries: in both lines of Keras it
/// does so in the same words.
struct TensorKeys {
  /// The keys, in the order of the inputs; `nil` for a list.
  private(set) var inputs: [String]?
  /// The keys, in the order of the outputs; `nil` for a list.
  private(set) var outputs: [String]?

  init() {}

  /// Those of a model's file.
  ///
  /// - Throws: `KerasError.inexpressible` for dictionaries that hold more than tensors.
  init(_ stated: StatedModel) throws {
    let config = try JSONValue(parsing: stated.configuration, of: stated.format)["config"]
    inputs = try Self.keys(config?["input_layers"])
    outputs = try Self.keys(config?["output_layers"])
  }

  /// The keys as Keras sorts them, and `WrittenCall.references` with it.
  private static func keys(_ value: JSONValue?) throws(KerasError) -> [String]? {
    guard let members = value?.object else { return nil }
    for (key, value) in members where WrittenCall.reference(value) == nil {
      throw .inexpressible("it has several tensors under the one name '\(key)'")
    }
    return members.keys.sorted()
  }
}
