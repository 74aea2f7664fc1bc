internal import HDF5
internal import OrderedCollections
public import ModelGraph
internal import Zip

/// What reading a Keras file gives.
public struct KerasReading: Sendable {
  /// The model; its weights stay in the file until they are used.
  public let model: Model
  /// How each weight was bound.
  public let bindings: [WeightBinding]
}

/// Reads whole-model Keras files.
///
/// They are HDF5, as Keras 1.0.8 to 2.15 and Keras 3 write it, or archives (`.keras`), as Keras 2.15 and
/// Keras 3 do; the content tells which.
///
/// libhdf5 may crash on a damaged file. A program that reads files of strangers
/// does so in a process of its own, as `resconv` and `resverify` do.
public struct KerasReader: Sendable {
  private let registry: LayerRegistry

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
    let archive = try KerasArchive(contents, name: name)
    let interpreter = KerasInterpreter(registry: registry)
    let configuration = try interpreter.configuration(try StatedModel(archive.record))
    return try reading(archive.record, archive.tensors, configuration, interpreter)
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
        ?? interpreter.configuration(of: tree.record) { Self.shape(of: $0, in: tree.tensors) },
      interpreter)
  }

  /// The model of a record and its datasets.
  private func reading(
    _ record: SourceRecord, _ datasets: OrderedDictionary<String, Tensor>,
    _ configuration: KerasInterpreter.Configuration, _ interpreter: KerasInterpreter
  ) throws -> KerasReading {
    let interpretation = try interpreter.bind(record, to: configuration) {
      Self.shape(of: $0, in: datasets)
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
  /// Gives a model the weights of a Keras file, which may be a whole model or, as
  /// `save_weights` of Keras 2 writes it, have the weights alone.
  ///
  /// Weights are bound by the names of their layers and their roles: each is filled once, and none
  /// is left over.
  ///
  /// - Returns: The same graph with the file's weights, which stay in the file until they are used.
  /// - Throws: `HDF5Error`, `KerasError` or `ModelError`, and `FileError` where the file cannot be
  ///   mapped.
  public func weights(path: String, for model: Model) throws -> Model {
    let contents = FileContents(try MappedFile(path: path))
    if try contents.withBytes(ZipArchive.isBegun(by:)) {
      let archive = try KerasArchive(contents, name: path)
      let tree = try WeightTree(archive.record) { Self.shape(of: $0, in: archive.tensors) }
      let bindings = try WeightPathBinder(model.graph, tree).bind()
      return try model.taking(archive.tensors, bindings)
    }
    let tree = try SourceTree(try FileReader(path: path), contents)
    let isWhole = tree.record.objects.contains { $0.path == WeightFile.modelRoot }
    let file = try WeightFile(tree.record, root: isWhole ? WeightFile.modelRoot : "") {
      Self.shape(of: $0, in: tree.tensors)
    }
    return try model.taking(tree.tensors, try WeightBinder(model.graph, file).bind())
  }

  private static func shape(
    of dataset: SourceRecord.Dataset, in tensors: OrderedDictionary<String, Tensor>
  ) -> [Int]? {
    guard case .tensor(let name) = dataset.content else { return nil }
    return tensors[name]?.dimensions
  }
}

extension Model {
  /// The same graph with datasets as its weights.
  fileprivate func taking(
    _ datasets: OrderedDictionary<String, Tensor>, _ bindings: [WeightBinding]
  ) throws(ModelError) -> Model {
    var tensors = tensors
    let layers = Dictionary(graph.allLayers.map { ($0.path, $0.layer) }) { first, _ in first }
    for binding in bindings {
      guard let name = layers[binding.layer]?.parameters[binding.role] else { continue }
      tensors[name] = datasets[binding.dataset]
    }
    return try Model(graph: graph, tensors: tensors, provenance: provenance)
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
