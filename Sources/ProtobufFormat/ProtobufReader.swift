internal import Checksums
internal import Glibc
internal import OrderedCollections
public import ModelGraph

/// Reads models in the residual.v1 schema.
///
/// Tensors stay where they are in the file, which is mapped; each is compared with
/// its checksum when it is first used, and everything else when the file is read.
/// Whatever is in the file, reading it ends in a model or an error.
public struct ProtobufReader: Sendable {
  private let registry: LayerRegistry
  private let limits: ProtobufLimits

  /// Makes a reader that knows the kinds of layers of a registry.
  public init(registry: LayerRegistry = .standard, limits: ProtobufLimits = ProtobufLimits()) {
    self.registry = registry
    self.limits = limits
  }

  /// Whether a file begins as one of the schema does, whatever its version.
  public static func isModel(_ bytes: RawSpan) -> Bool { FileLayout.isOurs(bytes) }

  /// Whether the file at a path begins as one of the schema does.
  ///
  /// - Throws: `FileError` where the file cannot be read.
  public static func isModel(path: String) throws -> Bool {
    try MappedFile(path: path).withBytes { FileLayout.isOurs($0) }
  }

  /// Reads the model in a file, and the shards beside it: beside the file itself, where the path is a
  /// symbolic link to it.
  ///
  /// - Throws: `ProtobufFormatError` for what the file holds, `FileError` for what the
  ///   system refuses.
  public func read(path: String) throws -> Model {
    try read(FileContents(try MappedFile(path: path)), path: path)
  }

  /// Reads a model whose file is in memory; tensors stay in these bytes.
  ///
  /// - Parameters:
  ///   - bytes: The whole file.
  ///   - name: Names it in errors.
  /// - Throws: `ProtobufFormatError` for what the file holds, which must not have shards.
  public func read(bytes: [UInt8], name: String) throws -> Model {
    try read(.memory(bytes), path: name)
  }

  /// Reads a file: the graph on one thread, and where there is much to read, the tensors and the
  /// source record on another.
  private func read(_ file: FileContents, path: String) throws -> Model {
    let (layout, header) = try within(path) {
      try file.withBytes { bytes in
        let layout = try FileLayout(of: bytes, format: Schema.format, limits: limits)
        return (layout, HeaderBytes(bytes.copy(layout.header), source: layout.source))
      }
    }
    // What it throws is told first, as a header that is damaged may seem to say anything; what is
    // wrong in the source record is told last.
    @Sendable func tensorsAndSource() throws -> (TensorTable, Result<Header, any Error>) {
      try within(path) {
        try file.withBytes { try layout.checkHeader(of: $0) }
        var tensors = TensorTable(limits: limits)
        try tensors.add(layout, of: file, path: path)
        return (tensors, Result { try header.sourceAlone(limits: limits) })
      }
    }
    func shardsAndGraph() throws -> (TensorTable, ModelBody) {
      let header = try within(path) { try self.header(of: file, header, layout) }
      var tensors = TensorTable(limits: limits)
      if !header.shards.isEmpty {
        let folder = try within(path) { try ShardFolder(of: path) }
        for shard in header.shards { try read(shard, of: path, in: folder, into: &tensors) }
      }
      let decoder = GraphDecoder(header: header, registry: registry, limits: limits)
      return (tensors, try within(path) { try decoder.body() })
    }
    let (graph, (tensors, source)) =
      header.sourceByteCount < Self.threadByteCount
      ? (Result { try shardsAndGraph() }, try tensorsAndSource())
      : try concurrently({ Result { try shardsAndGraph() } }, onOwnThread: tensorsAndSource)
    let (sharded, body) = try graph.get()
    return try within(path) {
      try body.model(body.header.shards.isEmpty ? tensors : sharded, with: source.get())
    }
  }

  /// The bytes that are read in about the time that a thread takes to begin.
  private static let threadByteCount = 1 << 15

  /// Reads everything but the tensors and a source record that is read by itself.
  private func header(
    of file: FileContents, _ bytes: HeaderBytes, _ layout: FileLayout
  ) throws(ProtobufFormatError) -> Header {
    let header = try bytes.rest(limits: limits)
    guard header.shards.isEmpty || layout.tensors.isEmpty else {
      throw ProtobufFormatError.shardsAndTensors
    }
    guard header.shards.count <= limits.shardCount else {
      throw ProtobufFormatError.exceeds(what: "shards", limit: limits.shardCount)
    }
    if case .memory = file, let shard = header.shards.first {
      throw ProtobufFormatError.shardElsewhere(shard.fileName)
    }
    return header
  }

  private func read(
    _ shard: ShardRecord, of path: String, in folder: ShardFolder,
    into tensors: inout TensorTable
  ) throws {
    let location = try within(path) { try ShardLocation(shard.fileName, in: folder) }
    let file = try within(path) { try location.map() }
    let checksum = try within(location.path) {
      guard file.byteCount >= shard.byteCount else {
        throw ProtobufFormatError.truncated(byteCount: file.byteCount, expected: shard.byteCount)
      }
      let first = tensors.payloads.count
      let layout = try file.withBytes {
        try FileLayout(of: $0, format: Schema.shardFormat, limits: limits)
      }
      try tensors.add(layout, of: FileContents(file), path: location.path)
      return try file.withBytes { Checksum.of($0, without: tensors.payloads[first...]) }
    }
    guard file.byteCount == shard.byteCount, checksum == shard.checksum else {
      throw ProtobufFormatError.inFile(path, .shardMismatch(shard.fileName))
    }
  }

  private func within<Result>(_ path: String, _ body: () throws -> Result) throws -> Result {
    do {
      return try body()
    } catch let error as ProtobufFormatError {
      if case .inFile = error { throw error }
      throw ProtobufFormatError.inFile(path, error)
    }
  }
}
