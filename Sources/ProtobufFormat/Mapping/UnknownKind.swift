internal import ModelGraph

/// A layer of a kind that the registry does not have: it cannot be run, but it is
/// written again as it was.
enum UnknownKind {
  /// The layer as the model keeps it.
  static func layer(path: String, kind: String, attributes: Attributes) -> UnsupportedLayer {
    UnsupportedLayer(
      path: path, kind: kind, reason: "is of a kind this program does not know",
      configuration: json(attributes), isUnregistered: true)
  }

  /// Whether the file gave no attributes, of which none are kept then.
  static func hasNoAttributes(_ layer: UnsupportedLayer) -> Bool {
    layer.configuration == json(Attributes())
  }

  private static func json(_ attributes: Attributes) -> String {
    JSONText.object(attributes.values.map { ($0, json($1)) })
  }

  private static func json(_ value: AttributeValue) -> String {
    switch value {
    case .bool(let value): "\(value)"
    case .int(let value): "\(value)"
    case .double(let value): JSONText.number(value)
    case .string(let value): JSONText.string(value)
    case .ints(let values): JSONText.array(values.map { "\($0)" })
    case .doubles(let values): JSONText.array(values.map(JSONText.number))
    case .strings(let values): JSONText.array(values.map(JSONText.string))
    }
  }
}
