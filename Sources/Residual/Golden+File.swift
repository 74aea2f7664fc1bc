internal import GoldenFormat
public import ResidualGraph

extension Golden {
  /// Reads recorded tensors from an HDF5 file or an `.npz` archive; the content tells which.
  ///
  /// - Throws: An error whose description names the file first.
  public init(contentsOfFile path: String) throws {
    _ = try InputFile(path: path)
    self = try ResidualError.naming(path) { try GoldenReader().read(path: path) }
  }

  /// Writes recorded tensors to an HDF5 file, replacing the file as a whole.
  ///
  /// - Throws: An error whose description names the file first.
  public func write(toFile path: String) throws {
    try AtomicFile.replace(path) { try GoldenWriter().write(self, to: $0) }
  }
}
