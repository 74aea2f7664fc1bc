internal import Glibc

/// A file mapped into memory for reading.
///
/// The mapping lives as long as the object. A file that another program
/// truncates while it is mapped ends the process with `SIGBUS`, as every
/// mapped file does; replace files by renaming, never in place.
@safe public final class MappedFile: Sendable {
  // Sound to share: the mapping is read-only and lives until `deinit`.
  private nonisolated(unsafe) let base: UnsafeRawPointer?
  /// The size of the file in bytes.
  public let byteCount: Int

  /// Maps a file.
  ///
  /// - Throws: `FileError` where it cannot be opened, is no regular file, or
  ///   cannot be mapped.
  public init(path: String) throws(FileError) {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileError(path: path, operation: .open, code: errno) }
    defer { close(descriptor) }
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else {
      throw FileError(path: path, operation: .open, code: errno)
    }
    guard status.st_mode & S_IFMT != S_IFDIR else {
      throw FileError(path: path, operation: .open, code: EISDIR)
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw FileError(path: path, operation: .map, code: ENODEV)
    }
    byteCount = Int(status.st_size)
    guard byteCount > 0 else {
      unsafe base = nil
      return
    }
    let address = unsafe mmap(nil, byteCount, PROT_READ, MAP_PRIVATE, descriptor, 0)
    guard let address = unsafe address, unsafe address != MAP_FAILED else {
      throw FileError(path: path, operation: .map, code: errno)
    }
    unsafe base = UnsafeRawPointer(address)
  }

  deinit {
    if let base = unsafe base { unsafe munmap(UnsafeMutableRawPointer(mutating: base), byteCount) }
  }

  /// Lends the bytes of the file for the duration of a call.
  public func withBytes<Result>(_ body: (RawSpan) throws -> Result) rethrows -> Result {
    // Sound: the span cannot outlive the call, and `self` holds the mapping that long.
    try withExtendedLifetime(self) {
      try body(unsafe UnsafeRawBufferPointer(start: base, count: byteCount).bytes)
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
