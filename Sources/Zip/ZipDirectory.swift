internal import CDeflate

/// Where the members of a zip file lie in it, which libzip does not tell.
///
/// What is found is held against what libzip says of the same member: an archive that can be understood in
/// two ways is refused. The format is PKWARE's, `APPNOTE.TXT` 6.3.
public struct ZipDirectory {
  private struct Entry {
    var name: [UInt8]
    var timestamp: Int
    var checksum: Int
    var storedByteCount: Int
    var headerOffset: Int
  }

  private let entries: [Entry]

  /// Reads the directory of a whole file.
  ///
  /// - Throws: `ZipError.disagreement` for what is no directory.
  public init(_ bytes: RawSpan) throws(ZipError) {
    guard let end = Self.end(of: bytes), var count = bytes.number(at: end + 10, width: 2),
      var place = bytes.number(at: end + 16, width: 4)
    else { throw .disagreement }
    // Larger archives have a second record, which a third one points to.
    var directoryEnd = end
    if bytes.number(at: end - 20, width: 4) == 0x0706_4B50 {
      guard let record = bytes.number(at: end - 12, width: 8),
        bytes.number(at: record, width: 4) == 0x0606_4B50,
        let largeCount = bytes.number(at: record + 32, width: 8),
        let largePlace = bytes.number(at: record + 48, width: 8)
      else { throw .disagreement }
      (count, place, directoryEnd) = (largeCount, largePlace, record)
    }
    // Each entry has 46 bytes and its name.
    guard count <= bytes.byteCount / 46 else { throw .disagreement }
    var entries: [Entry] = []
    for _ in 0..<count {
      guard let (entry, next) = Self.entry(bytes, at: place) else { throw .disagreement }
      entries.append(entry)
      place = next
    }
    // Who looks for the directory before its record finds this one, and no other.
    guard place == directoryEnd else { throw .disagreement }
    self.entries = entries
  }

  /// The place of the record at the end, of 22 bytes and a comment.
  ///
  /// `nil` where there is none, or where more than one may be meant.
  private static func end(of bytes: RawSpan) -> Int? {
    let last = bytes.byteCount - 22
    guard last >= 0 else { return nil }
    let found = stride(from: bytes.byteCount - 4, through: max(0, last - 0xFFFF), by: -1).filter {
      bytes.number(at: $0, width: 4) == 0x0605_4B50
    }
    guard found.count == 1, bytes.number(at: found[0] + 20, width: 2) == last - found[0] else {
      return nil
    }
    return found[0]
  }

  private static func entry(_ bytes: RawSpan, at place: Int) -> (Entry, next: Int)? {
    guard bytes.number(at: place, width: 4) == 0x0201_4B50,
      let timestamp = bytes.number(at: place + 12, width: 4),
      let checksum = bytes.number(at: place + 16, width: 4),
      var stored = bytes.number(at: place + 20, width: 4),
      let size = bytes.number(at: place + 24, width: 4),
      let nameCount = bytes.number(at: place + 28, width: 2),
      let extraCount = bytes.number(at: place + 30, width: 2),
      let commentCount = bytes.number(at: place + 32, width: 2),
      var header = bytes.number(at: place + 42, width: 4),
      let name = bytes.bytes(at: place + 46, count: nameCount)
    else { return nil }
    let extra = place + 46 + nameCount
    if stored == 0xFFFF_FFFF || header == 0xFFFF_FFFF {
      guard var large = Self.largeNumbers(bytes, extra..<extra + extraCount) else { return nil }
      if size == 0xFFFF_FFFF { large += 8 }
      if stored == 0xFFFF_FFFF {
        guard let number = bytes.number(at: large, width: 8) else { return nil }
        stored = number
        large += 8
      }
      if header == 0xFFFF_FFFF {
        guard let number = bytes.number(at: large, width: 8) else { return nil }
        header = number
      }
    }
    return (
      Entry(
        name: name, timestamp: timestamp, checksum: checksum, storedByteCount: stored,
        headerOffset: header),
      extra + extraCount + commentCount
    )
  }

