public import FoundationEssentials
internal import ProtobufFormat
public import ModelGraph

// A program that imports `Residual` has initializers of the same names, which read every format;
// these make way for them.

extension Model {
  /// Reads a model from a residual protobuf file.
  ///
  /// Layers that are not in the registry are kept, and refused when the model is run. Weights stay
  /// in the file, mapped, until they are used.
  ///
  /// - Throws: `ResidualError`, whose description names the file first; `unreadableFormat` for a
  ///   Keras HDF5 file.
  @_disfavoredOverload
  public init(
    contentsOfFile path: String, registry: LayerRegistry = .standard
  ) throws(ResidualError) {
    try Self.expectProtobuf(.detect(path: path), in: path)
    self = try ResidualError.naming(path) {
      try ProtobufReader(registry: registry).read(path: path)
    }
  }

  /// Reads a model from a residual protobuf file; see `init(contentsOfFile:registry:)`.
  @_disfavoredOverload
  public init(
    contentsOf url: URL, registry: LayerRegistry = .standard
  ) throws(ResidualError) {
    try self.init(contentsOfFile: url.path(percentEncoded: false), registry: registry)
  }

  /// Reads a model from bytes in memory: those of a residual protobuf file.
  ///
  /// They are checked as a file is, and weights stay in them. A model whose tensors are in several
  /// files is read from these.
  ///
  /// - Parameters:
  ///   - bytes: The whole file.
  ///   - name: What errors call it.
  ///   - registry: The layers that can be run.
  /// - Throws: `ResidualError`, whose description begins with the name; `unreadableFormat` for the
  ///   bytes of a Keras HDF5 file.
  @_disfavoredOverload
  public init(
    bytes: [UInt8], name: String = "model", registry: LayerRegistry = .standard
  ) throws(ResidualError) {
    try Self.expectProtobuf(.detect(bytes: bytes, name: name), in: name)
    self = try ResidualError.naming(name) {
      try ProtobufReader(registry: registry).read(bytes: bytes, name: name)
    }
  }

  private static func expectProtobuf(
    _ format: ModelFormat, in path: String
  ) throws(ResidualError) {
    guard format == .protobuf else { throw .unreadableFormat(path, format) }
  }
}
