internal import Checksums

extension Checksum {
  /// A checksum as `header_checksum` states it, where 0 means that none is stated.
  static func stated(_ value: UInt64) -> UInt64 { max(1, value) }

  /// The checksum of a file without payloads, which are not looked at.
  ///
  /// - Parameter payloads: Where the payloads are, in order.
  /// - Parameter own: Where the file itself states the checksum, outside the payloads:
  ///   these bytes are taken as zeros.
  static func of(
    _ bytes: RawSpan, without payloads: some Sequence<Range<Int>>, own: Range<Int>? = nil
  ) -> UInt64 {
    var gaps = Array(payloads)
    if let own {
      let place = gaps.firstIndex { $0.lowerBound > own.lowerBound } ?? gaps.endIndex
      gaps.insert(own, at: place)
    }
    let checksum = Checksum()
    var offset = 0
    for gap in gaps {
      checksum.add(bytes.extracting(offset..<gap.lowerBound))
      if gap == own { checksum.add(unsafe [UInt8](repeating: 0, count: gap.count).span.bytes) }
      offset = gap.upperBound
    }
    checksum.add(bytes.extracting(offset..<bytes.byteCount))
    return checksum.value
  }
}
