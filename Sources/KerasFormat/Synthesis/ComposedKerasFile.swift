internal import OrderedCollections
public import ModelGraph

/// A model with the record of a Keras file that means it.
public struct ComposedKerasFile: Sendable {
  /// The model, with the record.
  public let model: Model
  /// Who alone loads the file; `nil` where both lines of Keras do, and where nothing was composed.
  public var restriction: KerasRestriction?
}

/// That one line of Keras alone loads a file as it is meant.
public struct KerasRestriction: Hashable, Sendable {
  /// The line that does.
  public var line: KerasLine
  /// Why the other one does not.
  public var reason: String
}

extension KerasRestriction: CustomStringConvertible {
  /// Who loads the file, and why the others do not.
  public var description: String { "it is for \(line.name) alone: \(reason)" }
}

extension Model {
  /// The same model with the record of a Keras file that means it, for a model that did
  /// not come from a file of this kind.
  ///
  /// A file in HDF5 is one that Keras 2.15 and Keras 3 read, where they understand the same by it,
  /// and one for either of them otherwise; an archive is for Keras 3. Layers are in the order in which
  /// Keras lists them, and weights are named `layer/role`. Tensors that no layer uses are left out.
  ///
  /// - Parameter line: For whom the file is composed, where somebody has chosen.
  /// - Throws: `KerasError.inexpressible`, naming the layer, for what no Keras file can
  ///   say or Keras would misread, and for what training left in a file of the other kind.
  public func composingKerasFile(
    _ kind: KerasFileKind = .hdf5, for line: KerasLine? = nil
  ) throws -> ComposedKerasFile {
    if source?.format == kind.format, try line == nil || line == statedLine() {
      return ComposedKerasFile(model: self)
    }
    try graph.checkIsWithoutKeras1()
    guard kind != .weights else { return try composingKerasFile(kind, for: line, nil) }
    // Archives of Keras 2 become rare: nobody means one who does not say so.
    let words = try FileWords(of: self, for: line ?? (kind == .archive ? .keras3 : nil))
    if words == nil { try checkHoldsModelAlone() }
    return try composingKerasFile(kind, for: line, words)
  }

  /// The same model with the record of a file that says it in the given words, or in others where there are
  /// none.
  func composingKerasFile(
    _ kind: KerasFileKind, for line: KerasLine? = nil, _ words: FileWords?
  ) throws -> ComposedKerasFile {
    let graph = try graph.inKerasOrder()
    let order = WeightOrder(specifications: try graph.parameterSpecifications())
    var parameters: [String: OrderedDictionary<String, String>] = [:]
    var tensors: OrderedDictionary<String, Tensor> = [:]
    var types: [String: Set<DType>] = [:]
    for (path, layer) in self.graph.allLayers {
      for specification in order.specifications[path] ?? [] {
        let role = specification.role
        guard let tensor = layer.parameters[role].flatMap({ self.tensors[$0] }) else { continue }
        let name = path + "/" + role
        parameters[path, default: [:]][role] = name
        tensors[name] = tensor
        if tensor.dtype.unitRoundoff != nil { types[path, default: []].insert(tensor.dtype) }
      }
    }
    let record: SourceRecord
    var restriction: KerasRestriction?
    if kind == .weights {
      try checkAreExpressible(types)
      var composer = RecordComposer()
      try composer.addPaths(graph, order, &tensors, for: line ?? producerLine ?? .keras3)
      record = SourceRecord(format: kind.format, objects: composer.record.objects)
    } else {
      let said: FileWords
      if let words {
        (said, restriction) = (words, words.restriction(in: kind))
      } else {
        (said, restriction) = try WordChoice(
          graph: graph, keys: try source.map { try TensorKeys(StatedModel($0)) } ?? TensorKeys(),
          storedTypes: types, kind: kind, line: line,
          isFromKeras3: source?.format == KerasArchive.format && producerLine == .keras3
        ).words()
      }
      switch kind {
      case .hdf5, .weights:
        try source?.checkHasNoOtherMembers()
        var composer = RecordComposer(said)
        try composer.addWeights(graph, order) { tensors[$0]?.dtype }
        try composer.addOptimizer(said.optimizer) { tensors[$0] = self.tensors[$1] }
        record = composer.record
      case .archive:
        var composer = RecordComposer()
        try composer.addPaths(graph, order, &tensors, for: said.line ?? .keras3)
        composer.addVariables(said.optimizer) { tensors[$0] = self.tensors[$1] }
        record = .archive(said, weights: composer.record.objects)
        try record.checkIsUnderstood()
      }
    }
    let model = try Model(
      graph: try graph.binding(parameters), tensors: tensors, provenance: provenance,
      source: record, goldens: goldens, unknownFields: unknownFields)
    return ComposedKerasFile(model: model, restriction: restriction)
  }

  /// The line of Keras whose words the model's file has.
  private func statedLine() throws -> KerasLine? {
    try source.flatMap { KerasLine(KerasVersion(try StatedModel($0).version)) }
  }

