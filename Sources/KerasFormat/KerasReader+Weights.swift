internal import HDF5
public import ModelGraph
internal import OrderedCollections
internal import Zip

/// Weights that are kept beside what the model is.
///
/// They are in a file of weights alone: `save_weights` of Keras 1 and 2 writes lists of names into HDF5, Keras 3
/// and Keras 2 from 2.12 on its own format (`.weights.h5`). A file of a whole model has them too.
extension KerasReader {
  /// Reads a model of which one file has the weights and another says what it is.
  ///
  /// What comes of it has the record of the file that Keras would have made of both.
  ///
  /// - Parameters:
  ///   - path: The file with the weights.
  ///   - architecture: What the model is.
  ///   - bindsByOrder: Whether layers whose names were counted in another run are told apart by their
  ///     numbers alone.
  /// - Throws: `HDF5Error`, `KerasError` or `ModelError`, and `FileError` where the file cannot be mapped.
  public func read(
    weights path: String, architecture: KerasArchitecture, bindsByOrder: Bool = false
  ) throws -> KerasReading {
    let interpreter = KerasInterpreter(registry: registry)
    var file = try WeightContents(path: path, version: architecture.stated.version)
    if let archive = file.archive, case .paths(let tree) = file.layout {
      let own = try interpreter.configuration(archive) {
        KerasReader.tensor(of: $0, in: file.tensors)
      }
      file.layout = .paths(tree.naming(layersOf: own.graph))
    }
    var architecture = architecture
    let isOfKeras1 = architecture.stated.isOfKeras1
    if !isOfKeras1 { architecture.adopt(version: file.version, backend: file.backend) }
    let told = file.keras1 ?? architecture.keras1
    guard !isOfKeras1 || told != nil else { throw KerasError.laterWeights }
    let (stated, configuration) = try interpreter.configuration(architecture, weights: told)
    try file.checkFits(
      configuration.graph, isOfKeras1: isOfKeras1, backend: try architecture.keras1?.backend(),
      interpreter)
    let names: LayerNames = .counted(bindsByOrder: bindsByOrder)
    let (bindings, renamed) = try file.bindings(configuration.graph, names)
    var tensors: OrderedDictionary<String, Tensor> = [:]
    for binding in bindings { tensors[binding.tensor] = file.tensors[binding.dataset] }
    var provenance = configuration.provenance
    provenance.history.append(
      Provenance.Step(
        operation: "bind-weights", tool: "residual",
        detail: renamed.isEmpty
          ? PathName(path).last
          : "\(PathName(path).last), with "
            + renamed.map { "'\($0.key)' as '\($0.value)'" }.joined(separator: ", ")))
    let bare = try Model(
      graph: try configuration.graph.binding(KerasInterpreter.parameters(bindings)),
      tensors: tensors,
      provenance: provenance)
    var model = bare
    if isOfKeras1 {
      model = try file.completing(bare, stated, bindings, renamed)
    } else if let words = try FileWords(stated), bare.unsupportedLayers.isEmpty {
      model = try bare.composingKerasFile(file.isInLists ? .hdf5 : .archive, words).model
    }
    return KerasReading(
      model: model, bindings: bindings, renamed: renamed, namesNoLayers: file.namesNoLayers,
      trainingTensorCount: file.trainingTensorCount)
  }

  /// The files beside one that lists weights in several: `model.weights.json`.
  ///
  /// None where the file lists nothing.
  package static func shardPaths(path: String) -> [String] { WeightShards.paths(path: path) }

  /// Whether a file lists weights in several files, and holds none.
  package static func isShardList(path: String) -> Bool { WeightShards.list(path: path) != nil }

  /// Gives a model the weights of a Keras file, which may be a whole model or have the weights alone.
  ///
  /// Weights are bound by the names of their layers and their roles: each is filled once, and none
  /// is left over.
  ///
  /// - Returns: The same graph with the file's weights, which stay in the file until they are used.
  /// - Throws: `HDF5Error`, `KerasError` or `ModelError`, and `FileError` where the file cannot be
  ///   mapped.
  public func weights(path: String, for model: Model) throws -> Model {
    let file = try WeightContents(path: path, version: nil)
    // A vocabulary is no weight: one that the model does not have is not lost unseen.
    if let archive = file.archive, case .paths(let tree) = file.layout {
      let version = KerasVersion(try StatedModel(archive).version)
      _ = try KeptVocabularies(archive, tree).keys(of: model.graph, version)
    }
    let provenance = model.provenance
    let isOfKeras1 =
      provenance.producer == "keras" && KerasVersion(provenance.producerVersion).major < 2
    try file.checkFits(
      model.graph, isOfKeras1: isOfKeras1, backend: isOfKeras1 ? provenance.backend : nil,
      KerasInterpreter(registry: registry))
    return try model.taking(file.tensors, try file.bindings(model.graph, .stated).bindings)
  }
}

/// What a file holds that has weights, whatever else.
private struct WeightContents {
  let tensors: OrderedDictionary<String, Tensor>
  /// What the file says of itself, where it has the weights alone.
  let version: String?
  let backend: String?
  var layout: Layout
  /// The archive that it is in.
  var archive: SourceRecord?
  /// What the file has in HDF5.
  private var record: SourceRecord?
  /// The same weights, where they are those of Keras 1.
  private(set) var keras1: Keras1Weights?

