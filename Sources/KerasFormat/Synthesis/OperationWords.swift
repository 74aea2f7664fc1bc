internal import OrderedCollections
internal import ResidualGraph

/// Writes operations as Keras 3 does into `.h5`: the class, and what its constructor was given.
struct OperationWords {
  private let operation: Operation

  init(_ operation: Operation) { self.operation = operation }

  /// The entry of the layer, without its calls.
  func entry(named name: String) -> LayerWords.Config {
    var config: LayerWords.Config = ["name": .string(name)]
    for (key, value) in operation.attributes.values where !Self.called.contains(key) {
      let (word, value) = word(key, value)
      config[word] = value
    }
    return ["class_name": .string(operation.name), "config": .object(config)]
  }

  /// The settings that a call is given, not a constructor.
  private static let called = Set(OperationReader.secondSettings.values)

  /// What a call is given by name besides tensors: the key of indexing, or where a slice starts.
  var arguments: LayerWords.Config {
    if let starts = operation.attributes["start_indices"] {
      return ["start_indices": JSONValue(starts)]
    }
    guard case .strings(let parts)? = operation.attributes["key"] else { return [:] }
    return ["key": .array(parts.map(Self.part))]
  }

  private func word(_ key: String, _ value: AttributeValue) -> (String, JSONValue) {
    switch (key, value) {
    case ("sections", _), ("indices", _): return ("indices_or_sections", JSONValue(value))
    case ("pad_width", .ints(let sizes)) where sizes.count > 2:
      return (
        key,
        .array(
          stride(from: 0, to: sizes.count, by: 2).map {
            .array(sizes[$0..<$0 + 2].map { .int($0) })
          })
      )
    case (_, .ints(let one)) where one.count == 1 && ["axis", "shift"].contains(key):
      return (key, .int(one[0]))
    default: return (key, JSONValue(value))
    }
  }

  /// A part of a key of indexing.
  private static func part(_ text: String) -> JSONValue {
    if text == "None" { return .null }
    if text == "..." { return .object(["class_name": "__ellipsis__", "config": .object([:])]) }
    if let place = Int(text) { return .int(place) }
    let numbers = text.split(separator: ":", omittingEmptySubsequences: false).map { Int($0) }
    let names = ["start", "stop", "step"]
    var config: LayerWords.Config = [:]
    for (index, name) in names.enumerated() {
      let number = numbers.indices.contains(index) ? numbers[index] : nil
      config[name] = number.map { .int($0) } ?? .null
    }
    return .object(["class_name": "__slice__", "config": .object(config)])
  }
}