  /// The line of Keras that made the model; whoever had a file of Keras 2 has Keras 2.
  private var producerLine: KerasLine? { KerasLine(KerasVersion(provenance.producerVersion)) }

  /// Checks that weights can be written without what else a file says.
  ///
  /// - Parameter types: The element types of each layer's weights.
  private func checkAreExpressible(_ types: [String: Set<DType>]) throws {
    if let layer = unsupportedLayers.first { throw ModelError.unsupported([layer]) }
    if let (path, _) = types.first(where: { $0.value.contains(.bfloat16) }) {
      throw KerasError.inexpressible(
        "layer '\(path)' has weights of type bfloat16, which Keras does not read")
    }
  }
}

extension FileWords {
  /// The line of Keras whose words they are.
  var line: KerasLine? { KerasLine(KerasVersion(version)) }

  /// Who alone loads a file of another kind that has them.
  fileprivate func restriction(in kind: KerasFileKind) -> KerasRestriction? {
    guard let line else { return nil }
    return KerasRestriction(line: line, reason: "it has the words of \(line.name)")
  }
}

/// In whose words a model is composed.
private struct WordChoice {
  let graph: Graph
  /// What it calls its inputs and outputs.
  let keys: TensorKeys
  /// The element types of a layer's weights, by its path.
  let storedTypes: [String: Set<DType>]
  let kind: KerasFileKind
  /// What somebody has chosen.
  let line: KerasLine?
  /// Whether the model came in an archive of Keras 3: whoever had it has Keras 3, which does not read
  /// all words of Keras 2.
  let isFromKeras3: Bool

  /// The words, and who alone loads a file that has them.
  ///
  /// - Throws: `KerasError.inexpressible`, naming the layer.
  func words() throws -> (FileWords, KerasRestriction?) {
    if kind == .archive || isFromKeras3 || line == .keras3 {
      let chosen = line ?? .keras3
      let reason = chosen == .keras3 ? ofBackend : nil
      return (
        try words(of: chosen),
        .init(line: chosen, reason: reason ?? "it has the words of \(chosen.name)")
      )
    }
    if line == nil {
      let lack = try obstacle {
        try graph.check(fits: .keras2)
        try graph.checkNames(for: .keras2)
      }
      // Keras 3 reads the words of Keras 2 too, and shall not misread them.
      if let misreading = try obstacle({ try graph.check(fits: .keras3) }) {
        throw lack == nil ? misreading.appending(Self.remedy) : misreading.error
      }
      if let reason = ofBackend ?? lack?.description ?? callsAgain {
        return (try words(of: .keras3), .init(line: .keras3, reason: reason))
      }
    }
    let words = try words(of: .keras2)
    let obstacle = try obstacle { _ = try self.words(of: .keras3) }
    if let obstacle, line == nil, !graph.isRefusedByKeras3 {
      throw obstacle.appending(Self.remedy)
    }
    return (
      words, (obstacle?.description ?? callsAgain).map { .init(line: .keras2, reason: $0) }
    )
  }

  private static let remedy = "; '--for keras2' writes it for Keras 2 alone"

  private var ofBackend: String? {
    graph.hasExactCubic
      ? "bicubic interpolation is as JAX and NumPy have it, and other on other backends" : nil
  }

  private var callsAgain: String? {
    graph.modelCalledAgain.map {
      "model '\($0)' is called more than once, which each line of Keras numbers otherwise"
    }
  }

  private func words(of line: KerasLine) throws -> FileWords {
    try graph.check(fits: line)
    let configuration = ModelConfiguration(
      line: line, storedTypes: storedTypes, keys: keys,
      statesModules: kind == .archive || line == .keras3)
    let model = try configuration.model(graph)
    try graph.checkNames(for: line)
    return FileWords(
      version: line.version, backend: graph.hasExactCubic ? "jax" : "tensorflow", model: model)
  }

  /// Why something cannot be expressed; `nil` where it can.
  private func obstacle(_ attempt: () throws -> Void) throws -> Obstacle? {
    do {
      try attempt()
      return nil
    } catch KerasError.at(let layer, let kind, .inexpressible(let reason)) {
      return Obstacle(layer: (layer, kind), reason: reason)
    } catch KerasError.inexpressible(let reason) {
      return Obstacle(layer: nil, reason: reason)
    }
  }
}

/// Why a model cannot be said in the words of a line of Keras.
private struct Obstacle: CustomStringConvertible {
  /// The path and kind of the layer that it lies in.
  let layer: (path: String, kind: String)?
  let reason: String

  var description: String {
    (layer.map { "layer '\($0.path)' (\($0.kind)): " } ?? "") + reason
  }

  var error: KerasError { appending("") }

  /// The error, which says something more.
  func appending(_ words: String) -> KerasError {
    let error = KerasError.inexpressible(reason + words)
    return layer.map { .at(layer: $0.path, kind: $0.kind, error) } ?? error
  }
}
