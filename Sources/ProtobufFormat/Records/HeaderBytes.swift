/// The bytes of a header: the field of its source record, which are most of them, and the rest.
///
/// Each part is read by itself, so that two threads can. What is wrong stands at the same offset as
/// in the whole.
struct HeaderBytes: Sendable {
  private let bytes: [UInt8]
  private let source: Range<Int>?

  /// Takes the bytes, and where the field of the source record is in them; `nil` where it is no part
  /// by itself.
  init(_ bytes: [UInt8], source: Range<Int>?) {
    self.bytes = bytes
    self.source = source
  }

  /// The number of bytes of the source record by itself.
  var sourceByteCount: Int { source?.count ?? 0 }

  /// Reads all but the source record by itself.
  func rest(limits: ProtobufLimits) throws(ProtobufFormatError) -> Header {
    guard let source else {
      return try Header(unpacking: [bytes.indices], of: bytes, limits: limits)
    }
    return try Header(
      unpacking: [0..<source.lowerBound, source.upperBound..<bytes.count], of: bytes,
      limits: limits, share: 2)
  }

  /// Reads the source record by itself, and what is not known in it.
  func sourceAlone(limits: ProtobufLimits) throws(ProtobufFormatError) -> Header {
    guard let source else { return Header() }
    return try Header(unpacking: [source], of: bytes, limits: limits, share: 2)
  }
}
