internal import OrderedCollections
public import ModelGraph

/// The kinds of files in which Keras keeps models.
public enum KerasFileKind: Hashable, Sendable {
  /// HDF5, which Keras 2 and Keras 3 read.
  case hdf5
  /// The archive of Keras 3: `.keras`.
  case archive

  /// The format's name in source records.
  var format: String {
    switch self {
    case .hdf5: SourceTree.format
    case .archive: KerasArchive.format
    }
  }
}

extension Model {
  /// The same model with the record of a Keras file that means it, for a model that did
  /// not come from a file of this kind.
  ///
  /// A file in HDF5 is one that Keras 2.15 and Keras 3 read, where they understand the same by it,
  /// and one for either of them otherwise; an archive is for Keras 3. Layers are in the order in which
  /// Keras lists them, and weights are named `layer/role`. Tensors that no layer uses are left out.
  ///
  /// - Throws: `KerasError.inexpressible`, naming the layer, for what no Keras file can
  ///   say or Keras would misread, and for what training left in a file of the other kind.
  public func composingKerasFile(_ kind: KerasFileKind = .hdf5) throws -> Model {
    guard source?.format != kind.format else { return self }
    try checkHoldsModelAlone()
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
    var dialect = try Dialect(for: graph)
    // Whoever had an archive of Keras 3 has Keras 3, which does not read all words of Keras 2.
    let cameInArchive = source?.format == KerasArchive.format
    if kind == .archive || (cameInArchive && KerasVersion(provenance.producerVersion).major > 2) {
      dialect = .keras3
    }
    let configuration = ModelConfiguration(
      dialect: dialect, storedTypes: types, statesModules: kind == .archive)
    let text = JSONValue.object(try configuration.model(graph)).description
    let record: SourceRecord
    switch kind {
    case .hdf5:
      var composer = RecordComposer(version: dialect.version, configuration: text)
      try composer.addWeights(graph, order) { tensors[$0]?.dtype }
      record = composer.record
    case .archive:
      var composer = RecordComposer()
      composer.addPaths(graph, order, &tensors)
      record = .archive(
        version: dialect.version, configuration: text, weights: composer.record.objects)
      try record.checkIsUnderstood()
    }
    return try Model(
      graph: try graph.binding(parameters), tensors: tensors, provenance: provenance,
      source: record, goldens: goldens, unknownFields: unknownFields)
  }
}

/// Composes the objects of a Keras file.
private struct RecordComposer {
  private typealias Attribute = SourceRecord.Attribute

  /// Keras's limit on the bytes of an attribute: HDF5 has one of 64 KiB on object headers.
  private static let maximumAttributeByteCount = 64512

  private var version = ""
  private var objects: OrderedDictionary<String, SourceRecord.Object> = [:]

