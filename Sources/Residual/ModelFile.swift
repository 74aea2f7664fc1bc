internal import KerasFormat
internal import ProtobufFormat
public import ResidualCore
public import ModelGraph

/// A file that holds a model, and what reading it showed.
///
/// libhdf5 may crash on a damaged HDF5 file. A program that reads files of
/// strangers does so in a process of its own, as `resconv` and `resverify` do.
public struct ModelFile: Sendable {
  /// The file, or the bytes that are one, as they were named.
  public let path: String
  /// The file's format, told by its content.
  public let format: ModelFormat
  /// The size in bytes.
  public let byteCount: Int
  /// The model; its weights stay in the file until they are used.
  public let model: Model
  /// How each weight was bound to its layer; empty for a format that says it itself.
  public let bindings: [WeightBinding]

  /// Reads a file.
  ///
  /// - Parameters:
  ///   - path: The file; its content tells the format.
  ///   - registry: The layers that can be run.
  /// - Throws: `ResidualError`, whose description names the file first.
  public init(path: String, registry: LayerRegistry = .standard) throws(ResidualError) {
    let format = try ModelFormat.detect(path: path)
    let byteCount = try InputFile(path: path).byteCount
    try self.init(path: path, format: format, byteCount: byteCount, registry: registry)
  }

  /// Reads a file whose bytes are in memory; nothing is written to disk.
  ///
  /// - Parameters:
  ///   - bytes: The whole file, in any format; its content tells which.
  ///   - name: What errors call it.
  ///   - registry: The layers that can be run.
  /// - Throws: `ResidualError`, whose description begins with the name.
  public init(
    bytes: [UInt8], name: String = "model", registry: LayerRegistry = .standard
  ) throws(ResidualError) {
    path = name
    byteCount = bytes.count
    format = try ModelFormat.detect(bytes: bytes, name: name)
    switch format {
    case .kerasHDF5, .kerasArchive:
      let reading = try ResidualError.naming(name) {
        try KerasReader(registry: registry).read(bytes: bytes, name: name)
      }
      model = reading.model
      bindings = reading.bindings
    case .protobuf:
      model = try ResidualError.naming(name) {
        try ProtobufReader(registry: registry).read(bytes: bytes, name: name)
      }
      bindings = []
    }
  }

  init(
    path: String, format: ModelFormat, byteCount: Int, registry: LayerRegistry
  ) throws(ResidualError) {
    self.path = path
    self.format = format
    self.byteCount = byteCount
    switch format {
    case .kerasHDF5, .kerasArchive:
      let reading = try ResidualError.naming(path) {
        try KerasReader(registry: registry).read(path: path)
      }
      model = reading.model
      bindings = reading.bindings
    case .protobuf:
      model = try ResidualError.naming(path) {
        try ProtobufReader(registry: registry).read(path: path)
      }
      bindings = []
    }
  }
}

extension ModelFile {
  /// The files that a model is in besides the one that it is read from.
  package static func shardPaths(of path: String) -> [String] {
    ProtobufReader.shardPaths(path: path)
  }
}

extension Model {
  /// Reads a model from a Keras file (HDF5 or `.keras`) or a residual protobuf file; the content tells which.
  ///
  /// Layers that are not in the registry are kept, and refused when the model is run.
  ///
  /// - Throws: `ResidualError`, whose description names the file first.
  public init(contentsOfFile path: String, registry: LayerRegistry = .standard)
    throws(ResidualError)
  {
    self = try ModelFile(path: path, registry: registry).model
  }

  /// Reads a model from bytes in memory: those of a Keras file or of a residual protobuf file.
  ///
  /// They are checked as a file is, and weights stay in them; nothing is written to disk. A model
  /// whose tensors are in several files is read from these.
  ///
  /// - Parameters:
  ///   - bytes: The whole file; its content tells the format.
  ///   - name: What errors call it.
  ///   - registry: The layers that can be run.
  /// - Throws: `ResidualError`, whose description begins with the name.
  public init(
    bytes: [UInt8], name: String = "model", registry: LayerRegistry = .standard
  ) throws(ResidualError) {
    self = try ModelFile(bytes: bytes, name: name, registry: registry).model
  }

  /// The same model with the weights of a file: a model in any format, or the weights alone as
  /// Keras 2's `save_weights` writes them.
  ///
  /// They are bound by the names of their layers and their roles, strictly: each weight of the model
  /// is found, and none of the file is left over.
  ///
  /// - Throws: `ResidualError`, whose description names the file first.
  public func loadingWeights(
    fromFile path: String, registry: LayerRegistry = .standard
  ) throws(ResidualError) -> Model {
    try ResidualError.naming(path) {
      switch try ModelFormat.detect(path: path) {
      case .kerasHDF5, .kerasArchive:
        try KerasReader(registry: registry).weights(path: path, for: self)
      case .protobuf: try taking(weightsOf: ProtobufReader(registry: registry).read(path: path))
      }
    }
  }

  /// Writes the model to a file, in the format of its extension, replacing the file as a whole.
  ///
  /// - Parameters:
  ///   - path: `model.pb`, or `model.h5` or `model.keras` for a model that Keras can have.
  ///   - registry: The layers that the model is made of.
  ///   - progress: Is told the bytes written so far and in all.
  /// - Throws: `ResidualError`, whose description names the file first.
  public func write(
    toFile path: String, registry: LayerRegistry = .standard,
    progress: (Int, Int) -> Void = { _, _ in }
  ) throws(ResidualError) {
    let format = try ModelFormat(forWriting: path)
    try ResidualError.naming(path) {
      try AtomicFile.replace(path, removing: ProtobufReader.shardNames) {
        try write(toNewFile: $0, format: format, registry: registry, progress: progress)
      }
    }
  }

  /// Writes to exactly this path, in a folder of its own.
  func write(
    toNewFile path: String, format: ModelFormat, registry: LayerRegistry,
    shardByteLimit: Int = ProtobufWriter.maximumByteCount, progress: (Int, Int) -> Void
  ) throws {
    var writeBack = WriteBack(path: path)
    let progress = { (done: Int, total: Int) in
      writeBack.advance(to: done)
      progress(done, total)
    }
    switch format {
    case .kerasHDF5, .kerasArchive:
      try KerasWriter(registry: registry).write(
        self, as: format == .kerasArchive ? .archive : .hdf5, to: path, progress: progress)
    case .protobuf:
      try withoutActuallyEscaping(progress) {
        try ProtobufWriter(shardByteLimit: shardByteLimit).write(self, to: path, progress: $0)
      }
    }
  }
}
