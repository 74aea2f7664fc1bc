internal import HDF5
internal import OrderedCollections
internal import ModelGraph

/// An HDF5 file as a source record and its datasets as tensors, named by their paths.
struct SourceTree {
  /// The format's name in source records.
  static let format = "keras-hdf5"

  let record: SourceRecord
  let tensors: OrderedDictionary<String, Tensor>

  /// Reads everything but the elements of tensors, which stay in the file: mapped
  /// where they are one run of bytes, and read on demand where they are not.
  ///
  /// - Parameter contents: The bytes of the same file.
  init(_ file: FileReader, _ contents: FileContents) throws {
    var objects: [SourceRecord.Object] = []
    var tensors: OrderedDictionary<String, Tensor> = [:]
    for object in try file.contents() {
      let entry = object.entry
      let attributes = object.attributes.map(Self.attribute)
      guard let description = object.dataset else {
        if let first = entry.firstPath { throw KerasError.groupTwice(entry.path, first: first) }
        objects.append(SourceRecord.Object(path: entry.path, attributes: attributes))
        continue
      }
      let content: SourceRecord.Dataset.Content
      if let tensor = try Self.tensor(description, at: entry.path, in: file, contents) {
        tensors[entry.path] = tensor
        content = .tensor(entry.path)
      } else {
        content = .value(try Self.value(description, at: entry.path, in: file))
      }
      objects.append(
        SourceRecord.Object(
          path: entry.path, attributes: attributes,
          dataset: SourceRecord.Dataset(
            datatype: DatatypeText.text(description.datatype),
            storage: DatatypeText.text(description.storage), content: content)))
    }
    record = SourceRecord(format: Self.format, objects: objects)
    self.tensors = tensors
  }

  /// The attributes of `/`, which can be had before the whole tree.
  static func rootAttributes(_ file: FileReader) throws -> [SourceRecord.Attribute] {
    try file.attributes(of: "/").map(attribute)
  }

  private static func attribute(_ attribute: Attribute) -> SourceRecord.Attribute {
    let elements: SourceRecord.Value.Elements =
      switch attribute.value {
      case .bytes(let bytes): .bytes(bytes)
      case .strings(let strings): .texts(strings)
      }
    return SourceRecord.Attribute(
      name: attribute.name, datatype: DatatypeText.text(attribute.datatype),
      value: SourceRecord.Value(dimensions: dimensions(attribute.dataspace), elements: elements))
  }

  /// The size of each axis; `nil` for a value without elements.
  private static func dimensions(_ space: Dataspace) -> [Int]? {
    switch space {
    case .null: nil
    case .scalar: []
    case .simple(let shape): shape
    }
  }

  private static func value(
    _ description: DatasetDescription, at path: String, in file: FileReader
  ) throws -> SourceRecord.Value {
    let elements: SourceRecord.Value.Elements =
      if case .string = description.datatype {
        .texts(try file.readStrings(path))
      } else {
        .bytes(try file.readDataset(path))
      }
    return SourceRecord.Value(dimensions: dimensions(description.dataspace), elements: elements)
  }

  private static func tensor(
    _ description: DatasetDescription, at path: String, in file: FileReader,
    _ contents: FileContents
  ) throws -> Tensor? {
    guard let dtype = dtype(description.datatype), let byteCount = description.byteCount,
      description.dataspace != .null
    else { return nil }
    if let range = description.nativeRange, let bytes = contents.bytes(in: range) {
      return try Tensor(dtype: dtype, dimensions: description.shape, bytes: bytes)
    }
    return try Tensor(
      dtype: dtype, dimensions: description.shape,
      bytes: DatasetBytes(file: file, path: path, byteCount: byteCount))
  }

  /// The element type that holds a datatype's values, if there is one.
  static func dtype(_ datatype: Datatype) -> DType? {
    // Keras has no other use for two opaque bytes.
    if case .opaque(2, _) = datatype { return .bfloat16 }
    return datatype.numberName.flatMap(DType.init)
  }
}

/// The elements of a dataset that is not one run of little-endian bytes, read
/// through libhdf5 each time they are asked for.
private struct DatasetBytes: TensorBytes {
  let file: FileReader
  let path: String
  let byteCount: Int

  /// How many bytes are read at a time, unless a row of chunks has more.
  private static let pieceByteCount = 4 << 20

  func withBytes<Result>(_ body: (RawSpan) throws -> Result) throws -> Result {
    let bytes = try file.readDataset(path)
    // Sound, here and below: any bytes are valid bytes; the span is lent for the call.
    return try unsafe body(bytes.span.bytes)
  }

  func forEachPiece(_ body: (RawSpan) throws -> Void) throws {
    try file.readDataset(path, slabByteCount: Self.pieceByteCount) { unsafe try body($0.bytes) }
  }
}
