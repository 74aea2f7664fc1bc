import CZlib

/// Takes the filters of a chunk back, and holds every length against what was declared.
///
/// libhdf5 gives a chunk that unpacks to less than its shape needs the rest of a buffer that it
/// never filled, whatever had been in that memory.
struct ChunkDecoder {
  /// What was done to each chunk, in this order.
  let filters: [Filter]
  /// How many bytes an element has.
  let elementByteCount: Int
  /// How many bytes a chunk has.
  let byteCount: Int

  /// The most that a byte of deflate's stands for.
  private static let deflateRatio = 1_032

  /// How many bytes there can be at most once the filters are taken back.
  static func byteCount(unpackedFrom stored: Int, _ filters: [Filter]) -> Int {
    guard filters.contains(where: \.isDeflate) else { return stored }
    let (most, overflows) = stored.multipliedReportingOverflow(by: deflateRatio)
    return overflows ? .max : most
  }

  /// What is wrong with a chunk.
  enum Failure: Error {
    case length(found: Int)
    case damaged(String)
  }

  /// The bytes of a chunk.
  ///
  /// - Parameters:
  ///   - stored: What the file has.
  ///   - mask: The filters that were left out, a bit for each.
  func decode(_ stored: consuming [UInt8], mask: UInt32) throws(Failure) -> [UInt8] {
    guard filters.count < 32, mask >> UInt32(filters.count) == 0 else {
      throw .damaged("leaves out filters that there are not")
    }
    let applied = filters.indices.filter { mask >> UInt32($0) & 1 == 0 }
    var bytes = stored
    for index in applied.reversed() {
      switch filters[index] {
      case .fletcher32: bytes = try Self.withoutChecksum(bytes)
      case .shuffle: bytes = unshuffled(bytes)
      case .deflate:
        let before = applied.prefix { $0 < index }
        guard !before.contains(where: { filters[$0].isDeflate }) else {
          throw .damaged("is compressed twice")
        }
        let sums = before.count { filters[$0] == .fletcher32 }
        bytes = try inflated(bytes, to: byteCount + Self.checksumByteCount * sums)
      }
    }
    guard bytes.count == byteCount else { throw .length(found: bytes.count) }
    return bytes
  }

  /// Unpacks zlib's format, to neither more nor less than is expected.
  private func inflated(_ bytes: [UInt8], to expected: Int) throws(Failure) -> [UInt8] {
    // Before memory is asked for.
    let most = Self.byteCount(unpackedFrom: bytes.count, filters)
    guard expected <= most else { throw .length(found: most) }
    var result = [UInt8](repeating: 0, count: expected)
    var (written, read) = (uLongf(expected), uLong(bytes.count))
    // Sound: zlib writes at most `written` bytes and reads at most `read`.
    let code = unsafe uncompress2(&result, &written, bytes, &read)
    switch code {
    case Z_OK where read == bytes.count:
      guard written == expected else { throw .length(found: Int(written)) }
      return result
    case Z_OK: throw .damaged("has \(bytes.count - Int(read)) bytes behind its compressed ones")
    case Z_BUF_ERROR: throw .damaged("does not unpack to \(expected) bytes")
    default: throw .damaged("cannot be unpacked")
    }
  }

  /// Brings the bytes of each element together; those behind the last whole element stay.
  private func unshuffled(_ bytes: [UInt8]) -> [UInt8] {
    let count = bytes.count / max(1, elementByteCount)
    guard elementByteCount > 1, count > 1 else { return bytes }
    var result = bytes
    for place in 0..<elementByteCount {
      for element in 0..<count {
        result[element * elementByteCount + place] = bytes[place * count + element]
      }
    }
    return result
  }

  private static let checksumByteCount = 4

  private static func withoutChecksum(_ bytes: [UInt8]) throws(Failure) -> [UInt8] {
    guard bytes.count >= checksumByteCount else { throw .length(found: 0) }
    let content = bytes.dropLast(checksumByteCount)
    let stored = bytes.suffix(checksumByteCount).reversed().reduce(UInt32(0)) {
      $0 << 8 | UInt32($1)
    }
    guard fletcher32(content) == stored else { throw .damaged("does not match its checksum") }
    return Array(content)
  }

  /// Fletcher's sum of 16-bit words, the more significant byte first, as libhdf5 computes it
  /// (`H5_checksum_fletcher32`).
  private static func fletcher32(_ bytes: ArraySlice<UInt8>) -> UInt32 {
    var (first, second) = (UInt32(0), UInt32(0))
    var (index, left) = (bytes.startIndex, bytes.count / 2)
    func reduced(_ sum: UInt32) -> UInt32 { (sum & 0xFFFF) + (sum >> 16) }
    while left > 0 {
      // As many as the sums can take before they overflow.
      for _ in 0..<min(left, 360) {
        first &+= UInt32(bytes[index]) << 8 | UInt32(bytes[index + 1])
        second &+= first
        index += 2
      }
      left -= min(left, 360)
      (first, second) = (reduced(first), reduced(second))
    }
    if !bytes.count.isMultiple(of: 2) {
      first &+= UInt32(bytes[index]) << 8
      second &+= first
      (first, second) = (reduced(first), reduced(second))
    }
    return reduced(second) << 16 | reduced(first)
  }
}

extension Filter {
  /// Whether it makes bytes fewer.
  var isDeflate: Bool {
    if case .deflate = self { true } else { false }
  }
}
