import CHDF5

extension Datatype {
  /// Creates the library's counterpart, for a new dataset or attribute, or for the memory that
  /// one is read into: both have the file's layout, so that the library converts nothing.
  func makeHandle(at location: Location) throws(HDF5Error) -> Handle {
    switch self {
    case .integer(let format):
      return try format.makeHandle(at: location)
    case .float(let format, let order):
      return try format.makeHandle(order, at: location)
    case .opaque(let byteCount, let tag):
      let type = try Handle("H5Tcreate", at: location) { H5Tcreate(H5T_OPAQUE, max(0, byteCount)) }
      let id = type.id
      // Sound: the tag's bytes live during the call.
      _ = try Library.call("H5Tset_tag", at: location) { unsafe H5Tset_tag(id, tag) }
      return type
    case .enumeration(let format, let members):
      return try Self.makeEnumeration(format, members, at: location)
    case .string(let format):
      return try format.makeHandle(at: location)
    }
  }

  private static func makeEnumeration(
    _ format: IntegerFormat, _ members: [EnumerationMember], at location: Location
  ) throws(HDF5Error) -> Handle {
    let base = try format.makeHandle(at: location)
    let type = try base.derived("H5Tenum_create", at: location) { H5Tenum_create($0) }
    let id = type.id
    for member in members {
      var pattern = format.pattern(of: member.value)
      // Sound: the library copies the base's size, at most the 8 bytes of `pattern`.
      _ = try Library.call("H5Tenum_insert", at: location) {
        unsafe H5Tenum_insert(id, member.name, &pattern)
      }
    }
    return type
  }
}

extension IntegerFormat {
  fileprivate func makeHandle(at location: Location) throws(HDF5Error) -> Handle {
    guard byteCount > 0 else {
      throw .unsupportedDatatype(location, found: "integer of \(byteCount) bytes")
    }
    let (isSigned, isBig): (Int32, Int32) = (isSigned ? 1 : 0, order == .bigEndian ? 1 : 0)
    return try Handle("H5Tcopy", at: location) {
      H5Tcopy(chdf5_integer(byteCount, isSigned, isBig))
    }
  }
}

extension FloatFormat {
  fileprivate func makeHandle(
    _ order: ByteOrder, at location: Location
  ) throws(HDF5Error) -> Handle {
    let isBig: Int32 = order == .bigEndian ? 1 : 0
    let type = try Handle("H5Tcopy", at: location) {
      H5Tcopy(self == .binary64 ? chdf5_float64(isBig) : chdf5_float32(isBig))
    }
    guard byteCount == 2 else { return type }
    // The library names no type of two bytes before 1.14.4; like h5py, shrink the one of four.
    let (id, layout) = (type.id, layout)
    _ = try Library.call("H5Tset_fields", at: location) {
      H5Tset_fields(
        id, layout.signPosition, layout.mantissaSize, layout.exponentSize, 0, layout.mantissaSize)
    }
    _ = try Library.call("H5Tset_size", at: location) { H5Tset_size(id, layout.byteCount) }
    _ = try Library.call("H5Tset_ebias", at: location) { H5Tset_ebias(id, layout.bias) }
    return type
  }
}

extension StringFormat {
  fileprivate func makeHandle(at location: Location) throws(HDF5Error) -> Handle {
    let type = try Handle("H5Tcopy", at: location) { H5Tcopy(chdf5_string()) }
    let id = type.id
    let size = fixedLength.map { max(0, $0) } ?? chdf5_variable_length()
    _ = try Library.call("H5Tset_size", at: location) { H5Tset_size(id, size) }
    _ = try Library.call("H5Tset_strpad", at: location) { H5Tset_strpad(id, paddingCode) }
    _ = try Library.call("H5Tset_cset", at: location) {
      H5Tset_cset(id, characterSet == .utf8 ? H5T_CSET_UTF8 : H5T_CSET_ASCII)
    }
    return type
  }

  private var paddingCode: H5T_str_t {
    switch padding {
    case .nullTerminated: H5T_STR_NULLTERM
    case .nullPadded: H5T_STR_NULLPAD
    case .spacePadded: H5T_STR_SPACEPAD
    }
  }

  /// The string in the bytes of a fixed length.
  func content(of bytes: some BidirectionalCollection<UInt8>) -> [UInt8] {
    switch padding {
    case .nullTerminated: Array(bytes.prefix { $0 != 0 })
    case .nullPadded: Array(bytes.prefix(upTo: Self.end(of: bytes, padding: 0)))
    case .spacePadded: Array(bytes.prefix(upTo: Self.end(of: bytes, padding: 0x20)))
    }
  }

  private static func end<Bytes: BidirectionalCollection<UInt8>>(
    of bytes: Bytes, padding: UInt8
  ) -> Bytes.Index {
    bytes.lastIndex { $0 != padding }.map { bytes.index(after: $0) } ?? bytes.startIndex
  }

  /// The bytes of all strings, each padded to `length`.
  func padded(
    _ strings: [[UInt8]], to length: Int, at location: Location
  ) throws(HDF5Error) -> [UInt8] {
    let allowed = Limits().stringByteCount
    let byteCount = product([strings.count, length]) ?? .max
    guard byteCount <= allowed else {
      throw .exceedsLimit(location, .stringByteCount, found: byteCount, allowed: allowed)
    }
    let filler: UInt8 = padding == .spacePadded ? 0x20 : 0
    var bytes: [UInt8] = []
    for string in strings {
      guard string.count <= length, padding != .nullTerminated || !string.contains(0) else {
        throw .unstorableString(location, byteCount: string.count)
      }
      bytes += string
      bytes += [UInt8](repeating: filler, count: length - string.count)
    }
    return bytes
  }
}
