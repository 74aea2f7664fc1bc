internal import CZip
internal import Glibc

/// A zip file that is open for reading.
///
/// Members are never extracted; their sizes are checked before anything is allocated, and their checksums
/// when they have been read.
@safe public struct ZipArchive: ~Copyable {
  /// One member, as the directory describes it.
  public struct Member: Hashable, Sendable {
    /// The name: a path below the archive, with `/` between its parts.
    public var name: String
    /// How many bytes it has when it is unpacked.
    public var byteCount: Int
    /// How many bytes it takes in the file.
    public var storedByteCount: Int
    /// Whether its bytes stand in the file as they are.
    public var isStored: Bool
    /// The CRC-32 of its bytes.
    public var checksum: UInt32
    /// Its place in the directory.
    let index: UInt64
  }

  /// Deflate makes at most 1032 bytes of one.
  private static let deflateRatio = 1032

  private let archive: OpaquePointer
  /// How many bytes the whole file has.
  private let byteCount: Int

  /// Whether bytes begin as a zip file with a member does.
  public static func isBegun(by bytes: RawSpan) -> Bool {
    bytes.number(at: 0, width: 4) == 0x0403_4B50
  }

  /// Opens a file.
  ///
  /// - Throws: `ZipError.library` for what is no zip file.
  public init(path: String) throws(ZipError) {
    var code: Int32 = 0
    // Sound: the library copies the path and sets the code during the call.
    guard let opened = unsafe czip_open(path, &code) else { throw .library(Self.message(code)) }
    unsafe archive = opened
    var status = stat()
    byteCount = unsafe stat(path, &status) == 0 ? Int(status.st_size) : 0
  }

  /// Opens a file whose bytes are in memory, or mapped.
  ///
  /// - Parameter body: Is lent the archive.
  /// - Throws: `ZipError.library` for what is no zip file; what `body` throws.
  public static func withArchive<Result>(
    of bytes: RawSpan, _ body: (borrowing ZipArchive) throws -> Result
  ) throws -> Result {
    // Sound: the archive, which only reads the bytes, does not outlive the call.
    try unsafe bytes.withUnsafeBytes { bytes in
      try body(try unsafe ZipArchive(bytes))
    }
  }

  private init(_ bytes: UnsafeRawBufferPointer) throws(ZipError) {
    var code: Int32 = 0
    guard let opened = unsafe czip_open_bytes(bytes.baseAddress, bytes.count, &code) else {
      throw .library(Self.message(code))
    }
    unsafe archive = opened
    byteCount = bytes.count
  }

  deinit { unsafe zip_discard(archive) }

  /// The members, in the order of the directory.
  ///
  /// - Throws: `ZipError` for members that are encrypted, overlap, lead out of the archive, or are larger
  ///   than they can be or may be.
  public func members(limits: ZipLimits = ZipLimits()) throws(ZipError) -> [Member] {
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
      guard Self.isInside(name) else { throw .outside(name) }
      guard names.insert(name).inserted else { throw .duplicateMember(name) }
      do throws(ZipError) {
        let member = try unsafe Self.member(name, index, in: archive, limits: limits)
        members.append(member)
        total = total.addingReportingOverflow(member.byteCount).partialValue
        storedTotal = storedTotal.addingReportingOverflow(member.storedByteCount).partialValue
      } catch {
        throw .member(name, error)
      }
      guard total <= limits.totalByteCount else {
        throw .sizeLimit(total, limit: limits.totalByteCount)
      }
      guard storedTotal <= byteCount else { throw .storedTotal(storedTotal, file: byteCount) }
    }
    return members
  }

  /// Whether a name is a path below the archive; compared by bytes, as file systems do.
  private static func isInside(_ name: String) -> Bool {
    let bytes = Array(name.utf8)
    let parts = bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    return !bytes.isEmpty && !parts[0].isEmpty
      && !parts.contains { $0.elementsEqual("..".utf8) || $0.elementsEqual(".".utf8) }
  }

  private static func member(
    _ name: String, _ index: UInt64, in archive: OpaquePointer, limits: ZipLimits
  ) throws(ZipError) -> Member {
    var status = unsafe zip_stat_t()
    unsafe zip_stat_init(&status)
    guard unsafe zip_stat_index(archive, index, 0, &status) == 0,
      unsafe czip_stat_is_complete(status.valid) != 0
    else { throw unsafe .library(String(cString: zip_strerror(archive))) }
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
    return unsafe Member(
      name: name, byteCount: size, storedByteCount: stored,
      isStored: czip_is_stored(status.comp_method) != 0, checksum: status.crc, index: index)
  }

  /// Reads a member from its beginning to its end.
  ///
  /// - Parameter body: Is given the member, and has to take all of it.
  /// - Throws: `ZipError` where it is shorter or longer than the directory says, or its checksum differs;
  ///   what `body` throws.
  public func read<Result>(
    _ member: Member, _ body: (inout MemberStream) throws -> Result
  ) throws -> Result {
    guard let file = unsafe zip_fopen_index(archive, member.index, 0) else {
      throw unsafe ZipError.library(String(cString: zip_strerror(archive)))
    }
    defer { unsafe zip_fclose(file) }
    var stream = unsafe MemberStream(file, byteCount: member.byteCount)
    let result = try body(&stream)
    try stream.checkEnd()
    return result
  }

  /// All bytes of a member, unpacked.
  ///
  /// - Throws: `ZipError` as `read`.
  public func bytes(of member: Member) throws -> [UInt8] {
    try read(member) { stream in
      var bytes = [UInt8](repeating: 0, count: member.byteCount)
      try stream.fill(&bytes, bytes.indices)
      return bytes
    }
  }

  static func message(_ code: Int32) -> String {
    var text = [UInt8](repeating: 0, count: 256)
    // Sound: the shim writes at most as many characters as the buffer has, the last one null.
    unsafe text.withUnsafeMutableBytes { buffer in
      unsafe czip_message(code, buffer.baseAddress, buffer.count)
    }
    return String(decoding: text.prefix { $0 != 0 }, as: UTF8.self)
  }
}
