internal import CZip

/// A zip file that is open for reading.
///
/// Members are read into memory, never extracted; their sizes are checked before
/// anything is allocated, and their checksums when they have been read.
@safe struct ZipArchive: ~Copyable {
  /// One member, as the directory describes it.
  struct Member {
    var name: String
    var index: UInt64
    var byteCount: Int
  }

  /// Deflate makes at most 1032 bytes of one.
  private static let deflateRatio = 1032

  private let archive: OpaquePointer

  /// Opens a file.
  ///
  /// - Throws: `GoldenFormatError.zip` for what is no zip file.
  init(path: String) throws(GoldenFormatError) {
    var code: Int32 = 0
    // Sound: the library copies the path and sets the code during the call.
    guard let opened = unsafe czip_open(path, &code) else { throw .zip(Self.message(code)) }
    unsafe archive = opened
  }

  deinit { unsafe zip_discard(archive) }

  /// The members, in the order of the directory.
  ///
  /// - Throws: `GoldenFormatError` for members that are encrypted, overlap, or are
  ///   larger than they can be or may be.
  func members(
    fileByteCount: Int, limits: GoldenLimits
  ) throws(GoldenFormatError) -> [Member] {
    let count = unsafe Int(clamping: zip_get_num_entries(archive, 0))
    guard count <= limits.memberCount else {
      throw .memberCount(count, limit: limits.memberCount)
    }
    var members: [Member] = []
    var names: Set<String> = []
    var total = 0
    var storedTotal = 0
    for index in 0..<UInt64(max(0, count)) {
      // Sound: the library returns a string that lives as long as the archive.
      guard let text = unsafe zip_get_name(archive, index, 0),
        let name = unsafe String(validatingCString: text)
      else { throw .memberName }
      guard names.insert(name).inserted else { throw .duplicateMember(name) }
      do throws(GoldenFormatError) {
        let (size, stored) = try unsafe Self.sizes(of: index, in: archive, limits: limits)
        members.append(Member(name: name, index: index, byteCount: size))
        total = total.addingReportingOverflow(size).partialValue
        storedTotal = storedTotal.addingReportingOverflow(stored).partialValue
      } catch {
        throw .member(name, error)
      }
      guard total <= limits.totalByteCount else {
        throw .sizeLimit(total, limit: limits.totalByteCount)
      }
      guard storedTotal <= fileByteCount else {
        throw .storedTotal(storedTotal, file: fileByteCount)
      }
    }
    return members
  }

  private static func sizes(
    of index: UInt64, in archive: OpaquePointer, limits: GoldenLimits
  ) throws(GoldenFormatError) -> (size: Int, stored: Int) {
    var status = unsafe zip_stat_t()
    unsafe zip_stat_init(&status)
    guard unsafe zip_stat_index(archive, index, 0, &status) == 0,
      unsafe czip_stat_is_complete(status.valid) != 0
    else { throw unsafe .zip(String(cString: zip_strerror(archive))) }
    guard unsafe czip_is_encrypted(status.encryption_method) == 0 else { throw .encrypted }
    guard unsafe czip_is_stored_or_deflated(status.comp_method) != 0 else {
      throw unsafe .compressionMethod(Int(status.comp_method))
    }
    let size = unsafe Int(clamping: status.size)
    let stored = unsafe Int(clamping: status.comp_size)
    guard size <= limits.memberByteCount else {
      throw .sizeLimit(size, limit: limits.memberByteCount)
    }
    guard size / deflateRatio <= stored else { throw .declaredSize(size, stored: stored) }
    return (size, stored)
  }

  /// Reads a member from its beginning to its end.
  ///
  /// - Parameter body: Is given the member, and has to take all of it.
  /// - Throws: `GoldenFormatError` where it is shorter or longer than the directory says, or its
  ///   checksum differs; what `body` throws.
  func read<Result>(
    _ member: Member, _ body: (inout MemberStream) throws(GoldenFormatError) -> Result
  ) throws(GoldenFormatError) -> Result {
    guard let file = unsafe zip_fopen_index(archive, member.index, 0) else {
      throw unsafe .zip(String(cString: zip_strerror(archive)))
    }
    defer { unsafe zip_fclose(file) }
    var stream = unsafe MemberStream(file, byteCount: member.byteCount)
    let result = try body(&stream)
    try stream.checkEnd()
    return result
  }

  private static func message(_ code: Int32) -> String {
    var text = [UInt8](repeating: 0, count: 256)
    // Sound: the shim writes at most as many characters as the buffer has, the last one null.
    unsafe text.withUnsafeMutableBytes { buffer in
      unsafe czip_message(code, buffer.baseAddress, buffer.count)
    }
    return String(decoding: text.prefix { $0 != 0 }, as: UTF8.self)
  }
}

/// A member of a zip file that is read piece by piece, each into its place.
@safe struct MemberStream {
  private let file: OpaquePointer
  private let byteCount: Int
  private var readCount = 0

  fileprivate init(_ file: OpaquePointer, byteCount: Int) {
    // Sound: it is used within the call that opened the member.
    unsafe self.file = file
    self.byteCount = byteCount
  }

  /// Reads what follows into a range of bytes.
  ///
  /// - Throws: `GoldenFormatError` where there is less.
  mutating func fill(_ bytes: inout [UInt8], _ range: Range<Int>) throws(GoldenFormatError) {
    precondition(bytes.indices.contains(range), "a range inside the bytes")
    var place = range.lowerBound
    var failure: String?
    unsafe bytes.withUnsafeMutableBytes { buffer in
      while place < range.upperBound {
        // Sound: no more is read than is left of the range.
        guard let base = buffer.baseAddress else { break }
        let got = unsafe zip_fread(file, base + place, UInt64(range.upperBound - place))
        guard got > 0 else {
          if got < 0 { failure = unsafe String(cString: zip_file_strerror(file)) }
          break
        }
        place += Int(got)
      }
    }
    readCount += place - range.lowerBound
    if let failure { throw .zip(failure) }
    guard place == range.upperBound else {
      throw .shortMember(expected: byteCount, found: readCount)
    }
  }

  /// The library compares the checksum when it comes to the end of the member.
  fileprivate func checkEnd() throws(GoldenFormatError) {
    var next: UInt8 = 0
    let more = unsafe zip_fread(file, &next, 1)
    guard more >= 0 else { throw unsafe .zip(String(cString: zip_file_strerror(file))) }
    guard more == 0 else { throw .longMember(expected: byteCount) }
  }
}
