public import FoundationEssentials
public import ResidualCore
public import ModelGraph

extension Model {
  /// Reads a model from a file; see `init(contentsOfFile:registry:)`.
  public init(
    contentsOf url: URL, registry: LayerRegistry = .standard
  ) throws(ResidualError) {
    try self.init(contentsOfFile: url.path(percentEncoded: false), registry: registry)
  }

  /// Writes the model to a file, in the format of its extension, `.h5` or `.pb`, replacing the file
  /// as a whole; see `write(toFile:registry:progress:)`.
  public func write(to url: URL) throws(ResidualError) {
    try write(toFile: url.path(percentEncoded: false))
  }
}
