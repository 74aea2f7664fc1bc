internal import Glibc

/// A file mapped into memory for reading.
///
/// The mapping, and a descriptor of the file, live as long as the object. Files are to be
/// replaced by renaming, never in place: another program that makes the file shorter takes pages
/// of the mapping away, and a thread that touches one of these ends the process with `SIGBUS`.
/// Each time bytes are lent the size of the file is looked at again, so that this can only happen
/// where the file shrinks during the loan. `read(at:into:)` is safe even then. The programs do
/// their work in a process of its own, and make a sentence of its end.
@safe public final class MappedFile: Sendable {
  // Sound to share: the mapping is read-only and lives until `deinit`.
  private nonisolated(unsafe) let base: UnsafeRawPointer?
  private let descriptor: CInt
  /// The file, as the caller named it.
  public let path: String
  /// The size of the file in bytes when it was mapped.
  public let byteCount: Int

  /// Maps a file.
  ///
  /// - Throws: `FileError` where it cannot be opened, is no regular file, or
  ///   cannot be mapped.
  public convenience init(path: String) throws(FileError) {
    // A pipe that nobody writes to is no file either, and is not waited for.
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw FileError(path: path, operation: .open, code: errno) }
    try self.init(descriptor: descriptor, path: path)
  }

  /// Maps an open file.
  ///
  /// - Parameters:
  ///   - descriptor: Is closed with the object, or at once where it cannot be made.
  ///   - path: Names the file in errors.
  /// - Throws: `FileError` where it is no regular file, or cannot be mapped.
  public init(descriptor: CInt, path: String) throws(FileError) {
    self.path = path
    self.descriptor = descriptor
    do throws(FileError) {
      byteCount = try Self.byteCount(of: descriptor, path: path)
      unsafe base = byteCount > 0 ? try Self.map(descriptor, byteCount, path: path) : nil
    } catch {
      close(descriptor)
      throw error
    }
  }

  deinit {
    if let base = unsafe base { unsafe munmap(UnsafeMutableRawPointer(mutating: base), byteCount) }
    close(descriptor)
  }

  private static func byteCount(
    of descriptor: CInt, path: String
  ) throws(FileError) -> Int {
    var status = stat()
    // Sound: the pointer is used during the call only.
    guard unsafe fstat(descriptor, &status) == 0 else {
      throw FileError(path: path, operation: .open, code: errno)
    }
    switch status.st_mode & S_IFMT {
    case S_IFREG: return Int(status.st_size)
    case S_IFDIR: throw FileError(path: path, operation: .open, code: EISDIR)
    default: throw FileError(path: path, operation: .map, code: ENODEV)
    }
  }

  private static func map(
    _ descriptor: CInt, _ byteCount: Int, path: String
  ) throws(FileError) -> UnsafeRawPointer? {
    let address = unsafe mmap(nil, byteCount, PROT_READ, MAP_PRIVATE, descriptor, 0)
    guard let address = unsafe address, unsafe address != MAP_FAILED else {
      throw FileError(path: path, operation: .map, code: errno)
    }
    return UnsafeRawPointer(address)
  }
}

// MARK: - Reading

extension MappedFile {
  /// Lends the bytes of the file for the duration of a call.
  ///
  /// - Throws: What `body` throws; `ShortenedFileError` where the file has become shorter.
  public func withBytes<Result>(_ body: (RawSpan) throws -> Result) throws -> Result {
    let size = try Self.byteCount(of: descriptor, path: path)
    guard size >= byteCount else {
      throw ShortenedFileError(path: path, byteCount: size, expected: byteCount)
    }
    // Sound: the span cannot outlive the call, and `self` holds the mapping that long.
    return try withExtendedLifetime(self) {
      try body(unsafe UnsafeRawBufferPointer(start: base, count: byteCount).bytes)
    }
  }

  /// Copies bytes of the file, without touching the mapping.
  ///
  /// Bytes that are used once are had most cheaply this way: no pages need be mapped, and none
  /// stay behind.
  ///
  /// - Parameter offset: Counts from the start of the file.
  /// - Throws: `FileError` where the file cannot be read, `ShortenedFileError` where it ends
  ///   before the buffer is full.
  public func read(at offset: Int, into buffer: inout MutableSpan<UInt8>) throws {
    // Sound: at most the buffer's size is written to it.
    try unsafe buffer.withUnsafeMutableBytes { buffer in
      var done = 0
      while done < buffer.count {
        let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[done...])
        let count = unsafe pread(descriptor, rest.baseAddress, rest.count, offset + done)
        if count < 0, errno == EINTR { continue }
        guard count >= 0 else { throw FileError(path: path, operation: .read, code: errno) }
        guard count > 0 else {
          throw ShortenedFileError(path: path, byteCount: offset + done, expected: byteCount)
        }
        done += count
      }
    }
  }

  /// Brings a range into memory at once, which is cheaper than a page at a time as it is touched.
  ///
  /// It is advice: nothing fails where the system does not take it.
  func populate(_ range: Range<Int>) {
    guard range.count >= 1 << 16, let base = unsafe base else { return }
    let start = range.lowerBound & ~(Int(getpagesize()) - 1)
    // Sound: the range lies within the mapping, which is only read.
    _ = unsafe madvise(
      UnsafeMutableRawPointer(mutating: base + start), range.upperBound - start,
      MADV_POPULATE_READ)
  }
}
