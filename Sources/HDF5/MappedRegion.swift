import Glibc

/// A run of bytes of a file, mapped for reading.
///
/// The mapping lives as long as the object. A program that makes the file shorter takes pages of it away, and
/// a thread that touches one of these ends the process with `SIGBUS`.
@safe final class MappedRegion: Sendable {
  // Sound to share: the mapping is read-only and lives until `deinit`.
  private nonisolated(unsafe) let mapping: UnsafeMutableRawBufferPointer
  /// The bytes.
  nonisolated(unsafe) let bytes: UnsafeRawBufferPointer

  /// Maps a part of a file.
  ///
  /// - Throws: `HDF5Error.cannotOpen` where the file cannot be opened or mapped, and `HDF5Error.endsOutside`
  ///   where it is shorter than that.
  init(path: String, range: Range<Int>) throws(HDF5Error) {
    let location = Location(file: path)
    // Sound: the path's bytes live during the call.
    let descriptor = unsafe open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else { throw .cannotOpen(location, code: errno) }
    defer { close(descriptor) }
    var status = stat()
    // Sound: the pointer is used during the call only.
    guard unsafe fstat(descriptor, &status) == 0 else { throw .cannotOpen(location, code: errno) }
    guard status.st_mode & S_IFMT == S_IFREG else { throw .notRegularFile(location) }
    guard !range.isEmpty, range.lowerBound >= 0, range.upperBound <= Int(status.st_size) else {
      throw .endsOutside(location, end: range.upperBound, file: Int(status.st_size))
    }
    // Mappings begin where pages do.
    let start = range.lowerBound & ~(Int(getpagesize()) - 1)
    let count = range.upperBound - start
    let address = unsafe mmap(nil, count, PROT_READ, MAP_PRIVATE, descriptor, start)
    guard let address = unsafe address, unsafe address != MAP_FAILED else {
      throw .cannotOpen(location, code: errno)
    }
    unsafe mapping = UnsafeMutableRawBufferPointer(start: address, count: count)
    unsafe bytes = UnsafeRawBufferPointer(
      rebasing: UnsafeRawBufferPointer(mapping)[(range.lowerBound - start)...])
  }

  deinit { unsafe munmap(mapping.baseAddress, mapping.count) }

  /// A copy of the bytes at a place: as many as are asked for, as far as there are any.
  func copy(at offset: Int, count: Int) -> [UInt8] {
    let end = min(bytes.count, offset.addingReportingOverflow(count).partialValue)
    guard offset >= 0, offset < end else { return [] }
    return unsafe Array(bytes[offset..<end])
  }
}
