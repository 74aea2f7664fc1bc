public import ModelPresentation
public import ResidualCore

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
  /// - Throws: `ResidualError`, whose description names the file first.
  public func write(toFile path: String, format: Format) throws(ResidualError) {
    try ResidualError.naming(path) { try AtomicFile.replace(path, text: text(format)) }
  }
}
