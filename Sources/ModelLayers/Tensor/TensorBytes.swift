/// The bytes of a tensor, little-endian and row-major: in memory, mapped from a
/// file, or read from a file when they are asked for.
public protocol TensorBytes: Sendable {
  /// The number of bytes.
  var byteCount: Int { get }

  /// Lends the bytes for the duration of a call.
  ///
  /// - Throws: What reading them throws: a damaged or vanished file.
  func withBytes<Result>(_ body: (RawSpan) throws -> Result) throws -> Result

  /// Lends the bytes piece by piece, in order, for one pass over them: memory that is needed for
  /// it does not grow with the tensor.
  ///
  /// The pieces are of whole elements. Bytes that have a checksum are compared with it when the
  /// last piece has been lent: until this call returns they are not to be relied on.
  ///
  /// - Throws: What `body` throws, and what reading the bytes throws.
  func forEachPiece(_ body: (RawSpan) throws -> Void) throws
}

extension TensorBytes {
  /// Lends the bytes as one piece.
  public func forEachPiece(_ body: (RawSpan) throws -> Void) throws {
    try withBytes(body)
  }
}

/// Bytes held in memory.
public struct OwnedBytes: TensorBytes {
  private let bytes: [UInt8]

  /// Holds the given bytes.
  public init(_ bytes: [UInt8]) {
    self.bytes = bytes
  }

  /// The number of bytes.
  public var byteCount: Int { bytes.count }

  /// Lends the bytes.
  public func withBytes<Result>(_ body: (RawSpan) throws -> Result) throws -> Result {
    // Sound: any bytes are valid bytes; the span is lent for the call.
    try unsafe body(bytes.span.bytes)
  }
}

/// A range of bytes in memory.
struct OwnedRange: TensorBytes {
  private let bytes: [UInt8]
  private let range: Range<Int>

  /// Refers to a range of bytes, or returns `nil` where the range is not inside them.
  init?(_ bytes: [UInt8], range: Range<Int>) {
    guard range.lowerBound >= 0, range.upperBound <= bytes.count else { return nil }
    self.bytes = bytes
    self.range = range
  }

  var byteCount: Int { range.count }

  func withBytes<Result>(_ body: (RawSpan) throws -> Result) throws -> Result {
    // Sound: any bytes are valid bytes; the span is lent for the call.
    try unsafe body(bytes.span.bytes.extracting(range))
  }
}

/// A range of a mapped file.
public struct MappedBytes: TensorBytes {
  /// What is read at a time: as much as a core's cache holds.
  private static let pieceByteCount = 1 << 20

  private let file: MappedFile
  private let range: Range<Int>

  /// Refers to a range of a mapped file, or returns `nil` where the range is
  /// not inside the file.
  public init?(_ file: MappedFile, range: Range<Int>) {
    guard range.lowerBound >= 0, range.upperBound <= file.byteCount else { return nil }
    self.file = file
    self.range = range
  }

  /// The number of bytes.
  public var byteCount: Int { range.count }

  /// Lends the bytes where they are, without a copy.
  public func withBytes<Result>(_ body: (RawSpan) throws -> Result) throws -> Result {
    try file.withBytes {
      file.populate(range)
      return try body($0.extracting(range))
    }
  }

  /// Reads the bytes piece by piece; the mapping is not touched.
  public func forEachPiece(_ body: (RawSpan) throws -> Void) throws {
    guard !range.isEmpty else { return try withBytes(body) }
    var buffer = [UInt8](repeating: 0, count: min(range.count, Self.pieceByteCount))
    for start in stride(from: range.lowerBound, to: range.upperBound, by: buffer.count) {
      buffer.removeLast(max(0, start + buffer.count - range.upperBound))
      var piece = buffer.mutableSpan
      try file.read(at: start, into: &piece)
      // Sound: any bytes are valid bytes; the span is lent for the call.
      try unsafe body(buffer.span.bytes)
    }
  }
}
