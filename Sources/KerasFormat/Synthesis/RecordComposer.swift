internal import OrderedCollections
internal import ModelGraph

/// Composes the objects of a Keras file.
struct RecordComposer {
  private typealias Attribute = SourceRecord.Attribute

  /// Keras's limit on the bytes of an attribute: HDF5 has one of 64 KiB on object headers.
  private static let maximumAttributeByteCount = 64512

  /// What every group of Keras says.
  private var stated: [Attribute] = []
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

  /// Starts with what a file says in words.
  init(_ words: FileWords) {
    func stated(_ characters: String) -> [Attribute] {
      (words.backend.map { [Self.text("backend", $0, characters: characters)] } ?? [])
        + [Self.text("keras_version", words.version, characters: characters)]
    }
    self.stated = stated("ascii")
    let model = JSONValue.object(words.model).description
    let training = words.trainingOfHDF5.map { JSONValue.object($0).description }
    addGroup(
      "/",
      stated("utf8") + [
        Self.text("model_config", model, characters: "ascii"),
        // Keras looks at no attribute that it does not know.
        Self.text(StatedModel.writerName, "residual", characters: "ascii"),
      ]
        + (words.areComposed
          ? [] : [Self.text(StatedModel.wordsName, "keras", characters: "ascii")])
        + (training.map { [Self.text("training_config", $0, characters: "ascii")] } ?? []))
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
      stated + (try Self.names("layer_names", layers.map(\.name))))
    for layer in layers {
      let group = WeightFile.modelRoot + "/" + layer.name
      let slots = order.stored(layer)
      let names = slots.map { "\($0.layer)/\($0.role):0" }
      addGroup(group, try Self.names("weight_names", names))
      for (slot, name) in zip(slots, names) {
        let tensor = slot.layer + "/" + slot.role
        guard let type = type(tensor) else { continue }
        addDataset(group + "/" + name, Self.dataset(tensor, type))
      }
    }
    addGroup(
      WeightFile.modelRoot + "/" + WeightFile.topLevelName, try Self.names("weight_names", []))
  }

  /// Adds a group for each object that owns weights, in Keras's own format of weights.
  ///
  /// - Parameter tensors: By name; what the file holds once more is added by its path.
  mutating func addPaths(
    _ graph: Graph, _ order: WeightOrder, _ tensors: inout OrderedDictionary<String, Tensor>,
    for line: KerasLine
  ) throws {
    // Keras 2 does not read a file without that of the model itself.
    addGroup("/vars", [Self.text("name", graph.name, characters: "utf8")])
    for owner in WeightPaths.owners(of: graph) {
      addGroup(owner.group + "/vars", [Self.text("name", owner.node.name, characters: "utf8")])
      let places = WeightPaths.places(of: owner, order.specifications[owner.layer] ?? [])
      if !places.contains(where: { $0.slot.leaf == WeightTree.tokenWeightsName }) {
        try addTokenWeights(of: owner, &tensors)
      }
      for place in places {
        let name = place.slot.layer + "/" + place.slot.role
        guard let tensor = tensors[name] else { continue }
        // The first name is the latest.
        let path = line == .keras2 ? place.datasets[place.datasets.count - 1] : place.datasets[0]
        addDataset(path, Self.dataset(name, tensor.dtype))
        for copy in place.copies {
          tensors[copy] = tensor
          addDataset(copy, Self.dataset(copy, tensor.dtype))
        }
      }
    }
  }

  /// Adds what the tokens of a layer count for, which its configuration says too.
  private mutating func addTokenWeights(
    of owner: WeightPaths.Owner, _ tensors: inout OrderedDictionary<String, Tensor>
  ) throws {
    guard case .layer(let layer as any TokenLayer) = owner.node.body,
      let ranges = layer.placeWeights
    else { return }
    let numbers = ranges.map { Float(($0.lowerBound + $0.upperBound) / 2) }
    let tensor = Tensor(try NDArray([numbers.count], elements: numbers))
    for path in WeightTree.tokenWeightPaths(owner) {
      tensors[path] = tensor
      addDataset(path, Self.dataset(path, tensor.dtype))
    }
  }

  /// Adds the variables of an optimizer to a file in HDF5, which tells them by their order.
  ///
  /// - Parameter rename: Is told the new name of a tensor and its old one.
  mutating func addOptimizer(
    _ variables: [SourceRecord.Dataset], rename: (String, String) -> Void
  ) throws(KerasError) {
    guard !variables.isEmpty else { return }
    let names = variables.indices.map { "optimizer/\($0)" }
    addGroup(WeightFile.optimizerRoot, try Self.names("weight_names", names))
    for (name, variable) in zip(names, variables) {
      addVariable(WeightFile.optimizerRoot + "/" + name, variable, rename: rename)
    }
  }

  /// Adds the variables of an optimizer in Keras's own format of weights.
  ///
  /// - Parameter rename: Is told the new name of a tensor and its old one.
  mutating func addVariables(
    _ variables: [SourceRecord.Dataset], rename: (String, String) -> Void
  ) {
    for (index, variable) in variables.enumerated() {
      addVariable("\(FileWords.optimizerGroup)/\(index)", variable, rename: rename)
    }
  }

  /// Adds what no weight of the model is: its tensor is named by its path.
  private mutating func addVariable(
    _ path: String, _ variable: SourceRecord.Dataset, rename: (String, String) -> Void
  ) {
    var variable = variable
    if case .tensor(let name) = variable.content {
      rename(path, name)
      variable.content = .tensor(path)
    }
    addDataset(path, variable)
  }

  // MARK: - Objects

  /// Adds a group after those that it is in.
  private mutating func addGroup(_ path: String, _ attributes: [Attribute] = []) {
    addParents(of: path)
    objects[path, default: SourceRecord.Object(path: path, attributes: [])].attributes += attributes
  }

  private mutating func addDataset(_ path: String, _ dataset: SourceRecord.Dataset) {
    addParents(of: path)
    objects[path] = SourceRecord.Object(path: path, attributes: [], dataset: dataset)
  }

  private static func dataset(_ tensor: String, _ type: DType) -> SourceRecord.Dataset {
    SourceRecord.Dataset(
      datatype: type.rawValue, storage: "contiguous", content: .tensor(tensor))
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
  func checkIsUnderstood() throws {
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
  /// - Parameter weights: The objects of the file that holds them.
  static func archive(_ words: FileWords, weights: [Object]) -> SourceRecord {
    // Keras looks at no key that it does not know, nor at the date.
    var metadata: LayerWords.Config = [
      "keras_version": .string(words.version), "date_saved": .string("1980-01-01@00:00:00"),
      StatedModel.writerName: .string("residual"),
    ]
    if !words.areComposed { metadata[StatedModel.wordsName] = .string("keras") }
    if let backend = words.backend { metadata[StatedModel.backendName] = .string(backend) }
    var configuration = words.model
    if let training = words.training { configuration["compile_config"] = .object(training) }
    // The first day that a zip file can have.
    let start: UInt32 = 0x21_0000
    func text(_ name: String, _ keys: LayerWords.Config) -> Member {
      let text = JSONValue.object(keys).description
      return Member(name: name, timestamp: start, content: .bytes(Array(text.utf8)))
    }
    return SourceRecord(
      format: KerasArchive.format,
      members: [
        text(KerasArchive.metadataName, metadata),
        text(KerasArchive.configurationName, configuration),
        Member(name: KerasArchive.weightsName, timestamp: start, content: .tree(weights)),
      ])
  }
}
