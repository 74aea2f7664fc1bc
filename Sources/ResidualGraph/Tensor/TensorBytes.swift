/// The bytes of a tensor, little-endian and row-major: in memory, mapped from a
/// file, or read from a file when they are asked for.
public protocol TensorBytes: Sendable {
  /// The number of bytes.
  var byteCount: Int { get }

  /// Whether the bytes are lent where they are, rather than read anew each time.
  var isInPlace: Bool { get }

  /// Lends the bytes for the duration of a call.
  ///
  /// - Throws: What reading them throws: a damaged or vanished file.
  func withBytes<Result>(_ body: (RawSpan) throws -> Result) throws -> Result
}

extension TensorBytes {
  /// Bytes that are read anew each time.
  public var isInPlace: Bool { false }
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

  /// They are.
  public var isInPlace: Bool { true }

  /// Lends the bytes.
  public func withBytes<Result>(_ body: (RawSpan) throws -> Result) throws -> Result {
    // Sound: any bytes are valid bytes; the span is lent for the call.
    try unsafe body(bytes.span.bytes)
  }
}

/// A range of a mapped file.
public struct MappedBytes: TensorBytes {
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

  /// They are.
  public var isInPlace: Bool { true }

  /// Lends the bytes where they are, without a copy.
  public func withBytes<Result>(_ body: (RawSpan) throws -> Result) throws -> Result {
    file.populate(range)
    return try file.withBytes { try body($0.extracting(range)) }
  }
}
