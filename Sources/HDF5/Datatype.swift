/// What an element of a dataset or attribute is, and how the file stores it.
///
/// Bytes that this module returns or takes are always little-endian; the byte order here says how
/// the file holds them.
public enum Datatype: Sendable, Hashable {
  /// An integer.
  case integer(IntegerFormat)
  /// A floating-point number.
  case float(FloatFormat, ByteOrder)
  /// Bytes without a meaning to the library; Keras stores bfloat16 so, with an empty tag.
  case opaque(byteCount: Int, tag: String)
  /// Integers with names.
  case enumeration(IntegerFormat, members: [EnumerationMember])
  /// Text.
  case string(StringFormat)

  /// Bytes of one element, or nil for strings of variable length.
  public var byteCount: Int? {
    switch self {
    case .integer(let format), .enumeration(let format, _): format.byteCount
    case .float(let format, _): format.byteCount
    case .opaque(let byteCount, _): byteCount
    case .string(let format): format.fixedLength
    }
  }

  /// Whether this is the type that h5py stores booleans as: `FALSE` and `TRUE` over one byte.
  public var isBoolean: Bool {
    guard case .enumeration(let format, let members) = self else { return false }
    return format.byteCount == 1
      && Set(members) == [.init(name: "FALSE", value: 0), .init(name: "TRUE", value: 1)]
  }
}

/// The order of a number's bytes in the file.
public enum ByteOrder: Sendable, Hashable {
  /// Least significant byte first.
  case littleEndian
  /// Most significant byte first.
  case bigEndian
}

/// A two's complement or unsigned integer of 1, 2, 4 or 8 bytes.
public struct IntegerFormat: Sendable, Hashable {
  /// Bytes of one integer.
  public var byteCount: Int
  /// Whether it can be negative.
  public var isSigned: Bool
  /// How the file holds its bytes.
  public var order: ByteOrder

  /// Creates a format; the order is that of nearly all files.
  public init(byteCount: Int, isSigned: Bool, order: ByteOrder = .littleEndian) {
    self.byteCount = byteCount
    self.isSigned = isSigned
    self.order = order
  }
}

/// The layouts of bits of floating-point numbers.
public enum FloatFormat: String, Sendable, Hashable, CaseIterable {
  /// IEEE 754 half precision.
  case binary16
  /// The upper half of `binary32`, as newer libraries store it natively.
  case bfloat16
  /// IEEE 754 single precision.
  case binary32
  /// IEEE 754 double precision.
  case binary64

  /// Bytes of one number.
  public var byteCount: Int {
    switch self {
    case .binary16, .bfloat16: 2
    case .binary32: 4
    case .binary64: 8
    }
  }
}

/// A name and its value in an enumeration.
public struct EnumerationMember: Sendable, Hashable {
  /// The member's name.
  public var name: String
  /// The member's value; the bit pattern, if the base is an unsigned integer of 8 bytes.
  public var value: Int64

  /// Creates a member.
  public init(name: String, value: Int64) {
    self.name = name
    self.value = value
  }
}

/// How strings are stored.
public struct StringFormat: Sendable, Hashable {
  /// How a string is told from the bytes after it.
  public enum Padding: Sendable, Hashable, CaseIterable {
    /// It ends at the first null.
    case nullTerminated
    /// It ends before the nulls at the end.
    case nullPadded
    /// It ends before the spaces at the end.
    case spacePadded
  }

  /// What its bytes mean.
  public enum CharacterSet: Sendable, Hashable, CaseIterable {
    /// ASCII; files of Keras have UTF-8 under this name as well.
    case ascii
    /// UTF-8.
    case utf8
  }

  /// Bytes that each string takes, or nil if each takes what it needs.
  public var fixedLength: Int?
  /// How a string is told from the bytes after it.
  public var padding: Padding
  /// What the bytes mean.
  public var characterSet: CharacterSet

  /// Creates a format; the defaults are those of h5py for Python's `str`.
  public init(
    fixedLength: Int? = nil, padding: Padding = .nullTerminated, characterSet: CharacterSet = .utf8
  ) {
    self.fixedLength = fixedLength
    self.padding = padding
    self.characterSet = characterSet
  }
}

// MARK: - Common types

extension Datatype {
  /// Half precision, little-endian.
  public static var float16: Datatype { .float(.binary16, .littleEndian) }
  /// Single precision, little-endian.
  public static var float32: Datatype { .float(.binary32, .littleEndian) }
  /// Double precision, little-endian.
  public static var float64: Datatype { .float(.binary64, .littleEndian) }
  /// bfloat16 as Keras stores it: two opaque bytes.
  public static var kerasBFloat16: Datatype { .opaque(byteCount: 2, tag: "") }
  /// A boolean as h5py stores it.
  public static var boolean: Datatype {
    .enumeration(
      IntegerFormat(byteCount: 1, isSigned: true),
      members: [.init(name: "FALSE", value: 0), .init(name: "TRUE", value: 1)])
  }
  /// Strings of any length.
  public static func text(_ characterSet: StringFormat.CharacterSet = .utf8) -> Datatype {
    .string(StringFormat(characterSet: characterSet))
  }
}

extension Datatype: CustomStringConvertible {
  /// A short name, such as `int32` or `float64 (big-endian)`.
  public var description: String {
    switch self {
    case .integer(let format): format.description
    case .float(let format, let order): format.rawValue + order.suffix
    case .opaque(let byteCount, _): "opaque of \(byteCount) bytes"
    case .enumeration(let format, _): isBoolean ? "boolean" : "enumeration over \(format)"
    case .string(let format):
      format.fixedLength.map { "string of \($0) bytes" } ?? "string of variable length"
    }
  }
}

extension IntegerFormat: CustomStringConvertible {
  /// A short name, such as `uint8`.
  public var description: String {
    "\(isSigned ? "int" : "uint")\(byteCount * 8)\(byteCount > 1 ? order.suffix : "")"
  }
}

extension ByteOrder {
  fileprivate var suffix: String { self == .bigEndian ? " (big-endian)" : "" }
}

extension Datatype {
  /// The width of the units whose bytes are in the other order in the file, or nil if none are.
  var swappedWidth: Int? {
    switch self {
    case .integer(let format), .enumeration(let format, _):
      format.order == .bigEndian && format.byteCount > 1 ? format.byteCount : nil
    case .float(let format, .bigEndian): format.byteCount
    default: nil
    }
  }
}

/// Reverses the bytes of every unit of `width` bytes.
func swapBytes(_ bytes: UnsafeMutableRawBufferPointer, width: Int) {
  for start in stride(from: 0, to: bytes.count - bytes.count % width, by: width) {
    for offset in 0..<(width / 2) {
      // Sound: both are within the unit, which is within the buffer; the subscript checks in debug.
      unsafe bytes.swapAt(start + offset, start + width - 1 - offset)
    }
  }
}
