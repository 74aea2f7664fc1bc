internal import GoldenFormat
public import ResidualCore
public import ModelGraph

extension Golden {
  /// Reads recorded tensors from an HDF5 file or an `.npz` archive; the content tells which.
  ///
  /// - Throws: `ResidualError`, whose description names the file first.
  public init(contentsOfFile path: String) throws(ResidualError) {
    self = try Golden(contentsOfFile: path) { _ in }
  }

  /// Reads recorded tensors, as `init(contentsOfFile:)` does.
  ///
  /// - Parameter allocating: Is told how many bytes a tensor takes in memory before they are asked
  ///   for.
  package init(
    contentsOfFile path: String, allocating: @escaping (Int) -> Void
  ) throws(ResidualError) {
    _ = try InputFile(path: path)
    self = try ResidualError.naming(path) {
      try GoldenReader().read(path: path, allocating: allocating)
    }
  }

  /// Writes recorded tensors to an HDF5 file, replacing the file as a whole.
  ///
  /// - Throws: `ResidualError`, whose description names the file first.
  public func write(toFile path: String) throws(ResidualError) {
    try ResidualError.naming(path) {
      try AtomicFile.replace(path) { try GoldenWriter().write(self, to: $0) }
    }
  }
}
