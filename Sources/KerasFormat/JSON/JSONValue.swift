internal import OrderedCollections
internal import ModelGraph

/// A JSON value as Python writes it: keys keep their order, integers are told
/// from floats, and `NaN` and `Infinity` are numbers.
enum JSONValue: Hashable, Sendable {
  case null
  case bool(Bool)
  case int(Int)
  case double(Double)
  case string(String)
  case array([JSONValue])
  case object(OrderedDictionary<String, JSONValue>)
}

extension JSONValue {
  /// The member of an object, or `nil` where there is none or it is null.
  subscript(key: String) -> JSONValue? {
    guard case .object(let members) = self, let value = members[key], value != .null else {
      return nil
    }
    return value
  }

  /// Whether this is an object with the given key, null or not.
  func has(_ key: String) -> Bool {
    guard case .object(let members) = self else { return false }
    return members[key] != nil
  }

  /// The text, if this is one.
  var string: String? { if case .string(let value) = self { value } else { nil } }

  /// The integer, if this is one (a float without a fraction is one too).
  var int: Int? {
    switch self {
    case .int(let value): value
    case .double(let value): Int(exactly: value)
    default: nil
    }
  }

  /// The number, if this is one.
  var double: Double? {
    switch self {
    case .int(let value): Double(value)
    case .double(let value): value
    default: nil
    }
  }

  /// The truth value, if this is one.
  var bool: Bool? { if case .bool(let value) = self { value } else { nil } }

  /// The elements, if this is an array.
  var array: [JSONValue]? { if case .array(let value) = self { value } else { nil } }

  /// The members, if this is an object.
  var object: OrderedDictionary<String, JSONValue>? {
    if case .object(let value) = self { value } else { nil }
  }
}

extension JSONValue {
  /// An object with other values for some of its keys.
  func adding(_ others: OrderedDictionary<String, JSONValue>) -> JSONValue {
    guard case .object(var members) = self, !others.isEmpty else { return self }
    members.merge(others) { $1 }
    return .object(members)
  }
}

extension JSONValue: CustomStringConvertible {
  /// The value as JSON, spaced as Python's `json.dumps` spaces it.
  var description: String {
    switch self {
    case .null: "null"
    case .bool(let value): value ? "true" : "false"
    case .int(let value): "\(value)"
    case .double(let value): JSONText.number(value)
    case .string(let value): JSONText.string(value)
    case .array(let values): JSONText.array(values.map(\.description))
    case .object(let members): JSONText.object(members.map { ($0, $1.description) })
    }
  }

  /// The value in at most some characters, for a sentence.
  var excerpt: String {
    let text = description
    return text.count <= 60 ? text : text.prefix(57) + "..."
  }
}

extension JSONValue {
  /// Reads a text.
  ///
  /// - Parameter name: Names it in errors.
  /// - Throws: `KerasError.notJSON` where it is no JSON.
  init(parsing text: [UInt8], of name: String) throws(KerasError) {
    do {
      self = try JSONParser.parse(text)
    } catch {
      throw .notJSON(name, offset: error.offset, expected: error.expected)
    }
  }
}
