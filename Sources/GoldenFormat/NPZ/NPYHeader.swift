internal import ModelGraph

/// The header of an .npy array, NumPy's format for one array (versions 1 to 3).
///
/// A magic number, the version, the length of the header (2 bytes, 4 from version
/// 2 on) and a Python dictionary with the keys `descr`, `fortran_order` and
/// `shape`. Of Python only what NumPy writes there is understood.
struct NPYHeader: Equatable {
  /// The type of the elements.
  var dtype: DType
  /// Whether the elements' bytes are in the opposite order.
  var isBigEndian: Bool
  /// Whether the first axis varies fastest.
  var isFortranOrder: Bool
  /// The size of each axis; of texts, the last one are the characters of each.
  var shape: [Int]
  /// Whether an element is a character of a text, by its number in Unicode.
  var isUnicode = false
  /// Where the elements start.
  var dataOffset: Int

  /// What an .npy file begins with.
  static let magic: [UInt8] = [0x93] + "NUMPY".utf8

  /// Reads the header at the start of an array's bytes.
  init(_ bytes: [UInt8], limits: GoldenLimits) throws(GoldenFormatError) {
    guard bytes.count >= 10, bytes.starts(with: Self.magic) else {
      throw .notNPY
    }
    guard (1...3).contains(bytes[6]), bytes[7] == 0 else {
      throw .npyVersion(Int(bytes[6]), Int(bytes[7]))
    }
    let lengthBytes = bytes[8...].prefix(bytes[6] == 1 ? 2 : 4)
    let length = lengthBytes.reversed().reduce(0) { $0 << 8 | Int($1) }
    guard length <= limits.headerByteCount else {
      throw .headerSize(length, limit: limits.headerByteCount)
    }
    dataOffset = 8 + (bytes[6] == 1 ? 2 : 4) + length
    guard dataOffset <= bytes.count else { throw .truncatedHeader }
    var parser = HeaderParser(bytes[(dataOffset - length)..<dataOffset])
    let fields = try parser.dictionary()
    guard let descr = fields.descr, let order = fields.isFortranOrder, let shape = fields.shape
    else { throw .header("'descr', 'fortran_order' and 'shape'") }
    guard shape.count <= limits.rank else { throw .rank(shape.count, limit: limits.rank) }
    isFortranOrder = order
    self.shape = shape
    if let (length, isUnicode, isBigEndian) = Self.text(descr) {
      // NumPy has at least one, and keeps those of a text together whatever the order of axes.
      guard length > 0, shape.count < limits.rank, !order || shape.count < 2 else {
        throw .unsupportedType(descr)
      }
      dtype = isUnicode ? .uint32 : .string
      self.isBigEndian = isBigEndian
      self.isUnicode = isUnicode
      self.shape.append(length)
      isFortranOrder = false
      return
    }
    (dtype, isBigEndian) = try Self.type(descr)
  }

  /// The number of bytes that the elements take.
  func byteCount() throws(GoldenFormatError) -> Int {
    guard let count = (shape + [dtype.byteCount]).checkedProduct() else {
      throw .shapeOverflow(shape)
    }
    return count
  }

  /// Texts of so many bytes (`S`) or characters (`U`).
  private static func text(
    _ descr: String
  ) -> (length: Int, isUnicode: Bool, isBigEndian: Bool)? {
    guard let order = descr.first, "<>|=".contains(order) else { return nil }
    let name = descr.dropFirst()
    guard let kind = name.first, kind == "S" || kind == "U",
      name.dropFirst().utf8.allSatisfy({ (0x30...0x39).contains($0) }),
      let length = Int(name.dropFirst())
    else { return nil }
    return (length, kind == "U", order == ">")
  }

  private static func type(_ descr: String) throws(GoldenFormatError) -> (DType, Bool) {
    guard let order = descr.first, "<>|=".contains(order) else {
      throw .unsupportedType(descr)
    }
    let name = descr.dropFirst()
    guard !name.hasPrefix("O") else { throw .pythonObjects }
    let dtype: DType? =
      switch name {
      case "b1": .bool
      case "i1": .int8
      case "i2": .int16
      case "i4": .int32
      case "i8": .int64
      case "u1": .uint8
      case "u2": .uint16
      case "u4": .uint32
      case "u8": .uint64
      case "f2": .float16
      case "f4": .float32
      case "f8": .float64
      default: nil
      }
    guard let dtype else { throw .unsupportedType(descr) }
    return (dtype, order == ">")
  }
}

/// Reads the dictionary of an .npy header, without recursion.
private struct HeaderParser {
  private var rest: ArraySlice<UInt8>

  init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

  struct Fields {
    var descr: String?
    var isFortranOrder: Bool?
    var shape: [Int]?
  }

  mutating func dictionary() throws(GoldenFormatError) -> Fields {
    var fields = Fields()
    try expect("{")
    while !take("}") {
      let key = try string()
      try expect(":")
      switch key {
      case "descr" where fields.descr == nil:
        // A list describes a structure; a structure may hold objects.
        guard !take("[") else { throw .unsupportedType("structure") }
        fields.descr = try string()
      case "fortran_order" where fields.isFortranOrder == nil: fields.isFortranOrder = try bool()
      case "shape" where fields.shape == nil: fields.shape = try tuple()
      default: throw .header("'descr', 'fortran_order' or 'shape', each once,")
      }
      guard take(",") else {
        try expect("}")
        break
      }
    }
    skipSpace()
    guard rest.isEmpty else { throw .header("end") }
    return fields
  }

  private mutating func tuple() throws(GoldenFormatError) -> [Int] {
    var sizes: [Int] = []
    try expect("(")
    while !take(")") {
      sizes.append(try integer())
      guard take(",") else {
        try expect(")")
        break
      }
    }
    return sizes
  }

  private mutating func integer() throws(GoldenFormatError) -> Int {
    skipSpace()
    let digits = rest.prefix { (0x30...0x39).contains($0) }
    guard let value = Int(String(decoding: digits, as: UTF8.self)) else {
      throw .header("axis of a size from 0 to 2^63 - 1")
    }
    rest = rest.dropFirst(digits.count)
    // Python 2 wrote long integers so.
    if rest.first == 0x4C { rest = rest.dropFirst() }
    return value
  }

  private mutating func bool() throws(GoldenFormatError) -> Bool {
    if take("True") { return true }
    guard take("False") else { throw .header("'True' or 'False'") }
    return false
  }

  private mutating func string() throws(GoldenFormatError) -> String {
    skipSpace()
    guard let quote = rest.first, quote == 0x27 || quote == 0x22 else { throw .header("text") }
    rest = rest.dropFirst()
    let text = rest.prefix { $0 != quote && $0 != 0x5C }
    guard rest.dropFirst(text.count).first == quote,
      let string = String(validating: text, as: UTF8.self)
    else { throw .header("plain text") }
    rest = rest.dropFirst(text.count + 1)
    return string
  }

  private mutating func expect(_ token: String) throws(GoldenFormatError) {
    guard take(token) else { throw .header("'\(token)'") }
  }

  private mutating func take(_ token: String) -> Bool {
    skipSpace()
    guard rest.starts(with: token.utf8) else { return false }
    rest = rest.dropFirst(token.utf8.count)
    return true
  }

  private mutating func skipSpace() {
    rest = rest.drop { $0 == 0x20 || $0 == 0x0A || $0 == 0x09 || $0 == 0x0D }
  }
}
