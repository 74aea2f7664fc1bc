/// The bytes of a whole file: mapped, or in memory.
package enum FileContents: Sendable {
  case mapped(MappedFile)
  case memory([UInt8])

  /// The number of bytes.
  package var byteCount: Int {
    switch self {
    case .mapped(let file): file.byteCount
    case .memory(let bytes): bytes.count
    }
  }

  /// Lends the bytes for the duration of a call.
  ///
  /// - Throws: What `body` throws; `ShortenedFileError` where a file has become shorter.
  package func withBytes<Result>(_ body: (RawSpan) throws -> Result) throws -> Result {
    switch self {
    case .mapped(let file): try file.withBytes(body)
    case .memory(let bytes): try OwnedBytes(bytes).withBytes(body)
    }
  }

  /// The bytes of a tensor, where they are; `nil` where the range is not inside the file.
  package func bytes(in range: Range<Int>) -> (any TensorBytes)? {
    switch self {
    case .mapped(let file): MappedBytes(file, range: range)
    case .memory(let bytes): OwnedRange(bytes, range: range)
    }
  }
}
