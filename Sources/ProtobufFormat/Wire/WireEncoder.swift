/// Writes protobuf fields one after the other.
struct WireEncoder {
  /// What has been written.
  private(set) var bytes: [UInt8] = []

  mutating func append(_ more: [UInt8]) {
    bytes += more
  }

  mutating func varint(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(rest & 0x7f) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  mutating func tag(_ number: UInt32, _ type: WireType) {
    varint(UInt64(number) << 3 | UInt64(type.rawValue))
  }

  mutating func varint(_ number: UInt32, _ value: UInt64) {
    guard value != 0 else { return }
    tag(number, .varint)
    varint(value)
  }

  /// Unlike protobuf's own writers this writes a zero too: a checksum must be there.
  mutating func fixed64(_ number: UInt32, _ value: UInt64) {
    tag(number, .fixed64)
    bytes += value.littleEndianBytes
  }

  mutating func lengthDelimited(_ number: UInt32, _ value: some Collection<UInt8>) {
    tag(number, .lengthDelimited)
    varint(UInt64(value.count))
    bytes += value
  }

  /// The number of bytes that a varint takes.
  static func varintByteCount(_ value: Int) -> Int {
    max(1, (Int.bitWidth - value.leadingZeroBitCount + 6) / 7)
  }
}

extension UInt64 {
  /// The value as the eight bytes of a fixed64.
  var littleEndianBytes: [UInt8] {
    stride(from: 0, to: 64, by: 8).map { UInt8(truncatingIfNeeded: self >> $0) }
  }
}