  /// The objects and their attributes as a reader finds them: by name, each after its parent.
  var record: SourceRecord {
    let places = objects.values.map { object in
      // Before every character of a name, so that what is in a group comes next after it.
      (path: object.path.utf8.map { $0 == UInt8(ascii: "/") ? 0 : $0 }, object: object)
    }
    let sorted = places.sorted { $0.path.lexicographicallyPrecedes($1.path) }.map { place in
      var object = place.object
      object.attributes.sort { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
      return object
    }
    return SourceRecord(format: SourceTree.format, objects: sorted)
  }

  /// Starts with nothing but the root.
  init() { addGroup("/") }

  /// Starts with the model's configuration.
  init(version: String, configuration: String) {
    self.version = version
    addGroup(
      "/",
      [
        Self.text("backend", "tensorflow", characters: "utf8"),
        Self.text("keras_version", version, characters: "utf8"),
        Self.text("model_config", configuration, characters: "ascii"),
        // Keras looks at no attribute that it does not know.
        Self.text(StatedModel.writerName, "residual", characters: "ascii"),
      ])
  }

  /// Adds a group for each layer, and its weights.
  ///
  /// - Parameter type: The element type of a tensor.
  mutating func addWeights(
    _ graph: Graph, _ order: WeightOrder, type: (String) -> DType?
  ) throws(KerasError) {
    // Keras does not count the input of a Sequential model as one of its layers.
    let layers = graph.layers.values.filter { graph.form == .functional || !$0.isInput }
    addGroup(
      WeightFile.modelRoot,
      [
        Self.text("backend", "tensorflow", characters: "ascii"),
        Self.text("keras_version", version, characters: "ascii"),
      ] + (try Self.names("layer_names", layers.map(\.name))))
    for layer in layers {
      let group = WeightFile.modelRoot + "/" + layer.name
      let slots = order.stored(layer)
      let names = slots.map { "\($0.layer)/\($0.role):0" }
      addGroup(group, try Self.names("weight_names", names))
      for (slot, name) in zip(slots, names) {
        let tensor = slot.layer + "/" + slot.role
        guard let type = type(tensor) else { continue }
        addDataset(group + "/" + name, tensor, type)
      }
    }
    addGroup(
      WeightFile.modelRoot + "/" + WeightFile.topLevelName, try Self.names("weight_names", []))
  }

  /// Adds a group for each object that owns weights, in Keras's own format of weights.
  ///
  /// - Parameter tensors: By name; what the file holds once more is added by its path.
  mutating func addPaths(
    _ graph: Graph, _ order: WeightOrder, _ tensors: inout OrderedDictionary<String, Tensor>
  ) {
    for owner in WeightPaths.owners(of: graph) {
      addGroup(owner.group + "/vars", [Self.text("name", owner.node.name, characters: "utf8")])
      for place in WeightPaths.places(of: owner, order.specifications[owner.layer] ?? []) {
        let name = place.slot.layer + "/" + place.slot.role
        guard let tensor = tensors[name] else { continue }
        addDataset(place.datasets[0], name, tensor.dtype)
        for copy in place.copies {
          tensors[copy] = tensor
          addDataset(copy, copy, tensor.dtype)
        }
      }
    }
  }

  // MARK: - Objects

  /// Adds a group after those that it is in.
  private mutating func addGroup(_ path: String, _ attributes: [Attribute] = []) {
    addParents(of: path)
    objects[path, default: SourceRecord.Object(path: path, attributes: [])].attributes += attributes
  }

  private mutating func addDataset(_ path: String, _ tensor: String, _ type: DType) {
    addParents(of: path)
    objects[path] = SourceRecord.Object(
      path: path, attributes: [],
      dataset: SourceRecord.Dataset(
        datatype: type.rawValue, storage: "contiguous", content: .tensor(tensor)))
  }

  private mutating func addParents(of path: String) {
    let parent = PathName(path).parent
    if !parent.isEmpty, objects[parent] == nil { addGroup(parent) }
  }

  // MARK: - Attributes

  private static func text(_ name: String, _ text: String, characters: String) -> Attribute {
    Attribute(
      name: name, datatype: "string variable \(characters) null-terminated",
      value: SourceRecord.Value(dimensions: [], elements: .texts([Array(text.utf8)])))
  }

  /// A list of names as NumPy's bytes, in as many attributes as it needs: as NumPy's
  /// `array_split` divides it.
  private static func names(
    _ name: String, _ names: [String]
  ) throws(KerasError) -> [Attribute] {
    let texts = names.map { Array($0.utf8) }
    guard let width = texts.map(\.count).max() else {
      // NumPy's empty list is one of numbers.
      let empty = SourceRecord.Value(dimensions: [0], elements: .bytes([]))
      return [Attribute(name: name, datatype: "float64", value: empty)]
    }
    guard (1...maximumAttributeByteCount).contains(width) else {
      throw .inexpressible("'\(name)' has a name of \(width) bytes")
    }
    let capacity = maximumAttributeByteCount / width
    let count = (texts.count + capacity - 1) / capacity
    var rest = texts[...]
    return (0..<count).map { index in
      let length = texts.count / count + (index < texts.count % count ? 1 : 0)
      defer { rest = rest.dropFirst(length) }
      let part = SourceRecord.Value(
        dimensions: [length], elements: .texts(Array(rest.prefix(length))))
      return Attribute(
        name: count == 1 ? name : "\(name)\(index)",
        datatype: "string \(width) ascii null-padded", value: part)
    }
  }
}

extension SourceRecord {
  /// Checks that an archive says of each layer all that there is to know: it does not say what Keras
  /// computed with, on which some depend.
  ///
  /// - Throws: `KerasError.inexpressible`, naming the layer.
  fileprivate func checkIsUnderstood() throws {
    let interpreter = KerasInterpreter(registry: .standard)
    let read = try interpreter.configuration(try StatedModel(self)).graph
    for (path, node) in read.allLayers {
      guard case .unsupported(let layer) = node.body else { continue }
      throw KerasError.at(
        layer: path, kind: node.kind, .inexpressible("a layer read from an archive \(layer.reason)")
      )
    }
  }

  /// The record of an archive.
  ///
  /// - Parameters:
  ///   - version: That of the Keras that it is for.
  ///   - configuration: JSON.
  ///   - weights: The objects of the file that holds them.
  fileprivate static func archive(
    version: String, configuration: String, weights: [Object]
  ) -> SourceRecord {
    // Keras looks at no key that it does not know, nor at the date.
    let metadata: LayerWords.Config = [
      "keras_version": .string(version), "date_saved": .string("1980-01-01@00:00:00"),
      StatedModel.writerName: .string("residual"),
    ]
    // The first day that a zip file can have.
    let start: UInt32 = 0x21_0000
    func text(_ name: String, _ text: String) -> Member {
      Member(name: name, timestamp: start, content: .bytes(Array(text.utf8)))
    }
    return SourceRecord(
      format: KerasArchive.format,
      members: [
        text(KerasArchive.metadataName, JSONValue.object(metadata).description),
        text(KerasArchive.configurationName, configuration),
        Member(name: KerasArchive.weightsName, timestamp: start, content: .tree(weights)),
      ])
  }
}