  /// Where the numbers of 8 bytes begin, for those that 4 bytes cannot hold.
  private static func largeNumbers(_ bytes: RawSpan, _ extra: Range<Int>) -> Int? {
    var place = extra.lowerBound
    while place + 4 <= extra.upperBound {
      guard let kind = bytes.number(at: place, width: 2),
        let count = bytes.number(at: place + 2, width: 2)
      else { return nil }
      if kind == 1 { return place + 4 }
      place += 4 + count
    }
    return nil
  }

  /// When a member was last changed, as MS-DOS says it: the date in the upper half, the time in the lower.
  ///
  /// - Throws: `ZipError.disagreement` where the directory and libzip do not say the same of the member.
  public func timestamp(of member: ZipArchive.Member) throws(ZipError) -> UInt32 {
    UInt32(truncatingIfNeeded: try entry(of: member).timestamp)
  }

  private func entry(of member: ZipArchive.Member) throws(ZipError) -> Entry {
    guard let index = Int(exactly: member.index), entries.indices.contains(index),
      entries[index].name.elementsEqual(member.name.utf8),
      entries[index].checksum == Int(member.checksum),
      entries[index].storedByteCount == member.storedByteCount
    else { throw .member(member.name, .disagreement) }
    return entries[index]
  }

  /// Where the bytes of a member stand in the file.
  ///
  /// - Parameter bytes: The whole file.
  /// - Throws: `ZipError.disagreement` where the directory, the member's own header and libzip do not say the
  ///   same.
  public func range(
    of member: ZipArchive.Member, in bytes: RawSpan
  ) throws(ZipError) -> Range<Int> {
    let entry = try entry(of: member)
    guard bytes.number(at: entry.headerOffset, width: 4) == 0x0403_4B50,
      let nameCount = bytes.number(at: entry.headerOffset + 26, width: 2),
      let extraCount = bytes.number(at: entry.headerOffset + 28, width: 2),
      bytes.bytes(at: entry.headerOffset + 30, count: nameCount) == entry.name
    else { throw .member(member.name, .disagreement) }
    let start = entry.headerOffset + 30 + nameCount + extraCount
    guard member.storedByteCount <= bytes.byteCount - start else {
      throw .member(member.name, .disagreement)
    }
    return start..<start + member.storedByteCount
  }

  /// Holds the bytes of a stored member against its checksum.
  ///
  /// - Throws: `ZipError.checksum` where they differ.
  public static func check(
    _ member: ZipArchive.Member, at range: Range<Int>, in bytes: RawSpan
  ) throws(ZipError) {
    // Sound: the pointer and the count are those of the span, which is lent for the call.
    let sum = unsafe bytes.extracting(range).withUnsafeBytes {
      unsafe libdeflate_crc32(0, $0.baseAddress, $0.count)
    }
    // That of no bytes is asked for without a pointer, which means the first value.
    guard sum == member.checksum else { throw .member(member.name, .checksum) }
  }
}

extension RawSpan {
  /// A number without a sign, the lowest byte first; `nil` where it does not lie within the bytes, or is
  /// too large.
  func number(at place: Int, width: Int) -> Int? {
    guard place >= 0, place <= byteCount - width else { return nil }
    var number: UInt64 = 0
    for index in (0..<width).reversed() {
      // Sound: the place is inside, and any byte is a number.
      number =
        number << 8 | UInt64(unsafe unsafeLoad(fromByteOffset: place + index, as: UInt8.self))
    }
    return Int(exactly: number)
  }

  fileprivate func bytes(at place: Int, count: Int) -> [UInt8]? {
    guard place >= 0, place <= byteCount - count else { return nil }
    // Sound: the places are inside, and any byte is a number.
    return (0..<count).map { unsafe unsafeLoad(fromByteOffset: place + $0, as: UInt8.self) }
  }
}