  enum Layout {
    case lists(WeightFile)
    case paths(WeightTree)
  }

  /// How many tensors training left beside the weights.
  var trainingTensorCount: Int {
    let prefix = WeightFile.optimizerRoot + "/"
    return tensors.keys.count { $0.hasPrefix(prefix) || WeightTree.isTrainingState($0) }
  }

  /// Whether lists of names tell whose weights they are.
  var isInLists: Bool { if case .lists = layout { true } else { false } }

  /// Whether nothing tells what layers are called.
  var namesNoLayers: Bool {
    if case .paths(let tree) = layout { tree.owners.isEmpty } else { false }
  }

  /// - Parameter version: That of Keras, where something else tells it.
  init(path: String, version stated: String?) throws {
    let contents = FileContents(try MappedFile(path: path))
    if try contents.withBytes(ZipArchive.isBegun(by:)) {
      let archive = try KerasArchive.read(contents, name: path) { $0 }
      tensors = archive.tensors
      (version, backend) = (nil, nil)
      layout = .paths(
        try WeightTree(archive.record) { [tensors] in KerasReader.tensor(of: $0, in: tensors) })
      self.archive = archive.record
      return
    }
    if let shards = try WeightShards(path: path) {
      tensors = shards.tensors
      (version, backend) = (nil, nil)
      layout = .paths(
        WeightTree(shards.objects, KerasVersion(KerasLine.keras3.version)) { [tensors] in
          KerasReader.tensor(of: $0, in: tensors)
        })
      return
    }
    let tree = try SourceTree(try FileReader(path: path), contents)
    tensors = tree.tensors
    let tensor = { [tensors] in KerasReader.tensor(of: $0, in: tensors) }
    let attributes = tree.record.rootAttributes
    func text(_ name: String) -> String? { attributes.first { $0.name == name }?.text }
    guard !attributes.contains(where: { $0.name == StatedModel.numbersName }) else {
      throw KerasError.notKeras(hint: StatedModel.numbersHint)
    }
    (version, backend) = (text("keras_version"), text("backend"))
    record = tree.record
    let isWhole = tree.record.objects.contains { $0.path == WeightFile.modelRoot }
    let isInLists =
      isWhole || attributes.contains { ["layer_names", "layer_names0"].contains($0.name) }
    guard isInLists else {
      layout = .paths(
        WeightTree(
          tree.record.objects, KerasVersion(stated ?? KerasLine.keras3.version), tensor: tensor))
      return
    }
    let file = try WeightFile(tree.record, root: isWhole ? WeightFile.modelRoot : "") {
      tensor($0)?.dimensions
    }
    layout = .lists(file)
    // Keras 1 did not say that it wrote weights alone, and every later version does.
    if KerasVersion(version).major < 2 { keras1 = Keras1Weights(file) }
  }

  /// Checks that a model takes the weights as they are kept.
  ///
  /// - Parameters:
  ///   - isOfKeras1: Whether the model is of Keras 1.
  ///   - backend: What it was computed with, where that is known beside these weights.
  func checkFits(
    _ graph: Graph, isOfKeras1: Bool, backend: String?, _ interpreter: KerasInterpreter
  ) throws {
    guard let keras1 else { return try graph.checkTakesWeights() }
    if let backend, let found = try keras1.backend(), found != backend, !backend.isEmpty {
      throw KerasError.backend(found, expected: backend)
    }
    if let record, try StatedModel(attributes: record.rootAttributes) != nil {
      let own = try interpreter.configuration(record) { KerasReader.tensor(of: $0, in: tensors) }
      return try graph.checkTakesWeights(of: own.graph)
    }
    if !isOfKeras1 { try graph.checkTakes(keras1) }
  }

  /// A model of Keras 1 with the record of the file that Keras 1 would have made of it.
  ///
  /// Without one, where layers are called otherwise there.
  func completing(
    _ model: Model, _ stated: StatedModel, _ bindings: [WeightBinding],
    _ renamed: OrderedDictionary<String, String>
  ) throws -> Model {
    guard keras1 != nil, renamed.isEmpty, let record else { return model }
    let names = Dictionary(bindings.map { ($0.dataset, $0.tensor) }) { first, _ in first }
    return try Model(
      graph: model.graph, tensors: model.tensors, provenance: model.provenance,
      source: try record.renamingTensors { names[$0] ?? $0 }.completing(stated))
  }

  func bindings(
    _ graph: Graph, _ names: LayerNames
  ) throws -> (bindings: [WeightBinding], renamed: OrderedDictionary<String, String>) {
    switch layout {
    case .lists(let file):
      let binder = try WeightBinder(graph, file, names, isOfKeras1: keras1 != nil)
      return (try binder.bind(), try binder.renamed())
    case .paths(let tree):
      let binder = try WeightPathBinder(graph, tree, names)
      return (try binder.bind(), try binder.renamed())
    }
  }
}

extension KerasArchitecture {
  /// Takes what a file of weights says of itself for what the architecture does not say.
  fileprivate mutating func adopt(version: String?, backend: String?) {
    stated.version = stated.version ?? version
    stated.backend = stated.backend ?? backend
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
