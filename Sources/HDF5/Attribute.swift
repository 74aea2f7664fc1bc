/// A small named value of a group or dataset, with all that is needed to write it again as it was.
public struct Attribute: Sendable, Hashable {
  /// The elements of an attribute.
  public enum Value: Sendable, Hashable {
    /// The elements of every type but strings: little-endian, row-major.
    case bytes([UInt8])
    /// The bytes of each string, without padding; not always valid UTF-8.
    case strings([[UInt8]])

    /// How much memory the elements take, with 16 bytes for each string.
    var byteCount: Int {
      switch self {
      case .bytes(let bytes): bytes.count
      case .strings(let strings):
        strings.reduce(0) { $0 + $1.count + storedVariableStringByteCount }
      }
    }
  }

  /// The attribute's name.
  public var name: String
  /// What an element is.
  public var datatype: Datatype
  /// The arrangement of the elements.
  public var dataspace: Dataspace
  /// The elements.
  public var value: Value

  /// Creates an attribute from its parts.
  public init(name: String, datatype: Datatype, dataspace: Dataspace, value: Value) {
    self.name = name
    self.datatype = datatype
    self.dataspace = dataspace
    self.value = value
  }

  /// Creates an attribute that is one string of variable length.
  public init(
    name: String, text: String, characterSet: StringFormat.CharacterSet = .utf8
  ) {
    self.init(
      name: name, datatype: .text(characterSet), dataspace: .scalar,
      value: .strings([Array(text.utf8)]))
  }

  /// Creates an attribute that is a list of strings.
  ///
  /// The format fits Keras's lists of names: `StringFormat(characterSet: .ascii)` is what h5py
  /// 3 makes of a list of bytes.
  public init(
    name: String, texts: [String], format: StringFormat = StringFormat(characterSet: .ascii)
  ) {
    self.init(
      name: name, datatype: .string(format), dataspace: .simple([texts.count]),
      value: .strings(texts.map { Array($0.utf8) }))
  }

  /// Whether the header of an object can hold the attribute; a larger one needs a file of
  /// ``FileWriter/Version/v18``.
  public var fitsHeader: Bool {
    guard let count = dataspace.elementCount,
      let byteCount = product([count, datatype.byteCount ?? storedVariableStringByteCount])
    else { return false }
    // A message has 64 KiB; what its own words take besides is little.
    let room = 64_512 - name.utf8.count - datatype.describedByteCount
    return byteCount <= room
  }

  /// The strings, or nil if the attribute has another type or a string is not valid UTF-8.
  public var texts: [String]? {
    guard case .strings(let strings) = value else { return nil }
    let texts = strings.compactMap { String(validating: $0, as: UTF8.self) }
    return texts.count == strings.count ? texts : nil
  }

  /// The string, or nil if the attribute is not exactly one string of valid UTF-8.
  public var text: String? {
    guard let texts, texts.count == 1 else { return nil }
    return texts.first
  }

  /// The integers, or nil if the attribute has another type or a value does not fit.
  public var integers: [Int]? {
    guard case .integer(let format) = datatype, case .bytes(let bytes) = value else { return nil }
    var integers: [Int] = []
    for start in stride(from: 0, to: bytes.count, by: format.byteCount) {
      let unit = bytes[start..<min(start + format.byteCount, bytes.count)]
      let pattern = unit.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
      let unused = 64 - 8 * format.byteCount
      if format.isSigned {
        integers.append(Int(truncatingIfNeeded: pattern << unused) >> unused)
      } else {
        guard let value = Int(exactly: pattern) else { return nil }
        integers.append(value)
      }
    }
    return integers
  }
}

extension Datatype {
  /// About how many bytes the names take with which a file describes the type.
  fileprivate var describedByteCount: Int {
    switch self {
    case .enumeration(let format, let members):
      // Names are padded to multiples of 8.
      members.reduce(0) { $0 + $1.name.utf8.count + 8 + format.byteCount }
    case .opaque(_, let tag): tag.utf8.count
    case .integer, .float, .string: 0
    }
  }
}
