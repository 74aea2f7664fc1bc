internal import ModelGraph

/// Files of JSON beside those that hold weights.
enum JSONFile {
  /// The most bytes that one may have.
  private static let byteLimit = 1 << 28

  /// The bytes of a file that begins as an object in JSON does; `nil` for any other, and for one that is too
  /// large.
  ///
  /// - Throws: `FileError` where the file cannot be mapped.
  static func bytes(path: String) throws -> [UInt8]? {
    try MappedFile(path: path).withBytes { bytes -> [UInt8]? in
      let blanks: [UInt8] = [0x09, 0x0A, 0x0D, 0x20]
      let bytes = Span<UInt8>(_bytes: bytes)
      let start = bytes.indices.first { !blanks.contains(bytes[$0]) }
      guard let start, bytes[start] == UInt8(ascii: "{"), bytes.count <= byteLimit else {
        return nil
      }
      return bytes.indices.map { bytes[$0] }
    }
  }
}
