import CHDF5
import Synchronization

extension FileWriter {
  /// Creates a dataset, and the groups above it that are missing.
  ///
  /// Its elements are zero until they are written. Chunks that a reader with default ``Limits`` would
  /// refuse are not made. The corresponding C function is `H5Dcreate2`.
  @discardableResult
  public func createDataset(
    _ path: String, datatype: Datatype, dataspace: Dataspace, storage: Storage = .contiguous
  ) throws(HDF5Error) -> WritableDataset {
    let place = try location(path)
    let type = try datatype.makeHandle(at: place)
    let space = try dataspace.makeHandle(maximum: storage.maximum, at: place)
    let links = try makeLinkProperties(at: path)
    let properties = try makeDatasetProperties(storage, datatype, dataspace, at: place)
    let (file, typeID, spaceID) = (file, type.id, space.id)
    let (linksID, propertiesID) = (links.id, properties.id)
    // Sound: the path's bytes live during the call.
    let handle = try Handle("H5Dcreate2", at: place, telling: failures) {
      unsafe H5Dcreate2(file, path, typeID, spaceID, linksID, propertiesID, chdf5_default())
    }
    return WritableDataset(
      handle: handle, datatype: datatype, dataspace: dataspace, storage: storage, place: place)
  }

  /// Creates a dataset with all its elements: little-endian, row-major.
  public func createDataset(
    _ path: String, datatype: Datatype, dataspace: Dataspace, storage: Storage = .contiguous,
    bytes: [UInt8]
  ) throws(HDF5Error) {
    let expected = product([dataspace.elementCount ?? .max, datatype.byteCount ?? .max])
    guard bytes.count == expected else {
      throw .wrongCount(try location(path), expected: expected ?? .max, found: bytes.count)
    }
    let dataset = try createDataset(
      path, datatype: datatype, dataspace: dataspace, storage: storage)
    try dataset.write(bytes.span)
  }

  private func makeDatasetProperties(
    _ storage: Storage, _ datatype: Datatype, _ dataspace: Dataspace, at place: Location
  ) throws(HDF5Error) -> Handle {
    let properties = try Self.withoutTimes(chdf5_dataset_create_class(), at: place)
    let id = properties.id
    switch storage {
    case .contiguous: break
    case .compact:
      _ = try Library.call("H5Pset_layout", at: place) { H5Pset_layout(id, H5D_COMPACT) }
    case .chunked(let shape, let filters, _):
      guard shape.count == dataspace.shape.count, !shape.isEmpty, shape.allSatisfy({ $0 > 0 })
      else { throw .invalidChunk(place, chunk: shape, shape: dataspace.shape) }
      try countChunks(ChunkGrid(shape: dataspace.shape, chunk: shape), datatype, at: place)
      let lengths = shape.map(hsize_t.init)
      // Sound: the library reads as many lengths as it is told there are.
      _ = try Library.call("H5Pset_chunk", at: place) {
        unsafe H5Pset_chunk(id, Int32(clamping: lengths.count), lengths)
      }
      for filter in filters { try add(filter, to: properties, at: place) }
    }
    return properties
  }

  /// Refuses chunks that would not be read again: the library makes room for what lies past the
  /// dataset too.
  private func countChunks(
    _ grid: ChunkGrid, _ datatype: Datatype, at place: Location
  ) throws(HDF5Error) {
    let (limits, width) = (Limits(), datatype.byteCount ?? storedVariableStringByteCount)
    try grid.check(limits, width: width, at: place)
    let all = try grid.byteCount(width: width, at: place)
    guard let byteCount = product(grid.shape + [width]) else {
      throw .sizeOverflow(place, shape: grid.shape)
    }
    try totals.withLock { (totals) throws(HDF5Error) in
      totals.add(byteCount, padding: all - byteCount)
      try totals.check(limits, at: place)
    }
  }

  private func add(
    _ filter: Filter, to properties: borrowing Handle, at place: Location
  ) throws(HDF5Error) {
    let id = properties.id
    switch filter {
    case .deflate(let level):
      _ = try Library.call("H5Pset_deflate", at: place) {
        H5Pset_deflate(id, UInt32(clamping: level))
      }
    case .shuffle:
      _ = try Library.call("H5Pset_shuffle", at: place) { H5Pset_shuffle(id) }
    case .fletcher32:
      _ = try Library.call("H5Pset_fletcher32", at: place) { H5Pset_fletcher32(id) }
    }
  }
}
