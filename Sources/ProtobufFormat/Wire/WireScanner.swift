/// The ways in which protobuf writes a field's value.
enum WireType: UInt8 {
  case varint = 0
  case fixed64 = 1
  case lengthDelimited = 2
  case fixed32 = 5
}

/// A field as it lies in a message.
struct WireField {
  /// The field's number.
  let number: UInt32
  /// How the value is written.
  let type: WireType
  /// The whole field, its tag included.
  let range: Range<Int>
  /// The value, of a length-delimited field without its length.
  let payload: Range<Int>
  /// The value of a field that is not length-delimited.
  let value: UInt64
}

extension RawSpan {
  /// The byte at an offset, which is checked.
  func byte(at offset: Int) -> UInt8 {
    // Sound: any byte is a UInt8, and the span checks the offset.
    unsafe unsafeLoad(fromByteOffset: offset, as: UInt8.self)
  }

  /// Reads a varint that must end before `end`, moving `offset` behind it.
  @inline(__always)
  func varint(at offset: inout Int, end: Int) throws(ProtobufFormatError) -> UInt64 {
    // Nearly all are of one byte: tags, lengths of names, sizes.
    if offset < end, case let byte = byte(at: offset), byte < 0x80 {
      offset += 1
      return UInt64(byte)
    }
    return try longVarint(at: &offset, end: end)
  }

  private func longVarint(
    at offset: inout Int, end: Int
  ) throws(ProtobufFormatError) -> UInt64 {
    let start = offset
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while shift < 70 {
      guard offset < end else {
        throw .fieldLength(UInt64(offset - start + 1), available: end - start, offset: start)
      }
      let byte = byte(at: offset)
      offset += 1
      // The tenth byte has room for one bit only.
      guard shift < 63 || byte <= 1 else { throw .overlongVarint(offset: start) }
      value |= UInt64(byte & 0x7f) << shift
      if byte < 0x80 { return value }
      shift += 7
    }
    throw .overlongVarint(offset: start)
  }

  /// Reads the field at an offset, which must end at `end` or before.
  func field(at start: Int, end: Int) throws(ProtobufFormatError) -> WireField {
    var offset = start
    let tag = try varint(at: &offset, end: end)
    guard (1...0x1fff_ffff).contains(tag >> 3) else {
      throw .fieldNumber(tag >> 3, offset: start)
    }
    guard let type = WireType(rawValue: UInt8(tag & 7)) else {
      throw .wireType(Int(tag & 7), offset: start)
    }
    var value: UInt64 = 0
    let payloadStart: Int
    switch type {
    case .varint:
      payloadStart = offset
      value = try varint(at: &offset, end: end)
    case .fixed64, .fixed32:
      payloadStart = offset
      let count = type == .fixed64 ? 8 : 4
      guard end - offset >= count else {
        throw .fieldLength(UInt64(count), available: end - offset, offset: start)
      }
      value = littleEndian(at: offset, count: count)
      offset += count
    case .lengthDelimited:
      let length = try varint(at: &offset, end: end)
      guard length <= UInt64(end - offset) else {
        throw .fieldLength(length, available: end - offset, offset: start)
      }
      payloadStart = offset
      offset += Int(length)
    }
    return WireField(
      number: UInt32(tag >> 3), type: type, range: start..<offset, payload: payloadStart..<offset,
      value: value)
  }

  /// A copy of a range of the bytes.
  func copy(_ range: Range<Int>) -> [UInt8] {
    // Sound: `extracting` checks the range, and the bytes are copied at once.
    unsafe extracting(range).withUnsafeBytes { unsafe Array($0) }
  }

  /// A copy of ranges of the bytes, one after the other.
  func copy(_ ranges: [Range<Int>]) -> [UInt8] {
    var copy: [UInt8] = []
    copy.reserveCapacity(ranges.reduce(0) { $0 + $1.count })
    // Sound: `extracting` checks the range, and the bytes are copied at once.
    for range in ranges {
      unsafe extracting(range).withUnsafeBytes { unsafe copy.append(contentsOf: $0) }
    }
    return copy
  }

  /// A range of the bytes as text, or `nil` where it is not UTF-8 or has a NUL.
  ///
  /// protobuf-c ends a text at a NUL: what other readers see would be another text.
  func text(_ range: Range<Int>) -> String? {
    // Sound, here and below: `extracting` checks the range, and the bytes are lent for the call.
    unsafe extracting(range).withUnsafeBytes { bytes in
      if unsafe bytes.isASCIIText { return unsafe String(decoding: bytes, as: UTF8.self) }
      return unsafe bytes.contains(0) ? nil : String(validating: bytes, as: UTF8.self)
    }
  }

  /// Whether `text(_:)` would be a text; for ASCII, as nearly all is, none is made.
  func isText(_ range: Range<Int>) -> Bool {
    unsafe extracting(range).withUnsafeBytes { unsafe $0.isASCIIText } || text(range) != nil
  }

  private func littleEndian(at offset: Int, count: Int) -> UInt64 {
    var value: UInt64 = 0
    for index in (0..<count).reversed() { value = value << 8 | UInt64(byte(at: offset + index)) }
    return value
  }
}

extension UnsafeRawBufferPointer {
  /// Whether the bytes are a text of ASCII, as nearly all texts are, without a NUL.
  fileprivate var isASCIIText: Bool { unsafe allSatisfy { (1..<0x80).contains($0) } }
}
