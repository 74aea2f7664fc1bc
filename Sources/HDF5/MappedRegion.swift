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
    // Mappings begin where pages do.
    let start = range.lowerBound & ~(Int(getpagesize()) - 1)
    unsafe mapping = try FileCheck.withRegularFile(path) {
      (descriptor, byteCount) throws(HDF5Error) in
      let location = Location(file: path)
      guard !range.isEmpty, range.lowerBound >= 0, range.upperBound <= byteCount else {
        throw .endsOutside(location, end: range.upperBound, file: byteCount)
      }
      let count = range.upperBound - start
      let address = unsafe mmap(nil, count, PROT_READ, MAP_PRIVATE, descriptor, start)
      guard let address = unsafe address, unsafe address != MAP_FAILED else {
        throw .cannotOpen(location, code: errno)
      }
      return unsafe UnsafeMutableRawBufferPointer(start: address, count: count)
    }
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
