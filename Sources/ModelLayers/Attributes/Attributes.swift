public import OrderedCollections

/// One value of a layer's canonical attributes; unknown sizes are -1.
public enum AttributeValue: Hashable, Sendable {
  case bool(Bool)
  case int(Int)
  case double(Double)
  case string(String)
  case ints([Int])
  case doubles([Double])
  case strings([String])
}

extension AttributeValue {
  /// Whether two values are the same; texts byte by byte, for Swift takes those that only look alike, such
  /// as an é in one character or in two, for equal.
  public static func == (first: AttributeValue, second: AttributeValue) -> Bool {
    switch (first, second) {
    case (.bool(let first), .bool(let second)): first == second
    case (.int(let first), .int(let second)): first == second
    case (.double(let first), .double(let second)): first == second
    case (.string(let first), .string(let second)): first.utf8.elementsEqual(second.utf8)
    case (.ints(let first), .ints(let second)): first == second
    case (.doubles(let first), .doubles(let second)): first == second
    case (.strings(let first), .strings(let second)):
      first.elementsEqual(second) { $0.utf8.elementsEqual($1.utf8) }
    default: false
    }
  }
}

extension AttributeValue: CustomStringConvertible {
  /// The value as sentences and summaries show it.
  public var description: String {
    switch self {
    case .bool(let value): "\(value)"
    case .int(let value): "\(value)"
    case .double(let value): "\(value)"
    case .string(let value): "'\(value)'"
    case .ints(let values): "\(values)"
    case .doubles(let values): "\(values)"
    case .strings(let values): "[" + values.map { "'\($0)'" }.joined(separator: ", ") + "]"
    }
  }
}

/// The canonical attributes of a layer: one vocabulary, that of Keras 3's
/// configuration, with every default spelled out and every formula that changed
/// between versions made explicit.
public struct Attributes: Hashable, Sendable {
  /// The values by name, in the order the layer lists them.
  public var values: OrderedDictionary<String, AttributeValue>

  /// Makes attributes of the given values.
  public init(_ values: OrderedDictionary<String, AttributeValue> = [:]) {
    self.values = values
  }

  /// The value of one attribute.
  public subscript(name: String) -> AttributeValue? {
    get { values[name] }
    set { values[name] = newValue }
  }

  /// These attributes followed by others.
  public func merging(_ others: Attributes) -> Attributes {
    Attributes(values.merging(others.values) { _, new in new })
  }
}

extension Attributes: ExpressibleByDictionaryLiteral {
  /// Makes attributes of a literal.
  public init(dictionaryLiteral elements: (String, AttributeValue)...) {
    values = OrderedDictionary(elements) { _, new in new }
  }
}

// MARK: - Typed reading

extension Attributes {
  /// Reads a truth value.
  public func bool(_ name: String, default fallback: Bool) throws(ModelError) -> Bool {
    switch values[name] {
    case .bool(let value): value
    case nil: fallback
    case let found?: throw .attribute(name, expected: "true or false", found: "\(found)")
    }
  }

  /// Reads an integer; without a default it must be present.
  public func int(_ name: String, default fallback: Int? = nil) throws(ModelError) -> Int {
    switch values[name] {
    case .int(let value): return value
    case nil:
      guard let fallback else { throw .attributeMissing(name) }
      return fallback
    case let found?: throw .attribute(name, expected: "an integer", found: "\(found)")
    }
  }

  /// Reads an integer of at least 1, such as a number of filters.
  public func positiveInt(_ name: String, default fallback: Int? = nil) throws(ModelError) -> Int {
    let value = try int(name, default: fallback)
    guard value > 0 else { throw .attribute(name, expected: "at least 1", found: "\(value)") }
    return value
  }

  /// Reads a finite number; without a default it must be present.
  public func double(_ name: String, default fallback: Double? = nil) throws(ModelError) -> Double {
    switch values[name] {
    case .double(let value) where value.isFinite: return value
    case .int(let value): return Double(value)
    case nil:
      guard let fallback else { throw .attributeMissing(name) }
      return fallback
    case let found?: throw .attribute(name, expected: "a finite number", found: "\(found)")
    }
  }

  /// Reads a number that may be absent.
  public func optionalDouble(_ name: String) throws(ModelError) -> Double? {
    values[name] == nil ? nil : try double(name)
  }

  /// Reads a text; without a default it must be present.
  public func string(_ name: String, default fallback: String? = nil) throws(ModelError) -> String {
    switch values[name] {
    case .string(let value): return value
    case nil:
      guard let fallback else { throw .attributeMissing(name) }
      return fallback
    case let found?: throw .attribute(name, expected: "a text", found: "\(found)")
    }
  }

  /// Reads one of the cases of an enumeration by its raw value.
  public func choice<Choice: RawRepresentable & CaseIterable>(
    _ name: String, default fallback: Choice? = nil
  ) throws(ModelError) -> Choice where Choice.RawValue == String {
    let text = try string(name, default: fallback?.rawValue)
    guard let choice = Choice(rawValue: text) else {
      let names = Choice.allCases.map { "'\($0.rawValue)'" }.joined(separator: " or ")
      throw .attribute(name, expected: names, found: "'\(text)'")
    }
    return choice
  }

  /// Reads a list of texts; it must be present.
  public func strings(_ name: String) throws(ModelError) -> [String] {
    switch values[name] {
    case .strings(let list): return list
    case nil: throw .attributeMissing(name)
    case let found?: throw .attribute(name, expected: "a list of texts", found: "\(found)")
    }
  }

  /// Reads the name of a type of numbers or truth values.
  func numberType(_ name: String) throws(ModelError) -> DType {
    let type: DType = try choice(name)
    guard type != .string else {
      throw .attribute(name, expected: "a type of numbers", found: "'string'")
    }
    return type
  }

  /// Reads a list of integers, of a given length if one is given; without a
  /// default it must be present.
  public func ints(
    _ name: String, count: Int? = nil, default fallback: [Int]? = nil
  ) throws(ModelError) -> [Int] {
    switch values[name] {
    case .ints(let list):
      guard count == nil || list.count == count else {
        throw .attribute(name, expected: "\(count ?? 0) integers", found: "\(list)")
      }
      return list
    case nil:
      guard let fallback else { throw .attributeMissing(name) }
      return fallback
    case let found?: throw .attribute(name, expected: "a list of integers", found: "\(found)")
    }
  }

  /// Reads a list of integers that are all at least 1, such as strides.
  public func positiveInts(
    _ name: String, count: Int, default fallback: [Int]? = nil
  ) throws(ModelError) -> [Int] {
    let list = try ints(name, count: count, default: fallback)
    guard list.allSatisfy({ $0 > 0 }) else {
      throw .attribute(name, expected: "integers of at least 1", found: "\(list)")
    }
    return list
  }

  /// Reads a list of numbers; without a default it must be present.
  public func doubles(_ name: String, default fallback: [Double]? = nil) throws(ModelError)
    -> [Double]
  {
    switch values[name] {
    case .doubles(let list) where list.allSatisfy(\.isFinite): return list
    case .ints(let list): return list.map(Double.init)
    case nil:
      guard let fallback else { throw .attributeMissing(name) }
      return fallback
    case let found?: throw .attribute(name, expected: "a list of finite numbers", found: "\(found)")
    }
  }
}
