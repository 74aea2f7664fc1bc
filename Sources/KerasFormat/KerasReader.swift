internal import HDF5
internal import OrderedCollections
public import ModelGraph

/// What reading a Keras file gives.
public struct KerasReading: Sendable {
  /// The model; its weights stay in the file until they are used.
  public let model: Model
  /// How each weight was bound.
  public let bindings: [WeightBinding]
}

/// Reads whole-model Keras files in HDF5, as Keras 2.0 to 2.15 and Keras 3 write them.
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
    let file = try FileReader(path: path)
    return try read(file, .mapped(try MappedFile(path: path)))
  }

  /// Reads a model whose file is in memory.
  ///
  /// - Parameters:
  ///   - bytes: The whole file.
  ///   - name: Names it in errors.
  /// - Throws: `HDF5Error`, `KerasError` or `ModelError`.
  public func read(bytes: [UInt8], name: String) throws -> KerasReading {
    try read(try FileReader(bytes: bytes, name: name), .memory(bytes))
  }

  private func read(_ file: FileReader, _ contents: FileContents) throws -> KerasReading {
    let interpreter = KerasInterpreter(registry: registry)
    // What the model is stands at the root: it is understood while the tree below is walked. A fault
    // of the tree is told first, as it may be the cause of others.
    let attributes = try SourceTree.rootAttributes(file)
    let (tree, configuration) = try concurrently {
      try SourceTree(file, contents)
    } onOwnThread: {
      try interpreter.configuration(attributes)
    }
    let interpretation = try interpreter.bind(tree.record, to: configuration) {
      guard case .tensor(let name) = $0.content else { return nil }
      return tree.tensors[name]?.dimensions
    }
    let names = Dictionary(
      interpretation.bindings.map { ($0.dataset, $0.tensor) },
      uniquingKeysWith: { first, _ in first })
    var tensors: OrderedDictionary<String, Tensor> = [:]
    for (path, tensor) in tree.tensors {
      let name = names[path] ?? path
      guard tensors.updateValue(tensor, forKey: name) == nil else {
        throw ModelError.duplicateTensor(name)
      }
    }
    let model = try Model(
      graph: interpretation.graph, tensors: tensors, provenance: interpretation.provenance,
      source: tree.record.renamingTensors { names[$0] ?? $0 })
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
    let tree = try SourceTree(
      try FileReader(path: path), .mapped(try MappedFile(path: path)))
    let isWhole = tree.record.objects.contains { $0.path == WeightFile.modelRoot }
    let file = try WeightFile(tree.record, root: isWhole ? WeightFile.modelRoot : "") {
      guard case .tensor(let name) = $0.content else { return nil }
      return tree.tensors[name]?.dimensions
    }
    var tensors = model.tensors
    let layers = Dictionary(model.graph.allLayers.map { ($0.path, $0.layer) }) { first, _ in first }
    for binding in try WeightBinder(model.graph, file).bind() {
      guard let name = layers[binding.layer]?.parameters[binding.role] else { continue }
      tensors[name] = tree.tensors[binding.dataset]
    }
    return try Model(graph: model.graph, tensors: tensors, provenance: model.provenance)
  }
}

extension SourceRecord {
  /// The same record with other names of tensors.
  func renamingTensors(_ name: (String) -> String) -> SourceRecord {
    var record = self
    for index in record.objects.indices {
      guard case .tensor(let old) = record.objects[index].dataset?.content else { continue }
      record.objects[index].dataset?.content = .tensor(name(old))
    }
    return record
  }
}
