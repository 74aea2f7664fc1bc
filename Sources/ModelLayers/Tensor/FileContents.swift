/// The bytes of a file, which may lie in another: mapped, or in memory.
package enum FileContents: Sendable {
  case mapped(MappedFile, Range<Int>)
  case memory([UInt8])

  /// A whole file.
  package init(_ file: MappedFile) { self = .mapped(file, 0..<file.byteCount) }

  /// The number of bytes.
  package var byteCount: Int {
    switch self {
    case .mapped(_, let range): range.count
    case .memory(let bytes): bytes.count
    }
  }

  /// Lends the bytes for the duration of a call.
  ///
  /// - Throws: What `body` throws; `ShortenedFileError` where a file has become shorter.
  package func withBytes<Result>(_ body: (RawSpan) throws -> Result) throws -> Result {
    switch self {
    case .mapped(let file, let range):
      try file.withBytes { try body($0.extracting(range)) }
    case .memory(let bytes): try OwnedBytes(bytes).withBytes(body)
    }
  }

  /// The bytes of a tensor, where they are; `nil` where the range is not inside the file.
  package func bytes(in range: Range<Int>) -> (any TensorBytes)? {
    switch self {
    case .mapped(let file, let whole):
      range.lowerBound >= 0 && range.upperBound <= whole.count
        ? MappedBytes(
          file, range: whole.lowerBound + range.lowerBound..<whole.lowerBound + range.upperBound)
        : nil
    case .memory(let bytes): OwnedRange(bytes, range: range)
    }
  }
}
