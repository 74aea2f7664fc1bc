internal import CLinux
internal import Glibc
internal import ModelGraph

/// A file that is written from an offset on: small pieces through a buffer, large ones
/// straight from where they are.
struct FileOutput: ~Copyable {
  private let descriptor: CInt
  private let path: String
  private var buffer: [UInt8] = []
  /// Where the next bytes go, those in the buffer first.
  private var offset: Int
  private static let bufferByteCount = 1 << 16
  /// The most that one call writes, so that progress can be told.
  private static let pieceByteCount = 8 << 20

  /// Writes to an open file, which stays open.
  ///
  /// - Parameter offset: Counts from the start of the file.
  init(descriptor: CInt, path: String, offset: Int = 0) {
    self.offset = offset
    self.descriptor = descriptor
    self.path = path
    buffer.reserveCapacity(Self.bufferByteCount)
  }

  /// Makes room on the disk for the whole file, which then is in one run of blocks.
  ///
  /// - Throws: `FileError` where there is no room; a file system that takes no advice is no
  ///   reason to fail.
  func reserve(byteCount: Int) throws(FileError) {
    guard clinux_reserve(descriptor, Int64(byteCount)) != 0, errno == ENOSPC else { return }
    throw FileError(path: path, operation: .write, code: ENOSPC)
  }

  /// Writes bytes.
  mutating func write(_ bytes: RawSpan, progress: (Int) -> Void = { _ in }) throws(FileError) {
    if buffer.count + bytes.byteCount <= Self.bufferByteCount {
      // Sound: the bytes are copied at once.
      unsafe bytes.withUnsafeBytes { unsafe buffer.append(contentsOf: $0) }
      progress(bytes.byteCount)
      return
    }
    try flush()
    var rest = bytes
    while rest.byteCount > 0 {
      let piece = rest.extracting(first: Self.pieceByteCount)
      try writeAll(piece, at: offset)
      offset += piece.byteCount
      progress(piece.byteCount)
      rest = rest.extracting(droppingFirst: piece.byteCount)
    }
  }

  /// Writes what is still in the buffer.
  mutating func flush() throws(FileError) {
    try writeAll(unsafe buffer.span.bytes, at: offset)
    offset += buffer.count
    buffer.removeAll(keepingCapacity: true)
  }

  /// Writes bytes over others that were written before.
  ///
  /// - Parameter place: Counts from the start of the file.
  mutating func overwrite(_ bytes: RawSpan, at place: Int) throws(FileError) {
    let start = place - offset
    if start >= 0, start + bytes.byteCount <= buffer.count {
      // Sound: the bytes are copied at once.
      unsafe bytes.withUnsafeBytes {
        unsafe buffer.replaceSubrange(start..<start + bytes.byteCount, with: $0)
      }
    } else {
      try flush()
      try writeAll(bytes, at: place)
    }
  }

  private func writeAll(_ bytes: RawSpan, at offset: Int) throws(FileError) {
    var rest = bytes
    while rest.byteCount > 0 {
      // Sound: the span is lent for the call.
      let count = unsafe rest.withUnsafeBytes {
        unsafe pwrite(
          descriptor, $0.baseAddress, $0.count, offset + bytes.byteCount - rest.byteCount)
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else {
        throw FileError(path: path, operation: .write, code: count < 0 ? errno : EIO)
      }
      rest = rest.extracting(droppingFirst: count)
    }
  }
}
