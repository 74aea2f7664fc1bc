internal import Glibc
public import ResidualGraph

extension Diagram {
  /// A format that diagrams are written in.
  public enum Format: String, CaseIterable, Hashable, Sendable {
    case svg
    case dot

    /// The format that a file's extension names, or `nil` where it names none.
    public init?(forWriting path: String) {
      let pieces = PathName(path).last.split(separator: ".", omittingEmptySubsequences: false)
      guard pieces.count > 1, let last = pieces.last else { return nil }
      self.init(rawValue: last.lowercased())
    }
  }

  /// The diagram in a format.
  public func text(_ format: Format) -> String {
    switch format {
    case .svg: svg()
    case .dot: dot()
    }
  }

  /// Writes the diagram to a file, replacing the file as a whole.
  ///
  /// - Throws: `FileError` or `ResidualError`, whose description names the file first.
  public func write(toFile path: String, format: Format) throws {
    let bytes = Array(text(format).utf8)
    try AtomicFile.replace(path) { temporary in try Self.write(bytes, toNewFile: temporary) }
  }

  private static func write(_ bytes: [UInt8], toNewFile path: String) throws(FileError) {
    // Sound: the stream is closed here, and the bytes are lent for the call that writes them.
    guard let stream = unsafe fopen(path, "wxe") else {
      throw FileError(path: path, operation: .create, code: errno)
    }
    let isWritten = unsafe fwrite(bytes, 1, bytes.count, stream) == bytes.count
    let code = errno
    guard unsafe fclose(stream) == 0, isWritten else {
      throw FileError(path: path, operation: .write, code: isWritten ? errno : code)
    }
  }
}
