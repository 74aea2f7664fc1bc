internal import OrderedCollections
internal import ModelGraph

/// Reads a layer's configuration: each value by its key, in one of the forms
/// that any version of Keras writes it in.
struct ConfigReader {
  /// The members of `config`.
  let config: JSONValue
  /// The version that wrote them.
  let version: KerasVersion
  /// How many layers it is inside of.
  var depth = 0
  /// The keys that were looked at.
  let read = ReadKeys()

  /// Whether there is a value that is not null.
  func has(_ key: String) -> Bool { value(key) != nil }

  /// The value under a key, or `nil` where there is none or it is null.
  func value(_ key: String) -> JSONValue? {
    read.insert(key)
    return config[key]
  }

  func wrong(_ key: String, _ expected: String) -> KerasError {
    .configuration(
      key: key, expected: expected, found: config[key].map(\.excerpt) ?? "nothing")
  }

  func bool(_ key: String, default fallback: Bool) throws(KerasError) -> Bool {
    guard let value = value(key) else { return fallback }
    switch value {
    case .bool(let flag): return flag
    case .int(0): return false
    case .int(1): return true
    default: throw wrong(key, "true or false")
    }
  }

  func int(_ key: String, default fallback: Int? = nil) throws(KerasError) -> Int {
    guard let value = value(key) else {
      guard let fallback else { throw wrong(key, "an integer") }
      return fallback
    }
    guard let number = value.int else { throw wrong(key, "an integer") }
    return number
  }

  func double(_ key: String, default fallback: Double? = nil) throws(KerasError) -> Double {
    guard let value = value(key) else {
      guard let fallback else { throw wrong(key, "a number") }
      return fallback
    }
    guard let number = Self.numbers(value), number.count == 1 else { throw wrong(key, "a number") }
    return number[0]
  }

  func string(_ key: String, default fallback: String? = nil) throws(KerasError) -> String {
    guard let value = value(key) else {
      guard let fallback else { throw wrong(key, "a text") }
      return fallback
    }
    guard let text = value.string else { throw wrong(key, "a text") }
    return text
  }

  /// A list of one integer per spatial axis; one integer stands for all axes.
  func perAxis(_ key: String, rank: Int) throws(KerasError) -> [Int] {
    guard let value = value(key) else { throw wrong(key, "\(rank) integers") }
    if let number = value.int { return Array(repeating: number, count: rank) }
    let list = value.array?.compactMap(\.int) ?? []
    guard list.count == rank, list.count == value.array?.count else {
      throw wrong(key, rank == 1 ? "an integer" : "\(rank) integers")
    }
    return list
  }

  /// One integer or a list of them.
  func ints(_ key: String, default fallback: [Int]? = nil) throws(KerasError) -> [Int] {
    guard let value = value(key) else {
      guard let fallback else { throw wrong(key, "integers") }
      return fallback
    }
    if let number = value.int { return [number] }
    guard let list = value.array else { throw wrong(key, "integers") }
    let numbers = list.compactMap(\.int)
    guard numbers.count == list.count else { throw wrong(key, "integers") }
    return numbers
  }

  /// Sizes before and after each spatial axis, as one flat list.
  func beforeAndAfter(_ key: String, rank: Int) throws(KerasError) -> [Int] {
    let value = value(key) ?? .null
    if let number = value.int { return Array(repeating: number, count: 2 * rank) }
    let expected = "sizes before and after each of \(rank) axes"
    guard let list = value.array else { throw wrong(key, expected) }
    if rank == 1 {
      let pair = list.compactMap(\.int)
      guard pair.count == 2, list.count == 2 else { throw wrong(key, expected) }
      return pair
    }
    guard list.count == rank else { throw wrong(key, expected) }
    var sizes: [Int] = []
    for axis in list {
      if let both = axis.int {
        sizes += [both, both]
      } else {
        let pair = axis.array?.compactMap(\.int) ?? []
        guard pair.count == 2, axis.array?.count == 2 else { throw wrong(key, expected) }
        sizes += pair
      }
    }
    return sizes
  }

  /// A number or a list of numbers in any nesting, flat.
  func doubles(_ key: String, default fallback: [Double]? = nil) throws(KerasError) -> [Double] {
    guard let value = value(key) else {
      guard let fallback else { throw wrong(key, "a number or numbers") }
      return fallback
    }
    guard let numbers = Self.numbers(value) else { throw wrong(key, "a number or numbers") }
    return numbers
  }

  /// A list of texts.
  func strings(_ key: String) throws(KerasError) -> [String] {
    guard let list = value(key)?.array else { throw wrong(key, "a list of texts") }
    let texts = list.compactMap(\.string)
    guard texts.count == list.count else { throw wrong(key, "a list of texts") }
    return texts
  }

  /// Reads a value of a form, under its key, as an attribute of the same name.
  func read(_ key: String, _ form: AttributeForm, into attributes: inout Attributes) throws {
    switch form {
    case .flag: attributes[key] = .bool(try bool(key, default: false))
    case .integer: attributes[key] = .int(try int(key))
    case .number: attributes[key] = .double(try double(key))
    case .text: attributes[key] = .string(try string(key))
    case .integers: attributes[key] = .ints(try ints(key))
    case .numbers: attributes[key] = .doubles(try doubles(key))
    case .texts: attributes[key] = .strings(try strings(key))
    case .sizes(let rank): attributes[key] = .ints(try perAxis(key, rank: rank))
    case .margins(let rank): attributes[key] = .ints(try beforeAndAfter(key, rank: rank))
    case .activation: attributes = attributes.merging(try activation(key).attributes(under: key))
    case .layer: try layer(key, into: &attributes)
    case .layers: try layers(key, into: &attributes)
    case .implied: attributes[key] = try value(key)?.bool.map { .bool($0) } ?? .string(string(key))
    }
  }

  /// Numbers as JSON has them, alone, in nested lists, or wrapped as an array of NumPy.
  static func numbers(_ value: JSONValue) -> [Double]? {
    if let number = value.double { return [number] }
    if let list = value.array {
      let parts = list.compactMap(numbers)
      return parts.count == list.count ? parts.flatMap(\.self) : nil
    }
    if let wrapped = value["config"]?["value"] ?? value["value"] { return numbers(wrapped) }
    return nil
  }

  /// Every value that is a number, a text, a truth value or a list of them.
  var plainAttributes: Attributes {
    var attributes = Attributes()
    for (key, value) in config.object ?? [:] {
      switch value {
      case .bool(let flag): attributes[key] = .bool(flag)
      case .int(let number): attributes[key] = .int(number)
      case .double(let number): attributes[key] = .double(number)
      case .string(let text): attributes[key] = .string(text)
      case .array(let list):
        if list.compactMap(\.int).count == list.count {
          attributes[key] = .ints(list.compactMap(\.int))
        } else if list.compactMap(\.double).count == list.count {
          attributes[key] = .doubles(list.compactMap(\.double))
        } else if list.compactMap(\.string).count == list.count {
          attributes[key] = .strings(list.compactMap(\.string))
        }
      case .null, .object: break
      }
    }
    return attributes
  }
}
