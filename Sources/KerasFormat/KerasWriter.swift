internal import Glibc
internal import HDF5
internal import OrderedCollections
public import ModelGraph
internal import Zip

/// Writes a model as the Keras file that it came from: the same objects, the same
/// attributes, the same types, so that `h5diff` finds nothing.
///
/// For a model that did not come from a Keras file, one is composed: see
/// `Model.composingKerasFile`.
public struct KerasWriter: Sendable {
  private let registry: LayerRegistry

  /// Makes a writer that knows the layers of a registry.
  public init(registry: LayerRegistry = .standard) {
    self.registry = registry
  }

  /// Writes a model to exactly this path, one tensor at a time.
  ///
  /// - Parameters:
  ///   - kind: An archive that came from one has the same members in the same order, with the same JSON byte
  ///     for byte.
  ///   - progress: Is told the bytes written so far and in all.
  /// - Throws: `KerasError.inexpressible` for a model that did not come from a Keras
  ///   file of this kind and cannot become one, `KerasError.sourceDisagrees` for one that did and has
  ///   been changed since, what reading the tensors and writing the file throw, and `ZipError` for what an
  ///   archive cannot hold.
  public func write(
    _ model: Model, as kind: KerasFileKind = .hdf5, to path: String,
    progress: (Int, Int) -> Void = { _, _ in }
  ) throws {
    let model = try model.composingKerasFile(kind)
    guard let source = model.source else { throw KerasError.inexpressible("it has no record") }
    if kind != .weights { try check(model, source) }
    let total = byteCount(of: source, in: model)
    var done = 0
    let advance = { (count: Int) in
      done += count
      progress(done, total)
    }
    switch kind {
    case .hdf5, .weights: try writeTree(source.objects, model, to: path, advance: advance)
    case .archive: try writeArchive(source.members, model, to: path, advance: advance)
    }
  }

  private func writeArchive(
    _ members: [SourceRecord.Member], _ model: Model, to path: String, advance: (Int) -> Void
  ) throws {
    var archive = try ZipWriter(path: path)
    // Beside the archive, which takes them in when it is closed; a name that nobody has.
    var parts: [String] = []
    defer { for part in parts { unlink(part) } }
    for member in members {
      switch member.content {
      case .bytes(let bytes):
        try archive.add(bytes, as: member.name, timestamp: member.timestamp)
      case .tree(let objects):
        let file = PathName(path).folder + "weights-\(UInt64.random(in: 0...(.max))).h5"
        parts.append(file)
        try writeTree(objects, model, to: file, advance: advance)
        try archive.add(fileAt: file, as: member.name, timestamp: member.timestamp)
      }
    }
    try archive.close()
  }

  /// Writes an HDF5 file.
  ///
  /// - Parameter advance: Is told how many bytes of tensors were written.
  private func writeTree(
    _ objects: [SourceRecord.Object], _ model: Model, to path: String, advance: (Int) -> Void
  ) throws {
    let file = try FileWriter(path: path, version: try Self.version(of: objects))
    for object in objects {
      if let dataset = object.dataset {
        try write(dataset, of: object, model, to: file, advance: advance)
      } else if object.path != "/" {
        try file.createGroup(object.path)
      }
      try file.checkAttributeCount(object.attributes.count, of: object.path)
      for attribute in object.attributes {
        try file.writeAttribute(try Self.attribute(attribute), to: object.path)
      }
    }
    try file.close()
  }

  /// Two truths are kept apart, and must agree: what the model means, and what
  /// its Keras configuration says.
  private func check(_ model: Model, _ source: SourceRecord) throws {
    let interpretation = try KerasInterpreter(registry: registry).interpret(source) {
      guard case .tensor(let name) = $0.content else { return nil }
      return model.tensors[name]
    }
    var stored: [String: String] = [:]
    for object in source.allObjects {
      guard let dataset = object.dataset, case .tensor(let name) = dataset.content else { continue }
      stored[object.path] = name
      guard let tensor = model.tensors[name] else {
        throw KerasError.objectMissing(name, listedIn: "the source record")
      }
      // The elements are written as they are: under another type they would be other numbers.
      guard SourceTree.dtype(try DatatypeText.datatype(dataset.datatype)) == tensor.dtype else {
        throw KerasError.sourceDatatype(
          dataset: object.path, found: dataset.datatype, expected: tensor.dtype)
      }
    }
    if let moved = interpretation.bindings.first(where: { stored[$0.dataset] != $0.tensor }) {
      throw KerasError.sourceTensor(
        dataset: moved.dataset, found: stored[moved.dataset] ?? "", expected: moved.tensor)
    }
    if let difference = interpretation.graph.difference(from: model.graph) {
      throw KerasError.sourceDisagrees(difference)
    }
  }

  /// The bytes of all tensors that a record holds.
  private func byteCount(of source: SourceRecord, in model: Model) -> Int {
    source.allObjects.reduce(0) { $0 + (tensor(of: $1, in: model)?.bytes.byteCount ?? 0) }
  }

  private func tensor(of object: SourceRecord.Object, in model: Model) -> Tensor? {
    guard case .tensor(let name) = object.dataset?.content else { return nil }
    return model.tensors[name]
  }

  private func write(
    _ dataset: SourceRecord.Dataset, of object: SourceRecord.Object, _ model: Model,
    to file: borrowing FileWriter, advance: (Int) -> Void
  ) throws {
    let datatype = try DatatypeText.datatype(dataset.datatype)
    let storage = try DatatypeText.storage(dataset.storage)
    switch dataset.content {
    case .value(let value):
      let space = Self.dataspace(value.dimensions)
      switch value.elements {
      case .bytes(let bytes):
        try file.createDataset(
          object.path, datatype: datatype, dataspace: space, storage: storage, bytes: bytes)
      case .texts(let texts):
        let created = try file.createDataset(
          object.path, datatype: datatype, dataspace: space, storage: storage)
        try created.writeStrings(texts)
      }
    case .tensor(let name):
      guard let tensor = model.tensors[name] else {
        throw KerasError.objectMissing(name, listedIn: "the source record")
      }
      // An array without axes is a scalar; Keras has no other dataset of one element's rank.
      let created = try file.createDataset(
        object.path, datatype: datatype, dataspace: Self.dataspace(tensor.dimensions),
        storage: storage)
      try created.writeInPieces { write in
        try tensor.bytes.forEachPiece { piece in
          try write(Span<UInt8>(_bytes: piece))
          advance(piece.byteCount)
        }
      }
    }
  }

  /// The oldest files that can hold what a record has.
  private static func version(
    of objects: [SourceRecord.Object]
  ) throws(KerasError) -> FileWriter.Version {
    for attribute in objects.lazy.flatMap(\.attributes) {
      guard try self.attribute(attribute).fitsHeader else { return .v18 }
    }
    return .earliest
  }

  private static func attribute(
    _ attribute: SourceRecord.Attribute
  ) throws(KerasError) -> Attribute {
    let value: Attribute.Value =
      switch attribute.value.elements {
      case .bytes(let bytes): .bytes(bytes)
      case .texts(let texts): .strings(texts)
      }
    return Attribute(
      name: attribute.name, datatype: try DatatypeText.datatype(attribute.datatype),
      dataspace: dataspace(attribute.value.dimensions), value: value)
  }

  private static func dataspace(_ dimensions: [Int]?) -> Dataspace {
    guard let dimensions else { return .null }
    return dimensions.isEmpty ? .scalar : .simple(dimensions)
  }
}
