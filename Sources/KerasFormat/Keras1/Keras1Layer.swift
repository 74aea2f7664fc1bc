internal import ModelGraph
internal import OrderedCollections

/// How the configuration of one class of Keras 1 becomes that of one of Keras 2.
struct Keras1Layer: Sendable {
  /// The class of Keras 2, or of a layer that only Keras 1 has.
  let kind: String
  /// The keys of Keras 1 and what they are called in Keras 2; an empty name is no matter at inference.
  var keys: [String: String] = [:]
  /// Whether there are channels somewhere, in images or volumes.
  var hasChannels = false
  /// What else is to be said.
  var finish: @Sendable (inout Config, Keras1Model) throws(KerasError) -> Void = { _, _ in }

  /// A configuration on its way.
  struct Config {
    /// The words of Keras 1 that are not translated yet.
    var rest: OrderedDictionary<String, JSONValue>
    /// Those of Keras 2.
    var words: OrderedDictionary<String, JSONValue> = [:]
    /// The class of Keras 2.
    var kind: String
    /// The layer's name.
    var name: String { words["name"]?.string ?? "" }

    /// Takes a word of Keras 1 that has to be there.
    mutating func take(_ key: String, _ expected: String) throws(KerasError) -> JSONValue {
      guard let value = rest.removeValue(forKey: key), value != .null else {
        throw .configuration(key: key, expected: expected, found: "nothing")
      }
      return value
    }

    /// Takes words of Keras 1 that are one list in Keras 2.
    mutating func join(_ keys: [String], as word: String) throws(KerasError) {
      var list: [JSONValue] = []
      for key in keys { list.append(try take(key, "an integer")) }
      words[word] = .array(list)
    }

    func wrong(_ key: String, _ value: JSONValue, _ expected: String) -> KerasError {
      .configuration(key: key, expected: expected, found: value.excerpt)
    }
  }

  /// The keys that any layer may have.
  private static let common = [
    "name": "name", "trainable": "trainable", "batch_input_shape": "batch_input_shape",
    "input_dtype": "",
  ]
  /// How weights began, and what training added to the loss and kept them to.
  private static let withoutEffect = ["_init", "_regularizer", "_constraint"]

  /// Translates a configuration.
  func translate(
    _ config: OrderedDictionary<String, JSONValue>, _ model: Keras1Model
  ) throws(KerasError) -> (kind: String, config: JSONValue) {
    var translation = Config(rest: [:], kind: kind)
    for (key, value) in config {
      if key == "init" || Self.withoutEffect.contains(where: key.hasSuffix) { continue }
      guard let word = keys[key] ?? Self.common[key] else {
        translation.rest[key] = value
        continue
      }
      if !word.isEmpty { translation.words[word] = value }
    }
    for key in ["activation", "recurrent_activation"] {
      if let name = translation.words[key]?.string { try Self.checkFunction(name) }
    }
    if hasChannels { try translation.takeOrdering(model) }
    try finish(&translation, model)
    if let (key, value) = translation.rest.elements.first {
      throw .configurationKey(key, value: value.excerpt)
    }
    return (translation.kind, .object(translation.words))
  }

  /// Names of later functions were those of the user's own.
  private static func checkFunction(_ name: String) throws(KerasError) {
    guard functions.contains(name) else {
      throw .configuration(
        key: "activation", expected: "a function of Keras 1: \(functions.sorted().quoted())",
        found: "'\(name)'")
    }
  }

  private static let functions: Set = [
    "hard_sigmoid", "linear", "relu", "sigmoid", "softmax", "softplus", "softsign", "tanh",
  ]
}

extension Keras1Layer.Config {
  /// Where the channels are: as the layer says or, as many classes write nothing of it, as all others say.
  mutating func takeOrdering(_ model: Keras1Model) throws(KerasError) {
    let own = rest.removeValue(forKey: "dim_ordering")
    switch own?.string ?? (own == nil ? model.ordering : nil) {
    case "tf": words["data_format"] = "channels_last"
    case "th": words["data_format"] = "channels_first"
    case let found:
      throw .configuration(
        key: "dim_ordering",
        expected:
          "'tf' or 'th', which otherwise depends on keras.json of the machine that wrote the file",
        found: found.map { "'\($0)'" } ?? own?.excerpt ?? "nothing")
    }
  }

  var isChannelsFirst: Bool { words["data_format"] == "channels_first" }

  /// Refuses margins that only Theano makes.
  func checkPadding(_ model: Keras1Model, isPool: Bool) throws(KerasError) {
    let padding = words["padding"] ?? .null
    guard ["valid", "same"].contains(padding.string) else {
      throw wrong("border_mode", padding, "'valid' or 'same'")
    }
    guard padding.string == "same", model.version.backend != "tensorflow" else { return }
    let sizes = words["kernel_size"] ?? .null
    let isCentred = (sizes.array ?? [sizes]).allSatisfy { ($0.int ?? 0) % 2 == 1 }
    let strides = words["strides"] ?? .int(1)
    // Theano puts as much on both sides: that is the same where windows have a middle and go step by step.
    guard !isPool, isCentred, (strides.array ?? [strides]).allSatisfy({ $0.int == 1 }) else {
      throw wrong(
        "border_mode", padding,
        "'valid', or windows of odd sizes without strides, where Theano computed or nothing tells what did"
      )
    }
  }

  /// Says how the kernel is kept.
  mutating func keepKernel(
    _ model: Keras1Model, isTransposed: Bool = false
  ) throws(KerasError) {
    if isChannelsFirst {
      words["kernel_layout"] = .string(StoredKernel.Layout.filtersFirst.rawValue)
    } else if isTransposed {
      words["kernel_layout"] = .string(StoredKernel.Layout.filtersLast.rawValue)
    }
    switch model.version.backend {
    case "tensorflow": break
    case "theano": words["flips_kernel"] = .bool(true)
    default:
      throw .configuration(
        key: "weight_names", expected: "names that tell whether Theano turned the kernel round",
        found: "none")
    }
  }
}
