internal import Checksums
internal import ModelGraph

/// Where the fields of a file's one message are.
struct FileLayout {
  /// The messages of tensors.
  private(set) var tensors: [Range<Int>] = []
  /// Everything else, neighbours joined.
  private(set) var header: [Range<Int>] = []
  /// The number of bytes of everything else.
  private(set) var headerByteCount = 0
  /// Where the only field of a source record is, counted among these bytes; `nil` where there is none
  /// or there are several, which are parts of one.
  private(set) var source: Range<Int>?
  private var headerChecksum: WireField?

  /// Finds the fields of a file of the given format.
  ///
  /// The version and the size are checked as soon as they are read, so that a
  /// file that is newer or cut short is not reported as something else; the checksum
  /// of the header is left to `checkHeader`.
  init(
    of bytes: RawSpan, format expected: String, limits: ProtobufLimits
  ) throws(ProtobufFormatError) {
    var offset = try Self.checkFormat(of: bytes, expected: expected)
    addToHeader(0..<offset)
    var sourceCount = 0
    var version: UInt64?
    var declaredByteCount: Int?
    var contentByteCount = 0
    while offset < bytes.byteCount {
      let field: WireField
      do throws(ProtobufFormatError) {
        field = try bytes.field(at: offset, end: bytes.byteCount)
      } catch {
        if declaredByteCount == nil, case .fieldLength = error {
          throw .truncated(byteCount: bytes.byteCount, expected: nil)
        }
        throw error
      }
      offset = field.range.upperBound
      switch (field.number, field.type) {
      case (Schema.File.format, _):
        throw .repeated(field: "format", of: "file")
      case (Schema.File.schemaVersion, .varint):
        guard version == nil else { throw .repeated(field: "schema_version", of: "file") }
        version = field.value
        guard field.value <= Schema.version else {
          throw .version(found: Int(clamping: field.value), newest: Schema.version)
        }
      case (Schema.File.fileByteCount, .fixed64):
        guard declaredByteCount == nil else {
          throw .repeated(field: "file_byte_count", of: "file")
        }
        declaredByteCount = Int(clamping: field.value)
        try Self.checkSize(of: bytes, declared: Int(clamping: field.value))
      case (Schema.File.headerChecksum, .fixed64) where expected == Schema.format:
        guard headerChecksum == nil else {
          throw .repeated(field: "header_checksum", of: "file")
        }
        headerChecksum = field
      case (Schema.File.tensors, .lengthDelimited):
        tensors.append(field.payload)
        guard tensors.count <= limits.tensorCount else {
          throw .exceeds(what: "tensors", limit: limits.tensorCount)
        }
        continue
      case (Schema.File.source, .lengthDelimited) where expected == Schema.format:
        contentByteCount += field.range.count
        sourceCount += 1
        source =
          sourceCount == 1 ? headerByteCount..<headerByteCount + field.range.count : nil
      default: contentByteCount += field.range.count
      }
      addToHeader(field.range)
    }
    if declaredByteCount == nil, header.count == 1, tensors.isEmpty, contentByteCount == 0 {
      throw .truncated(byteCount: bytes.byteCount, expected: nil)
    }
    guard version ?? 0 > 0 else { throw .missing(field: "schema_version", of: "file") }
    guard headerByteCount <= limits.headerByteCount else {
      throw .exceeds(what: "bytes of header", limit: limits.headerByteCount)
    }
    if expected == Schema.format, declaredByteCount ?? 0 != 0, headerChecksum?.value ?? 0 == 0 {
      throw .missing(field: "header_checksum", of: "file")
    }
  }

  private mutating func addToHeader(_ range: Range<Int>) {
    headerByteCount += range.count
    if let last = header.last, last.upperBound == range.lowerBound {
      header[header.count - 1] = last.lowerBound..<range.upperBound
    } else {
      header.append(range)
    }
  }

  /// Compares the bytes outside the payloads with the checksum that is stated for them, if one is.
  func checkHeader(of bytes: RawSpan) throws(ProtobufFormatError) {
    guard let stated = headerChecksum, stated.value != 0 else { return }
    var payloads: [Range<Int>] = []
    for tensor in tensors {
      payloads.append(try StoredTensor.payload(in: bytes, at: tensor))
    }
    let found = Checksum.stated(
      Checksum.of(bytes, without: payloads, own: stated.payload))
    guard found == stated.value else {
      throw .headerDamaged(found: found, expected: stated.value)
    }
  }

  private static func checkSize(
    of bytes: RawSpan, declared: Int
  ) throws(ProtobufFormatError) {
    guard declared != 0, declared != bytes.byteCount else { return }
    guard declared < bytes.byteCount else {
      throw .truncated(byteCount: bytes.byteCount, expected: declared)
    }
    throw .trailing(byteCount: bytes.byteCount, expected: declared)
  }

  /// Checks that the first field is the format's name.
  ///
  /// - Returns: The end of that field.
  private static func checkFormat(
    of bytes: RawSpan, expected: String
  ) throws(ProtobufFormatError) -> Int {
    var encoder = WireEncoder()
    encoder.lengthDelimited(Schema.File.format, expected.utf8)
    let magic = encoder.bytes
    let common = zip(0..<bytes.byteCount, magic).prefix { bytes.byte(at: $0.0) == $0.1 }.count
    if common == magic.count { return magic.count }
    if common == bytes.byteCount {
      throw .truncated(byteCount: bytes.byteCount, expected: nil)
    }
    guard isOurs(bytes), let field = try? bytes.field(at: 0, end: bytes.byteCount),
      let found = bytes.text(field.payload)
    else { throw .notAModel }
    if found == Schema.shardFormat { throw .shard }
    throw .format(found: found, expected: expected)
  }

  /// Whether bytes begin as a file that holds some of the tensors of a model.
  static func isShard(_ bytes: RawSpan) -> Bool {
    guard let end = try? checkFormat(of: bytes, expected: Schema.shardFormat) else { return false }
    return end > 0
  }

  /// Whether bytes begin as a file of any version of the schema does.
  static func isOurs(_ bytes: RawSpan) -> Bool {
    let family = Array("residual.".utf8)
    return bytes.byteCount >= 2 + family.count && bytes.byte(at: 0) == 0x0a
      && bytes.byte(at: 1) < 0x40
      && family.indices.allSatisfy { bytes.byte(at: 2 + $0) == family[$0] }
  }
}
