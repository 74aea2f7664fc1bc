public import KerasFormat
public import OrderedCollections
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
  /// What the model calls the layers that a file of weights calls otherwise, by the file's names.
  public var renamed: OrderedDictionary<String, String> = [:]
  /// Whether a file of weights names no layers: they were bound by their classes and places, as Keras does.
  public var namesNoLayers = false
  /// How many tensors a file of weights has besides, which training left: the model does not have them.
  public var trainingTensorCount = 0

  /// Reads a file.
  ///
  /// - Parameters:
  ///   - path: The file; its content tells the format.
  ///   - registry: The layers that can be run.
  /// - Throws: `ResidualError`, whose description names the file first.
  public init(path: String, registry: LayerRegistry = .standard) throws(ResidualError) {
    let byteCount = try InputFile(path: path).byteCount
    guard !KerasReader.isShardList(path: path) else {
      throw .inFile(
        path, KerasError.shards("not their model; give what the model is with --architecture"))
    }
    let format = try ModelFormat.detect(path: path)
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
    case .kerasHDF5, .kerasArchive, .kerasWeights:
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
    case .kerasHDF5, .kerasArchive, .kerasWeights:
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

// MARK: - Weights beside an architecture

extension ModelFile {
  /// Reads a model of which one file has the weights and another says what it is.
  ///
  /// Weights are bound by the names of their layers. Where these were counted in another run of Python,
  /// layers are told apart by their base names and by what they need.
  ///
  /// - Parameters:
  ///   - weights: A Keras file that has the weights alone, `.weights.h5`, `.weights.json` beside its shards, or
  ///     `.h5`, or a model's.
  ///   - architecture: The JSON of `model.to_json()`, or a model in any format.
  ///   - bindsByOrder: Whether layers whose weights fit either way are told apart by the numbers in their
  ///     names.
  ///   - registry: The layers that can be run.
  /// - Throws: `ResidualError`, whose description names the file first.
  public init(
    weights: String, architecture: String, bindsByOrder: Bool = false,
    registry: LayerRegistry = .standard
  ) throws(ResidualError) {
    path = weights
    byteCount = try InputFile(path: weights).byteCount
    format =
      KerasReader.isShardList(path: weights)
      ? .kerasWeights : try ModelFormat.detect(path: weights)
    guard format != .protobuf else { throw .notWeights(weights) }
    let said = try Self.architecture(architecture, registry)
    let reading = try ResidualError.naming(weights) {
      try KerasReader(registry: registry).read(
        weights: weights, architecture: said, bindsByOrder: bindsByOrder)
    }
    renamed = reading.renamed
    namesNoLayers = reading.namesNoLayers
    trainingTensorCount = reading.trainingTensorCount
    model = reading.model
    bindings = reading.bindings
  }

  private static func architecture(
    _ path: String, _ registry: LayerRegistry
  ) throws(ResidualError) -> KerasArchitecture {
    _ = try InputFile(path: path)
    return try ResidualError.naming(path) {
      try KerasArchitecture(contentsOfFile: path)
        ?? KerasArchitecture(of: ModelFile(path: path, registry: registry).model)
    }
  }
}

extension ModelFile {
  /// The files that a model is in besides the one that it is read from.
  package static func shardPaths(of path: String) -> [String] {
    ProtobufReader.shardPaths(path: path) + KerasReader.shardPaths(path: path)
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
  /// `save_weights` of Keras 1 and 2 writes them.
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
      case .kerasHDF5, .kerasArchive, .kerasWeights:
        try KerasReader(registry: registry).weights(path: path, for: self)
      case .protobuf: try taking(weightsOf: ProtobufReader(registry: registry).read(path: path))
      }
    }
  }

  /// Writes the model to a file, in the format of its extension, replacing the file as a whole.
  ///
  /// - Parameters:
  ///   - path: `model.pb`, or `model.h5`, `model.keras` or `model.weights.h5` for a model that Keras can
  ///     have.
  ///   - line: For which line of Keras a file is composed; without a choice it is for both, where one
  ///     file can be.
  ///   - registry: The layers that the model is made of.
  ///   - progress: Is told the bytes written so far and in all.
  /// - Throws: `ResidualError`, whose description names the file first.
  public func write(
    toFile path: String, for line: KerasLine? = nil, registry: LayerRegistry = .standard,
    progress: (Int, Int) -> Void = { _, _ in }
  ) throws(ResidualError) {
    let format = try ModelFormat(forWriting: path)
    guard line == nil || format.kerasKind != nil else { throw .notForKeras(path, format: format) }
    try ResidualError.naming(path) {
      try AtomicFile.replace(path, removing: ProtobufReader.shardNames) {
        try write(toNewFile: $0, format: format, for: line, registry: registry, progress: progress)
      }
    }
  }

  /// Writes to exactly this path, in a folder of its own.
  func write(
    toNewFile path: String, format: ModelFormat, for line: KerasLine? = nil,
    registry: LayerRegistry,
    shardByteLimit: Int = ProtobufWriter.maximumByteCount, progress: (Int, Int) -> Void
  ) throws {
    var writeBack = WriteBack(path: path)
    let progress = { (done: Int, total: Int) in
      writeBack.advance(to: done)
      progress(done, total)
    }
    if let kind = format.kerasKind {
      try KerasWriter(registry: registry).write(
        self, as: kind, for: line, to: path, progress: progress)
    } else {
      try withoutActuallyEscaping(progress) {
        try ProtobufWriter(shardByteLimit: shardByteLimit).write(self, to: path, progress: $0)
      }
    }
  }
}

extension ModelFormat {
  /// The kind of file of Keras.
  var kerasKind: KerasFileKind? {
    switch self {
    case .kerasHDF5: .hdf5
    case .kerasArchive: .archive
    case .kerasWeights: .weights
    case .protobuf: nil
    }
  }
}
