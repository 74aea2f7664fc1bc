internal import HDF5
internal import ModelGraph
internal import OrderedCollections

/// Weights of Keras 3 in several files.
///
/// `model.weights.json` tells which groups of variables are in which, and they stand beside it. As
/// `keras/src/saving/saving_lib.py`.
struct WeightShards {
  /// The objects of all files as those of one, and their datasets by path.
  let objects: [SourceRecord.Object]
  let tensors: OrderedDictionary<String, Tensor>

  /// The most files that are opened.
  private static let countLimit = 4096

  /// Reads everything but the elements of tensors, which stay in the files.
  ///
  /// `nil` for a file that is no JSON.
  ///
  /// - Throws: `KerasError.shards` where files and list disagree, `HDF5Error`, and `FileError` where one
  ///   cannot be mapped.
  init?(path: String) throws {
    guard let json = try JSONFile.bytes(path: path) else { return nil }
    let list = try JSONValue(parsing: json, of: PathName(path).last)
    let places = try Self.places(list)
    var objects: OrderedDictionary<String, SourceRecord.Object> = [:]
    var tensors: OrderedDictionary<String, Tensor> = [:]
    var byteCount = 0
    for name in OrderedSet(places.values.flatMap(\.self)) {
      let file = PathName(path).folder + name
      let contents = FileContents(try MappedFile(path: file))
      let tree = try SourceTree(try FileReader(path: file), contents)
      for object in tree.record.objects {
        if object.dataset != nil {
          let group = PathName(object.path).parent
          guard places[group]?.contains(name) == true else {
            throw KerasError.shards("'\(name)' has '\(object.path)', which the list has elsewhere")
          }
          guard objects[object.path] == nil else {
            throw KerasError.shards("'\(object.path)' is in '\(name)' and in another file")
          }
        }
        objects[object.path, default: SourceRecord.Object(path: object.path, attributes: [])]
          .merge(object)
      }
      byteCount += tree.tensors.values.reduce(0) { $0 + $1.bytes.byteCount }
      tensors.merge(tree.tensors) { first, _ in first }
    }
    if let empty = places.keys.first(where: { objects[$0] == nil }) {
      throw KerasError.shards("'\(empty)' is in none of the files")
    }
    // Python has it as a number of either kind.
    if let stated = list["metadata"]?["total_size"]?.double, stated != Double(byteCount) {
      throw KerasError.shards(
        "its files have \(byteCount) bytes of variables, and it says \(stated)")
    }
    // As the reader of one file finds them: each after its parent.
    objects.sort { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
    (self.objects, self.tensors) = (Array(objects.values), tensors)
  }

  /// What a file says, where it lists weights in several files.
  static func list(path: String) -> JSONValue? {
    guard let json = try? JSONFile.bytes(path: path),
      let list = try? JSONValue(parsing: json, of: PathName(path).last), list.has("weight_map")
    else { return nil }
    return list
  }

  /// The files that a list names; none where the file is no such list.
  static func paths(path: String) -> [String] {
    guard let list = list(path: path), let places = try? places(list) else { return [] }
    return OrderedSet(places.values.flatMap(\.self)).map { PathName(path).folder + $0 }
  }

  /// The names of the files of each group.
  private static func places(_ list: JSONValue) throws(KerasError) -> [String: [String]] {
    guard case .object(let map)? = list["weight_map"] else {
      throw .shards("it has no 'weight_map'")
    }
    var places: [String: [String]] = [:]
    var names: Set<String> = []
    for (group, files) in map {
      let found = files.array?.compactMap(\.string) ?? [files.string].compactMap(\.self)
      guard !found.isEmpty, found.count == files.array?.count ?? 1 else {
        throw .shards("'\(group)' is in \(files.excerpt)")
      }
      for name in found {
        // Nothing leads out of the folder.
        guard PathName(name).last == name, ![".", "..", ""].contains(name), !name.utf8.contains(0)
        else { throw .shards("'\(group)' is in '\(name)', which is no name of a file") }
        names.insert(name)
      }
      places[group] = found
    }
    guard names.count <= countLimit else {
      throw .shards("it names \(names.count) files; the limit is \(countLimit)")
    }
    return places
  }
}

extension SourceRecord.Object {
  /// Takes what another file has of the same object.
  fileprivate mutating func merge(_ other: SourceRecord.Object) {
    for attribute in other.attributes
    where !attributes.contains(where: { $0.name == attribute.name }) {
      attributes.append(attribute)
    }
    dataset = dataset ?? other.dataset
  }
}
