internal import HDF5

/// HDF5 datatypes and storage as words, for the source record: `float32`,
/// `int64 big-endian`, `string variable ascii null-terminated`,
/// `enum int8 FALSE=0 TRUE=1`, `opaque 2`; `contiguous`, `chunked 64 64 shuffle deflate=4`,
/// `chunked 64 64 maximum=unlimited,128 shuffle` for what may grow.
///
/// Names that may hold spaces (members of enumerations, tags) are percent-encoded.
enum DatatypeText {
  static func text(_ type: Datatype) -> String {
    switch type {
    case .integer(let format): return integer(format)
    case .float(let format, let order): return name(format) + suffix(order)
    case .opaque(let byteCount, let tag):
      return "opaque \(byteCount)" + (tag.isEmpty ? "" : " " + encoded(tag))
    case .enumeration(let format, let members):
      return "enum \(integer(format))"
        + members.map { " \(encoded($0.name))=\($0.value)" }.joined()
    case .string(let format):
      let length = format.fixedLength.map(String.init) ?? "variable"
      let set = format.characterSet == .ascii ? "ascii" : "utf8"
      return "string \(length) \(set) \(padding(format.padding))"
    }
  }

  static func datatype(_ text: String) throws(KerasError) -> Datatype {
    var words = text.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
    let first = words.removeFirst()
    if let type = scalar(first, words) { return type }
    switch first {
    case "opaque":
      if let count = words.first.flatMap(length), words.count < 3,
        let tag = words.count == 2 ? decoded(words[1]) : ""
      {
        return .opaque(byteCount: count, tag: tag)
      }
    case "enum":
      let isBigEndian = words.dropFirst().first == "big-endian"
      let base = words.first.flatMap { scalar($0, isBigEndian ? ["big-endian"] : []) }
      if case .integer(let format) = base {
        let pairs = words.dropFirst(isBigEndian ? 2 : 1).map { $0.split(separator: "=") }
        let members = pairs.compactMap { pair -> EnumerationMember? in
          guard pair.count == 2, let name = decoded(String(pair[0])), let value = Int64(pair[1]),
            format.holds(value)
          else { return nil }
          return EnumerationMember(name: name, value: value)
        }
        if members.count == pairs.count { return .enumeration(format, members: members) }
      }
    case "string":
      if words.count == 3, let padding = paddings.first(where: { self.padding($0) == words[2] }),
        words[1] == "ascii" || words[1] == "utf8", words[0] == "variable" || length(words[0]) != nil
      {
        return .string(
          StringFormat(
            fixedLength: length(words[0]), padding: padding,
            characterSet: words[1] == "ascii" ? .ascii : .utf8))
      }
    default: break
    }
    throw .datatypeText(text)
  }

  static func text(_ storage: Storage) -> String {
    switch storage {
    case .contiguous: "contiguous"
    case .compact: "compact"
    case .chunked(let shape, let filters, let maximum):
      (["chunked"] + shape.map(String.init) + self.maximum(maximum) + filters.map(filter))
        .joined(separator: " ")
    }
  }

  static func storage(_ text: String) throws(KerasError) -> Storage {
    let words = text.split(separator: " ")
    switch words.first {
    case "contiguous": return .contiguous
    case "compact": return .compact
    case "chunked":
      let shape = words.dropFirst().map(String.init).prefix { length($0) != nil }
        .compactMap(length)
      var rest = words.dropFirst(1 + shape.count)
      let maximum = rest.first.flatMap(maximum) ?? []
      if !maximum.isEmpty { rest = rest.dropFirst() }
      let filters = rest.compactMap(filter)
      guard filters.count == rest.count, maximum.isEmpty || maximum.count == shape.count else {
        throw .datatypeText(text)
      }
      return .chunked(shape: shape, filters: filters, maximum: maximum)
    default: throw .datatypeText(text)
    }
  }

  // MARK: - Words

