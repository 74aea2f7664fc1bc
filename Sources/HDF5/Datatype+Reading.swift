import CHDF5

extension Datatype {
  /// Reads the description of a datatype; all that is not in ``Datatype`` is refused.
  init(_ type: borrowing Handle, at location: Location) throws(HDF5Error) {
    let id = type.id
    guard try Library.call("H5Tcommitted", at: location, { H5Tcommitted(id) }) == 0 else {
      throw .namedDatatype(location)
    }
    // Nearly every weight is of this type, and one call is less than the eight that read a format.
    let isFloat32 = Library.query { H5Tequal(id, chdf5_float32(0)) > 0 }
    guard !isFloat32 else {
      self = .float(.binary32, .littleEndian)
      return
    }
    let kind = Library.query { H5Tget_class(id) }
    switch kind {
    case H5T_INTEGER: self = .integer(try IntegerFormat(id, at: location))
    case H5T_FLOAT: self = try Self.float(id, at: location)
    case H5T_STRING: self = .string(try StringFormat(id, at: location))
    case H5T_ENUM: self = try Self.enumeration(type, at: location)
    case H5T_OPAQUE: self = try Self.opaque(id, at: location)
    default: throw .unsupportedDatatype(location, found: Self.name(of: kind))
    }
  }

  private static func name(of kind: H5T_class_t) -> String {
    switch kind {
    case H5T_TIME: "time"
    case H5T_BITFIELD: "bit field"
    case H5T_COMPOUND: "compound"
    case H5T_REFERENCE: "reference"
    case H5T_VLEN: "variable-length sequence"
    case H5T_ARRAY: "array"
    default: "of unknown class"
    }
  }

  private static func opaque(_ id: hid_t, at location: Location) throws(HDF5Error) -> Datatype {
    // Sound: the library allocates the tag, and `takeString` copies and frees it.
    let tag = Library.query { unsafe takeString(unsafe H5Tget_tag(id)) }
    guard let tag else { throw .unsupportedDatatype(location, found: "opaque without a tag") }
    return .opaque(byteCount: try byteCount(of: id, at: location), tag: tag)
  }

  private static func float(_ id: hid_t, at location: Location) throws(HDF5Error) -> Datatype {
    let layout = try FloatLayout(id, at: location)
    let order = try ByteOrder(id, at: location)
    guard let format = FloatFormat.allCases.first(where: { $0.layout == layout }) else {
      throw .unsupportedDatatype(location, found: "float of \(layout.byteCount) bytes")
    }
    return .float(format, order)
  }

  private static func enumeration(
    _ type: borrowing Handle, at location: Location
  ) throws(HDF5Error) -> Datatype {
    let id = type.id
    let base = try type.derived("H5Tget_super", at: location) { H5Tget_super($0) }
    let format = try IntegerFormat(base.id, at: location)
    guard try byteCount(of: id, at: location) == format.byteCount else {
      throw .unsupportedDatatype(location, found: "enumeration of a size of its own")
    }
    let count = try Library.call("H5Tget_nmembers", at: location) { H5Tget_nmembers(id) }
    var members: [EnumerationMember] = []
    for index in 0..<UInt32(count) {
      // Sound: the library allocates the name, and `takeString` copies and frees it.
      let name = Library.query { unsafe takeString(unsafe H5Tget_member_name(id, index)) }
      guard let name else { throw .invalidName(location) }
      var pattern: UInt64 = 0
      // Sound: a member takes as many bytes as its base, which is at most the 8 of `pattern`.
      _ = try Library.call("H5Tget_member_value", at: location) {
        unsafe H5Tget_member_value(id, index, &pattern)
      }
      members.append(EnumerationMember(name: name, value: format.value(of: pattern)))
    }
    return .enumeration(format, members: members)
  }

  fileprivate static func byteCount(
    of id: hid_t, at location: Location
  ) throws(HDF5Error) -> Int {
    let size = Library.query { H5Tget_size(id) }
    guard size > 0, let size = Int(exactly: size) else {
      throw .unsupportedDatatype(location, found: "of \(size) bytes")
    }
    return size
  }
}

/// Copies a string that the library allocated, frees it, and refuses what is not UTF-8.
private func takeString(_ text: UnsafeMutablePointer<CChar>?) -> String? {
  guard let text = unsafe text else { return nil }
  // Sound: the library ends every such string with a null, and gave it to us to free.
  defer { unsafe H5free_memory(text) }
  return unsafe String(validatingCString: text)
}

extension ByteOrder {
  fileprivate init(_ id: hid_t, at location: Location) throws(HDF5Error) {
    switch Library.query({ H5Tget_order(id) }) {
    case H5T_ORDER_LE: self = .littleEndian
    case H5T_ORDER_BE: self = .bigEndian
    default: throw .unsupportedDatatype(location, found: "of a byte order of its own")
    }
  }
}

