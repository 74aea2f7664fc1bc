internal import OrderedCollections
internal import ModelGraph

/// The weights of a Keras file as its lists of names give them.
struct WeightFile {
  /// The weights of one top-level layer.
  struct Group {
    /// The layer's name.
    var layer: String
    /// The group's path.
    var path: String
    /// The names of the weights in Keras's order, relative to the group.
    var names: [String]

    /// The path of a weight's dataset.
    func path(of name: String) -> String { path + "/" + name }
  }

  /// The groups in the file's order.
  let groups: OrderedDictionary<String, Group>
  /// The size of each axis of every dataset below the weights, by path.
  let shapes: [String: [Int]]

  /// The group that holds the groups of layers; empty for the root itself.
  let root: String

  /// The group in a file of a whole model.
  static let modelRoot = "/model_weights"
  /// The group of an optimizer's variables.
  static let optimizerRoot = "/optimizer_weights"
  static let topLevelName = "top_level_model_weights"

  /// Reads the lists of names.
  ///
  /// - Parameters:
  ///   - root: The group that holds the groups of layers: that of a whole model, or, empty, the
  ///     root itself of a file that has the weights alone.
  ///   - shape: The size of each axis of a dataset.
  init(
    _ source: SourceRecord, root: String = modelRoot,
    shape: (SourceRecord.Dataset) -> [Int]?
  ) throws(KerasError) {
    let objects = Dictionary(source.objects.map { ($0.path, $0) }) { first, _ in first }
    let place = root.isEmpty ? "/" : root
    guard let object = objects[place], object.dataset == nil else {
      throw .notKeras(hint: "group '\(place)' is missing")
    }
    guard let layerNames = try Self.names("layer_names", of: object) else {
      throw .fileAttribute("layer_names", of: place, expected: "a list of texts")
    }
    func group(_ layer: String) throws(KerasError) -> Group? {
      let path = root + "/" + layer
      guard let object = objects[path] else { return nil }
      guard object.dataset == nil, let names = try Self.names("weight_names", of: object) else {
        throw .fileAttribute("weight_names", of: path, expected: "a list of texts")
      }
      let group = Group(layer: layer, path: path, names: names)
      for name in names where objects[group.path(of: name)]?.dataset == nil {
        throw .objectMissing(group.path(of: name), listedIn: "'weight_names' of '\(path)'")
      }
      return group
    }
    var groups: OrderedDictionary<String, Group> = [:]
    for layer in layerNames {
      guard let found = try group(layer) else {
        throw .objectMissing(root + "/" + layer, listedIn: "'layer_names'")
      }
      guard groups.updateValue(found, forKey: layer) == nil else {
        throw .model(.duplicateLayer(layer))
      }
    }
    self.root = root
    self.groups = groups
    // Weights of the model itself rather than of a layer: what is listed must be there.
    if groups[Self.topLevelName] == nil { _ = try group(Self.topLevelName) }
    var shapes: [String: [Int]] = [:]
    for object in source.objects where object.path.hasPrefix(root + "/") {
      if let dataset = object.dataset { shapes[object.path] = shape(dataset) ?? [] }
    }
    self.shapes = shapes
  }

  /// A list of names, which Keras splits over `name0`, `name1`, … where it is
  /// larger than an attribute may be; `nil` where there is none.
  static func names(
    _ name: String, of object: SourceRecord.Object
  ) throws(KerasError) -> [String]? {
    let attributes = Dictionary(object.attributes.map { ($0.name, $0) }) { first, _ in first }
    func texts(_ attribute: SourceRecord.Attribute) throws(KerasError) -> [String] {
      switch attribute.value.elements {
      case .texts(let texts): return texts.map { String(decoding: $0, as: UTF8.self) }
      // An empty list has no text to give it its type: it is an empty list of numbers.
      case .bytes(let bytes) where bytes.isEmpty: return []
      case .bytes:
        throw .fileAttribute(attribute.name, of: object.path, expected: "a list of texts")
      }
    }
    if let whole = attributes[name] { return try texts(whole) }
    guard attributes[name + "0"] != nil else { return nil }
    var names: [String] = []
    for index in 0... {
      guard let part = attributes["\(name)\(index)"] else { break }
      names += try texts(part)
    }
    return names
  }
}
