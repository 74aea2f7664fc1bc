internal import Checksums
internal import ModelGraph
internal import Synchronization

/// The bytes of a tensor in a file, compared with their checksum when they are
/// first used.
final class ChecksummedBytes: TensorBytes {
  private let name: String
  private let path: String
  private let expected: UInt64
  private let bytes: any TensorBytes
  private let isChecked = Mutex(false)

  init(_ bytes: any TensorBytes, checksum: UInt64, name: String, path: String) {
    self.bytes = bytes
    self.expected = checksum
    self.name = name
    self.path = path
  }

  var byteCount: Int { bytes.byteCount }

  func withBytes<Result>(_ body: (RawSpan) throws -> Result) throws -> Result {
    try bytes.withBytes { span in
      // Two threads may both check; neither uses bytes that have not been checked.
      if !isChecked.withLock({ $0 }) {
        try check(Checksum.of(span))
        isChecked.withLock { $0 = true }
      }
      return try body(span)
    }
  }

  /// Compares what is lent with the checksum each time, for it is read anew.
  func forEachPiece(_ body: (RawSpan) throws -> Void) throws {
    let checksum = Checksum()
    try bytes.forEachPiece { piece in
      checksum.add(piece)
      try body(piece)
    }
    try check(checksum.value)
  }

  private func check(_ found: UInt64) throws(ProtobufFormatError) {
    guard found == expected else {
      throw .inFile(path, .damaged(tensor: name, found: found, expected: expected))
    }
  }
}