extension IntegerFormat {
  fileprivate init(_ id: hid_t, at location: Location) throws(HDF5Error) {
    let byteCount = try Datatype.byteCount(of: id, at: location)
    let kind = Library.query { H5Tget_class(id) }
    let precision = Library.query { H5Tget_precision(id) }
    let offset = Library.query { H5Tget_offset(id) }
    guard kind == H5T_INTEGER, [1, 2, 4, 8].contains(byteCount), precision == byteCount * 8,
      offset == 0
    else {
      throw .unsupportedDatatype(
        location, found: "integer of \(precision) bits in \(byteCount) bytes")
    }
    let sign = Library.query { H5Tget_sign(id) }
    let order = try ByteOrder(id, at: location)
    self.init(byteCount: byteCount, isSigned: sign == H5T_SGN_2, order: order)
  }

  /// The value of the bytes that the library left at the start of `pattern`.
  func value(of pattern: UInt64) -> Int64 {
    let unused = 64 - 8 * byteCount
    let value = order == .bigEndian ? pattern.byteSwapped >> unused : pattern
    return isSigned
      ? Int64(truncatingIfNeeded: value << unused) >> unused : Int64(truncatingIfNeeded: value)
  }

  /// The bytes of `value`, in the file's order, at the start of the result.
  func pattern(of value: Int64) -> UInt64 {
    let pattern = UInt64(truncatingIfNeeded: value)
    return order == .bigEndian ? (pattern << (64 - 8 * byteCount)).byteSwapped : pattern
  }
}

extension StringFormat {
  fileprivate init(_ id: hid_t, at location: Location) throws(HDF5Error) {
    let isVariable = try Library.call("H5Tis_variable_str", at: location) {
      H5Tis_variable_str(id)
    }
    let padding: Padding
    switch Library.query({ H5Tget_strpad(id) }) {
    case H5T_STR_NULLTERM: padding = .nullTerminated
    case H5T_STR_NULLPAD: padding = .nullPadded
    case H5T_STR_SPACEPAD: padding = .spacePadded
    default: throw .unsupportedDatatype(location, found: "string of unknown padding")
    }
    let characterSet: CharacterSet
    switch Library.query({ H5Tget_cset(id) }) {
    case H5T_CSET_ASCII: characterSet = .ascii
    case H5T_CSET_UTF8: characterSet = .utf8
    default: throw .unsupportedDatatype(location, found: "string of unknown characters")
    }
    self.init(
      fixedLength: isVariable > 0 ? nil : try Datatype.byteCount(of: id, at: location),
      padding: padding, characterSet: characterSet)
  }
}

/// The places of a floating-point number's parts, in bits.
struct FloatLayout: Hashable {
  var byteCount: Int
  var exponentSize: Int
  var mantissaSize: Int
  var bias: Int

  var signPosition: Int { byteCount * 8 - 1 }
}

extension FloatLayout {
  /// Reads the layout; what is not sign, exponent and mantissa with an implied bit, in this order
  /// and without gaps, is refused.
  init(_ id: hid_t, at location: Location) throws(HDF5Error) {
    var (sign, exponent, exponentSize, mantissa, mantissaSize) = (0, 0, 0, 0, 0)
    let byteCount = try Datatype.byteCount(of: id, at: location)
    // Sound: five numbers, written during the call.
    _ = try Library.call("H5Tget_fields", at: location) {
      unsafe H5Tget_fields(id, &sign, &exponent, &exponentSize, &mantissa, &mantissaSize)
    }
    let bias = Library.query { H5Tget_ebias(id) }
    let norm = Library.query { H5Tget_norm(id) }
    let precision = Library.query { H5Tget_precision(id) }
    guard norm == H5T_NORM_IMPLIED, precision == byteCount * 8, mantissa == 0,
      exponent == mantissaSize, sign == exponent + exponentSize, sign + 1 == precision,
      let bias = Int(exactly: bias)
    else { throw .unsupportedDatatype(location, found: "float of \(byteCount) bytes") }
    self.init(
      byteCount: byteCount, exponentSize: exponentSize, mantissaSize: mantissaSize, bias: bias)
  }
}

extension FloatFormat {
  /// The format's parts, as IEEE 754 gives them.
  var layout: FloatLayout {
    switch self {
    case .binary16: FloatLayout(byteCount: 2, exponentSize: 5, mantissaSize: 10, bias: 15)
    case .bfloat16: FloatLayout(byteCount: 2, exponentSize: 8, mantissaSize: 7, bias: 127)
    case .binary32: FloatLayout(byteCount: 4, exponentSize: 8, mantissaSize: 23, bias: 127)
    case .binary64: FloatLayout(byteCount: 8, exponentSize: 11, mantissaSize: 52, bias: 1023)
    }
  }
}
