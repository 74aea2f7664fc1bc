internal import OrderedCollections
internal import ModelGraph

/// The tensors of a model as they are found in its files.
struct TensorTable {
  /// The tensors of the model, by name.
  private(set) var model: OrderedDictionary<String, Tensor> = [:]
  /// The tensors of the goldens, by name.
  private(set) var golden: OrderedDictionary<String, Tensor> = [:]
  /// The unknown fields of tensors, by their place.
  private(set) var unknown: [String: [UInt8]] = [:]
  /// Where the payloads are in their files, in the order they were found.
  private(set) var payloads: [Range<Int>] = []
  private let limits: ProtobufLimits

  init(limits: ProtobufLimits) {
    self.limits = limits
  }

  /// Adds the tensors of a file.
  mutating func add(_ layout: FileLayout, of file: FileContents, path: String) throws {
    try file.withBytes { bytes in
      guard payloads.count + layout.tensors.count <= limits.tensorCount else {
        throw ProtobufFormatError.exceeds(what: "tensors", limit: limits.tensorCount)
      }
      model.reserveCapacity(model.count + layout.tensors.count)
      payloads.reserveCapacity(payloads.count + layout.tensors.count)
      for range in layout.tensors {
        let stored = try StoredTensor(in: bytes, at: range, limits: limits)
        payloads.append(stored.payload)
        try add(stored, of: file, path: path)
      }
    }
  }

  private mutating func add(
    _ stored: StoredTensor, of file: FileContents, path: String
  ) throws(ProtobufFormatError) {
    guard let payload = file.bytes(in: stored.payload) else { throw .unparsable }
    let bytes = ChecksummedBytes(
      payload, checksum: stored.checksum, name: stored.name, path: path)
    let tensor: Tensor
    do throws(ModelError) {
      tensor = try Tensor(dtype: stored.dtype, dimensions: stored.dimensions, bytes: bytes)
    } catch {
      throw .model(error)
    }
    let isNew =
      switch stored.usage {
      case .model:
        golden[stored.name] == nil && model.updateValue(tensor, forKey: stored.name) == nil
      case .golden:
        model[stored.name] == nil && golden.updateValue(tensor, forKey: stored.name) == nil
      }
    guard isNew else { throw .duplicateTensor(stored.name) }
    if !stored.unknown.isEmpty { unknown[UnknownFields.tensor(stored.name)] = stored.unknown }
  }
}
