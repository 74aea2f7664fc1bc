internal import OrderedCollections

/// Where a text stops being JSON.
struct JSONError: Error, Hashable {
  /// The byte at which it stops, counted from 0.
  var offset: Int
  /// What should be there.
  var expected: String
}

/// Parses what Python's `json.dumps` writes, to a limited depth.
struct JSONParser {
  /// How deep arrays and objects may be nested.
  static let maximumDepth = 512

  private let bytes: [UInt8]
  private var position = 0
  private var depth = 0

  /// Parses a whole text.
  static func parse(_ bytes: [UInt8]) throws(JSONError) -> JSONValue {
    var parser = JSONParser(bytes: bytes)
    parser.skipSpace()
    let value = try parser.value()
    parser.skipSpace()
    guard parser.position == bytes.count else {
      throw JSONError(offset: parser.position, expected: "the end of the text")
    }
    return value
  }

  private init(bytes: [UInt8]) {
    self.bytes = bytes
  }

  private var byte: UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func skipSpace() {
    while let byte, byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 { position += 1 }
  }

  private mutating func take(_ expected: Unicode.Scalar) throws(JSONError) {
    guard byte == UInt8(ascii: expected) else {
      throw JSONError(offset: position, expected: "'\(expected)'")
    }
    position += 1
  }

  private mutating func value() throws(JSONError) -> JSONValue {
    switch byte {
    case UInt8(ascii: "{"):
      return try nested { parser throws(JSONError) in try parser.objectValue() }
    case UInt8(ascii: "["):
      return try nested { parser throws(JSONError) in try parser.arrayValue() }
    case UInt8(ascii: "\""): return .string(try text())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    case UInt8(ascii: "N"): return try word("NaN", .double(.nan))
    case UInt8(ascii: "I"): return try word("Infinity", .double(.infinity))
    case UInt8(ascii: "-")
    where position + 1 < bytes.count && bytes[position + 1] == UInt8(ascii: "I"):
      return try word("-Infinity", .double(-.infinity))
    default: return try number()
    }
  }

  private mutating func nested(
    _ body: (inout JSONParser) throws(JSONError) -> JSONValue
  ) throws(JSONError) -> JSONValue {
    guard depth < Self.maximumDepth else {
      throw JSONError(offset: position, expected: "at most \(Self.maximumDepth) levels of nesting")
    }
    depth += 1
    defer { depth -= 1 }
    return try body(&self)
  }

  private mutating func objectValue() throws(JSONError) -> JSONValue {
    try take("{")
    var members: OrderedDictionary<String, JSONValue> = [:]
    skipSpace()
    if byte == UInt8(ascii: "}") {
      position += 1
      return .object(members)
    }
    while true {
      skipSpace()
      let key = try text()
      skipSpace()
      try take(":")
      skipSpace()
      members[key] = try value()
      skipSpace()
      guard byte == UInt8(ascii: ",") else {
        try take("}")
        return .object(members)
      }
      position += 1
    }
  }

  private mutating func arrayValue() throws(JSONError) -> JSONValue {
    try take("[")
    var elements: [JSONValue] = []
    skipSpace()
    if byte == UInt8(ascii: "]") {
      position += 1
      return .array(elements)
    }
    while true {
      skipSpace()
      elements.append(try value())
      skipSpace()
      guard byte == UInt8(ascii: ",") else {
        try take("]")
        return .array(elements)
      }
      position += 1
    }
  }

  private mutating func word(_ word: String, _ value: JSONValue) throws(JSONError) -> JSONValue {
    guard bytes[position...].starts(with: word.utf8) else {
      throw JSONError(offset: position, expected: word)
    }
    position += word.utf8.count
    return value
  }

  private mutating func number() throws(JSONError) -> JSONValue {
    let start = position
    while let byte, "+-.0123456789eE".utf8.contains(byte) { position += 1 }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    if let value = Int(text) { return .int(value) }
    guard let value = Double(text) else { throw JSONError(offset: start, expected: "a value") }
    return .double(value)
  }

  private mutating func text() throws(JSONError) -> String {
    try take("\"")
    // Most texts have nothing that is escaped.
    let start = position
    while let byte, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") { position += 1 }
    var units = Array(bytes[start..<position])
    while let byte {
      position += 1
      switch byte {
      case UInt8(ascii: "\""): return String(decoding: units, as: UTF8.self)
      case UInt8(ascii: "\\"): try escape(into: &units)
      default: units.append(byte)
      }
    }
    throw JSONError(offset: position, expected: "'\"'")
  }

  private mutating func escape(into units: inout [UInt8]) throws(JSONError) {
    guard let byte else { throw JSONError(offset: position, expected: "an escaped character") }
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): units.append(byte)
    case UInt8(ascii: "b"): units.append(0x08)
    case UInt8(ascii: "f"): units.append(0x0c)
    case UInt8(ascii: "n"): units.append(0x0a)
    case UInt8(ascii: "r"): units.append(0x0d)
    case UInt8(ascii: "t"): units.append(0x09)
    case UInt8(ascii: "u"):
      var code = try hexadecimal()
      let isPair =
        code & 0xfc00 == 0xd800 && bytes[position...].starts(with: [0x5c, UInt8(ascii: "u")])
      if isPair {
        position += 2
        let low = try hexadecimal()
        code = 0x10000 + (code & 0x3ff) << 10 + low & 0x3ff
      }
      units.append(contentsOf: String(Unicode.Scalar(code) ?? "\u{fffd}").utf8)
    default: throw JSONError(offset: position - 1, expected: "an escaped character")
    }
  }

  private mutating func hexadecimal() throws(JSONError) -> UInt32 {
    let end = position + 4
    // `UInt32` alone would take a sign.
    guard end <= bytes.count,
      bytes[position..<end].allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
      let code = UInt32(String(decoding: bytes[position..<end], as: UTF8.self), radix: 16)
    else { throw JSONError(offset: position, expected: "four hexadecimal digits") }
    position = end
    return code
  }
}
