internal import HDF5
public import OrderedCollections
public import ModelGraph
internal import Zip

/// What reading a Keras file gives.
public struct KerasReading: Sendable {
  /// The model; its weights stay in the file until they are used.
  public let model: Model
  /// How each weight was bound.
  public let bindings: [WeightBinding]
  /// What the model calls the layers that a file of weights calls otherwise, by the file's names: these were
  /// counted in another run of Python.
  public var renamed: OrderedDictionary<String, String> = [:]
  /// Whether a file of weights names no layers: they were bound by their classes and places.
  public var namesNoLayers = false
  /// How many tensors a file of weights has besides, which training left: the model does not have them.
  public var trainingTensorCount = 0
}

/// Reads whole-model Keras files.
///
/// They are HDF5, as Keras 1.0.8 to 2.15 and Keras 3 write it, or archives (`.keras`), as Keras 2.12 to 2.15 and
/// Keras 3 do; the content tells which.
///
/// libhdf5 may crash on a damaged file. A program that reads files of strangers
/// does so in a process of its own, as `resconv` and `resverify` do.
public struct KerasReader: Sendable {
  let registry: LayerRegistry

  /// Makes a reader of the layers of a registry.
  public init(registry: LayerRegistry = .standard) {
    self.registry = registry
  }

  /// Reads a model.
  ///
  /// - Throws: `HDF5Error`, `KerasError` or `ModelError`, and `FileError` where the
  ///   file cannot be mapped.
  public func read(path: String) throws -> KerasReading {
    let contents = FileContents(try MappedFile(path: path))
    if try contents.withBytes(ZipArchive.isBegun(by:)) {
      return try readArchive(contents, name: path)
    }
    return try read(try FileReader(path: path), contents)
  }

  /// Reads a model whose file is in memory.
  ///
  /// - Parameters:
  ///   - bytes: The whole file.
  ///   - name: Names it in errors.
  /// - Throws: `HDF5Error`, `KerasError` or `ModelError`.
  public func read(bytes: [UInt8], name: String) throws -> KerasReading {
    let contents = FileContents.memory(bytes)
    if try contents.withBytes(ZipArchive.isBegun(by:)) {
      return try readArchive(contents, name: name)
    }
    return try read(try FileReader(bytes: bytes, name: name), contents)
  }

  private func readArchive(_ contents: FileContents, name: String) throws -> KerasReading {
    let interpreter = KerasInterpreter(registry: registry)
    return try KerasArchive.read(contents, name: name) { archive in
      let configuration = try interpreter.configuration(archive.record) {
        Self.tensor(of: $0, in: archive.tensors)
      }
      return try reading(archive.record, archive.tensors, configuration, interpreter)
    }
  }

  private func read(_ file: FileReader, _ contents: FileContents) throws -> KerasReading {
    let interpreter = KerasInterpreter(registry: registry)
    // What the model is stands at the root: it is understood while the tree below is walked. A fault
    // of the tree is told first, as it may be the cause of others.
    let attributes = try SourceTree.rootAttributes(file)
    let (tree, configuration) = try concurrently {
      try SourceTree(file, contents)
    } onOwnThread: {
      // That of Keras 1 is told by the names of weights besides.
      try StatedModel(attributes: attributes).flatMap {
        $0.isOfKeras1 ? nil : try interpreter.configuration($0)
      }
    }
    return try reading(
      tree.record, tree.tensors,
      // Says what the file is instead.
      try configuration
        ?? interpreter.configuration(tree.record) { Self.tensor(of: $0, in: tree.tensors) },
      interpreter)
  }

  /// The model of a record and its datasets.
  private func reading(
    _ record: SourceRecord, _ datasets: OrderedDictionary<String, Tensor>,
    _ configuration: KerasInterpreter.Configuration, _ interpreter: KerasInterpreter
  ) throws -> KerasReading {
    let interpretation = try interpreter.bind(record, to: configuration) {
      Self.tensor(of: $0, in: datasets)
    }
    let names = Dictionary(
      interpretation.bindings.map { ($0.dataset, $0.tensor) },
      uniquingKeysWith: { first, _ in first })
    var tensors: OrderedDictionary<String, Tensor> = [:]
    for (path, tensor) in datasets {
      let name = names[path] ?? path
      guard tensors.updateValue(tensor, forKey: name) == nil else {
        throw ModelError.duplicateTensor(name)
      }
    }
    let model = try Model(
      graph: interpretation.graph, tensors: tensors, provenance: interpretation.provenance,
      source: record.renamingTensors { names[$0] ?? $0 })
    return KerasReading(model: model, bindings: interpretation.bindings)
  }
}

extension KerasReader {
  /// What a dataset holds.
  static func tensor(
    of dataset: SourceRecord.Dataset, in tensors: OrderedDictionary<String, Tensor>
  ) -> Tensor? {
    guard case .tensor(let name) = dataset.content else { return nil }
    return tensors[name]
  }
}

extension SourceRecord {
  /// The same record with other names of tensors.
  func renamingTensors(_ name: (String) -> String) -> SourceRecord {
    var record = self
    record.objects = record.objects.renamingTensors(name)
    for index in record.members.indices {
      guard let tree = record.members[index].tree else { continue }
      record.members[index].content = .tree(tree.renamingTensors(name))
    }
    return record
  }
}

extension [SourceRecord.Object] {
  fileprivate func renamingTensors(_ name: (String) -> String) -> Self {
    map { object in
      guard case .tensor(let old) = object.dataset?.content else { return object }
      var object = object
      object.dataset?.content = .tensor(name(old))
      return object
    }
  }
}
