internal import ResidualGraph

/// A layer of a kind that the registry does not have: it cannot be run, but it is
/// written again as it was.
enum UnknownKind {
  /// Follows the layer's name in a sentence, and tells the writer to write the
  /// attributes that the reader kept.
  static let reason = "is of a kind this program does not know"

  /// The layer as the model keeps it.
  static func layer(path: String, kind: String, attributes: Attributes) -> UnsupportedLayer {
    UnsupportedLayer(path: path, kind: kind, reason: reason, configuration: json(attributes))
  }

  /// The attributes as JSON, numbers that JSON lacks as Python writes them.
  private static func json(_ attributes: Attributes) -> String {
    "{"
      + attributes.values.map { "\(quoted($0)): \(json($1))" }.joined(separator: ", ")
      + "}"
  }

  private static func json(_ value: AttributeValue) -> String {
    switch value {
    case .bool(let value): "\(value)"
    case .int(let value): "\(value)"
    case .double(let value): json(value)
    case .string(let value): quoted(value)
    case .ints(let values): list(values.map { "\($0)" })
    case .doubles(let values): list(values.map(json))
    case .strings(let values): list(values.map(quoted))
    }
  }

  private static func json(_ value: Double) -> String {
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value < 0 ? "-Infinity" : "Infinity" }
    return "\(value)"
  }

  private static func list(_ values: [String]) -> String {
    "[" + values.joined(separator: ", ") + "]"
  }

  private static func quoted(_ text: String) -> String {
    let escaped = text.unicodeScalars.map { scalar in
      switch scalar {
      case "\"": "\\\""
      case "\\": "\\\\"
      case "\u{0}"..<" ":
        "\\u00" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
      default: String(scalar)
      }
    }
    return "\"" + escaped.joined() + "\""
  }
}
