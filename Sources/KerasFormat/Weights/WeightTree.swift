internal import ModelGraph

/// The weights of a Keras file as the objects that own them: `/layers/dense/vars/0`.
struct WeightTree {
  /// The size of each axis of every dataset of the model, by path.
  let shapes: [String: [Int]]
  /// What Keras calls the owner of a group of weights, where the file says it, by the path of the group.
  private(set) var owners: [String: String]
  /// What tokens count for, by the path of the dataset.
  private let tokenWeights: [String: Tensor]

  /// How layers are listed.
  let layout: Layout
  /// The groups that hold something, and those that they are in.
  private let groups: Set<String>

  /// The attribute of models that lists their layers, in which versions of Keras differ.
  struct Layout {
    /// Its name.
    let list: String
    /// Whether layers are in it once more, where they have weights.
    let listsWeightedTwice: Bool

    private init(list: String, listsWeightedTwice: Bool) {
      (self.list, self.listsWeightedTwice) = (list, listsWeightedTwice)
    }

    /// As the latest have it.
    static let latest = Layout(list: "layers", listsWeightedTwice: false)

    static let lists: Set = ["layers", "_layer_checkpoint_dependencies"]

    /// As the files of a version have it: 2.12 and 2.13 count layers with weights twice, and 2.14 does not.
    init(of objects: [SourceRecord.Object], _ version: KerasVersion) {
      let isOld = objects.contains { $0.path == "/_layer_checkpoint_dependencies" }
      list = isOld ? "_layer_checkpoint_dependencies" : "layers"
      listsWeightedTwice = isOld && version.isBefore(2, 14)
    }
  }

  /// The name of the dataset that has what tokens count for.
  static let tokenWeightsName = "idf_weights"
  /// The group of the layer in a `TextVectorization`, which keeps everything once more.
  static let innerLookup = "/_lookup_layer"

  /// Whether an object is no weight of the model, but what training left: of this model, or of one in it.
  static func isTrainingState(_ path: String) -> Bool {
    // By bytes: characters are told apart far more slowly.
    var parts = path.utf8.split(separator: UInt8(ascii: "/")).map(Substring.init)[...]
    while let first = parts.first, first == "layer" || Layout.lists.contains(String(first)) {
      // Layers have a name of their own there.
      parts = parts.dropFirst(first == "layer" ? 1 : 2)
    }
    return parts.first == "optimizer" || parts.first == "metrics"
  }

  /// Takes the objects of a file in Keras's own format.
  ///
  /// - Parameters:
  ///   - version: That of Keras, by which layers are counted.
  ///   - assets: The paths of what layers keep besides.
  ///   - tensor: What a dataset holds.
  init(
    _ objects: [SourceRecord.Object], _ version: KerasVersion, assets: [String] = [],
    tensor: (SourceRecord.Dataset) -> Tensor?
  ) {
    layout = Layout(of: objects, version)
    var shapes: [String: [Int]] = [:]
    var owners: [String: String] = [:]
    var tokenWeights: [String: Tensor] = [:]
    for object in objects where !Self.isTrainingState(object.path) {
      if let dataset = object.dataset {
        let tensor = tensor(dataset)
        shapes[object.path] = tensor?.dimensions ?? []
        if object.path.hasSuffix("/" + Self.tokenWeightsName) { tokenWeights[object.path] = tensor }
      } else if let name = object.attributes.first(where: { $0.name == "name" })?.text {
        owners[object.path] = name
      }
    }
    (self.shapes, self.owners, self.tokenWeights) = (shapes, owners, tokenWeights)
    var groups: Set<String> = []
    for path in Array(shapes.keys) + assets {
      var group = PathName(path).parent
      while !group.isEmpty, groups.insert(group).inserted { group = PathName(group).parent }
    }
    self.groups = groups
  }

  /// Takes the weights of an archive.
  ///
  /// - Parameter tensor: What a dataset holds.
  init(_ archive: SourceRecord, tensor: (SourceRecord.Dataset) -> Tensor?) throws(KerasError) {
    self.init(
      try archive.member(KerasArchive.weightsName, \.tree),
      KerasVersion(try StatedModel(archive).version), assets: KeptVocabularies.paths(archive),
      tensor: tensor)
  }

  /// The same, with the names of layers that the words of its own file say.
  func naming(layersOf graph: Graph) -> WeightTree {
    var tree = self
    for owner in WeightPaths.owners(of: graph, in: self) {
      tree.owners[owner.group + "/vars", default: owner.node.name] = owner.node.name
    }
    return tree
  }

  /// Whether something is kept in a group, or in one inside of it.
  func holds(_ group: String) -> Bool { groups.contains(group) }

  /// The paths of the datasets that have what the tokens of a layer count for: all are the same.
  static func tokenWeightPaths(_ owner: WeightPaths.Owner) -> [String] {
    let name = "/vars/" + tokenWeightsName
    let inner = owner.node.kind == TextVectorization.kind ? [owner.group + innerLookup + name] : []
    return [owner.group + name] + inner
  }

  /// What the tokens of a layer count for.
  ///
  /// - Throws: `KerasError` where that is missing, is said twice and not alike, or is no list; what reading
  ///   it throws.
  func tokenWeights(of owner: WeightPaths.Owner) throws -> [Double] {
    let paths = Self.tokenWeightPaths(owner)
    func fault(_ error: KerasError) -> KerasError {
      .at(layer: owner.layer, kind: owner.node.kind, error)
    }
    let found = try paths.map { path in
      guard let tensor = tokenWeights[path] else {
        throw fault(.objectMissing(path, listedIn: "the layer's 'output_mode'"))
      }
      guard tensor.dimensions.count == 1, tensor.dimensions[0] <= Constant.maximumElementCount
      else {
        throw fault(
          .weightShape(role: Self.tokenWeightsName, found: tensor.shape, expected: [nil]))
      }
      return tensor
    }
    guard try found.allSatisfy({ try $0.isIdentical(to: found[0]) }) else {
      throw fault(
        .weightsAmbiguous(
          group: owner.group, reason: "'\(Self.tokenWeightsName)' is there twice, and not the same")
      )
    }
    return try found[0].array(Double.self).elements
  }
}