  private static func scalar(_ name: String, _ rest: [String]) -> Datatype? {
    guard rest.isEmpty || rest == ["big-endian"] else { return nil }
    let order: ByteOrder = rest.isEmpty ? .littleEndian : .bigEndian
    if let format = FloatFormat.allCases.first(where: { self.name($0) == name }) {
      return .float(format, order)
    }
    for isSigned in [true, false] {
      for byteCount in [1, 2, 4, 8] {
        let format = IntegerFormat(byteCount: byteCount, isSigned: isSigned, order: order)
        if integer(format).split(separator: " ").first.map(String.init) == name {
          return .integer(format)
        }
      }
    }
    return nil
  }

  private static func name(_ format: FloatFormat) -> String {
    switch format {
    case .binary16: "float16"
    case .bfloat16: "bfloat16"
    case .binary32: "float32"
    case .binary64: "float64"
    }
  }

  private static func integer(_ format: IntegerFormat) -> String {
    "\(format.isSigned ? "int" : "uint")\(format.byteCount * 8)" + suffix(format.order)
  }

  private static func suffix(_ order: ByteOrder) -> String {
    order == .bigEndian ? " big-endian" : ""
  }

  private static let paddings = StringFormat.Padding.allCases

  private static func padding(_ padding: StringFormat.Padding) -> String {
    switch padding {
    case .nullTerminated: "null-terminated"
    case .nullPadded: "null-padded"
    case .spacePadded: "space-padded"
    }
  }

  /// One word that says how far each axis may grow, or none.
  private static func maximum(_ maximum: [Int?]) -> [String] {
    maximum.isEmpty
      ? []
      : ["maximum=" + maximum.map { $0.map(String.init) ?? "unlimited" }.joined(separator: ",")]
  }

  /// Nil for a word that says something else.
  private static func maximum(_ word: Substring) -> [Int?]? {
    guard word.hasPrefix("maximum=") else { return nil }
    let words = word.dropFirst(8).split(separator: ",", omittingEmptySubsequences: false)
    // A dataset without elements may have no room for any.
    let lengths = words.map { Int($0).flatMap { $0 >= 0 ? $0 : nil } }
    return zip(words, lengths).allSatisfy { $0 == "unlimited" || $1 != nil } ? lengths : nil
  }

  private static func filter(_ filter: Filter) -> String {
    switch filter {
    case .deflate(let level): "deflate=\(level)"
    case .shuffle: "shuffle"
    case .fletcher32: "fletcher32"
    }
  }

  private static func filter(_ word: Substring) -> Filter? {
    switch word {
    case "shuffle": .shuffle
    case "fletcher32": .fletcher32
    default:
      word.hasPrefix("deflate=")
        ? Int(word.dropFirst(8)).flatMap { (0...9).contains($0) ? .deflate(level: $0) : nil } : nil
    }
  }

  private static func encoded(_ name: String) -> String {
    name.utf8.map { byte in
      "0"..."9" ~= Unicode.Scalar(byte) || "A"..."Z" ~= Unicode.Scalar(byte)
        || "a"..."z" ~= Unicode.Scalar(byte) || byte == UInt8(ascii: "_")
        ? String(Unicode.Scalar(byte)) : "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }.joined()
  }

  /// Nil for what `encoded` does not write.
  private static func decoded(_ text: String) -> String? {
    var bytes: [UInt8] = []
    var rest = Substring(text).utf8
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "%") else {
        bytes.append(byte)
        continue
      }
      let code = rest.prefix(2)
      guard code.count == 2, code.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
        let byte = UInt8(Substring(code), radix: 16)
      else { return nil }
      bytes.append(byte)
      rest = rest.dropFirst(2)
    }
    return String(validating: bytes, as: UTF8.self)
  }

  /// How many bytes an element has, or elements an axis: at least one, and no more than any file has.
  private static func length(_ word: String) -> Int? {
    Int(word).flatMap { (1...Int(UInt32.max)).contains($0) ? $0 : nil }
  }
}

extension IntegerFormat {
  /// Whether the type has a number, whose pattern is that of the signed type of 8 bytes.
  fileprivate func holds(_ value: Int64) -> Bool {
    guard byteCount < 8 else { return true }
    let bits = byteCount * 8
    return isSigned
      ? (-1 << (bits - 1)..<1 << (bits - 1)).contains(value) : (0..<1 << bits).contains(value)
  }
}
