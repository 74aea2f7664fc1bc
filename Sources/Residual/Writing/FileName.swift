internal import ModelGraph

/// A name or a path as the system has it: bytes, of which text is only one reading.
struct FileName: Hashable, Sendable {
  /// The bytes and a zero.
  let characters: [CChar]

  init(_ text: String) {
    characters = Array(text.utf8CString)
  }

  /// - Parameter bytes: Without a zero.
  init(bytes: some Sequence<UInt8>) {
    characters = bytes.map(CChar.init(bitPattern:)) + [0]
  }

  var bytes: [UInt8] { characters.dropLast().map(UInt8.init(bitPattern:)) }

  /// The text that the bytes are; nil where they are not UTF-8.
  var text: String? { String(validating: bytes, as: UTF8.self) }

  /// The folder, to put a name after, which may be empty, and the last component.
  var parts: (folder: FileName, last: FileName) {
    let bytes = bytes
    let start = bytes.startOfLastComponent
    return (FileName(bytes: bytes[..<start]), FileName(bytes: bytes[start...]))
  }

  /// The path itself, or `.` for an empty one.
  var orCurrent: FileName { bytes.isEmpty ? FileName(".") : self }
}
