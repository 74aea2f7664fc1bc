import CHDF5

extension FileWriter {
  /// Creates a dataset, and the groups above it that are missing.
  ///
  /// A shape cannot grow later. Its elements are zero until they are written. The corresponding C function is `H5Dcreate2`.
  public func createDataset(
    _ path: String, datatype: Datatype, dataspace: Dataspace, storage: Storage = .contiguous
  ) throws(HDF5Error) {
    let place = try location(path)
    let type = try datatype.makeHandle(at: place)
    let space = try dataspace.makeHandle(at: place)
    let links = try makeLinkProperties(at: path)
    let properties = try makeDatasetProperties(storage, dataspace, at: place)
    let (file, typeID, spaceID) = (file, type.id, space.id)
    let (linksID, propertiesID) = (links.id, properties.id)
    // Sound: the path's bytes live during the call.
    _ = try Handle("H5Dcreate2", at: place) {
      unsafe H5Dcreate2(file, path, typeID, spaceID, linksID, propertiesID, chdf5_default())
    }
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
    try createDataset(path, datatype: datatype, dataspace: dataspace, storage: storage)
    try write(bytes.span, to: path)
  }

  /// Writes elements of a dataset: little-endian, row-major, strings of fixed length with padding.
  ///
  /// A large dataset is written in pieces. Of a chunked one, a piece should be whole rows of
  /// chunks: a chunk that is not written at once is packed more than once. The corresponding C
  /// function is `H5Dwrite`.
  /// - Parameters:
  ///   - bytes: Whole elements.
  ///   - path: The dataset's path.
  ///   - start: The first element to write, counted row-major.
  public func write(
    _ bytes: Span<UInt8>, to path: String, atElement start: Int = 0
  ) throws(HDF5Error) {
    let dataset = try openDataset(path)
    guard let width = dataset.datatype.byteCount else {
      throw .wrongDatatype(
        dataset.place, expected: "elements of fixed size", found: dataset.datatype)
    }
    guard bytes.count.isMultiple(of: width) else {
      throw .wrongCount(
        dataset.place, expected: bytes.count / width * width, found: bytes.count)
    }
    let range = try Self.range(from: start, count: bytes.count / width, of: dataset)
    var failure: HDF5Error?
    // Sound: the buffer is as long as the elements of the range, and is used during the call only.
    unsafe bytes.withUnsafeBufferPointer { buffer in
      guard let base = UnsafeRawBufferPointer(buffer).baseAddress else { return }
      do throws(HDF5Error) {
        if let unit = dataset.datatype.swappedWidth {
          var copy = unsafe Array(buffer)
          unsafe copy.withUnsafeMutableBytes { unsafe swapBytes($0, width: unit) }
          try unsafe Self.write(copy, range, width: width, to: dataset)
        } else {
          try unsafe Self.write(base, range, width: width, to: dataset)
        }
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
  }

  /// Writes strings to a dataset of strings, padding those of fixed length.
  public func writeStrings(
    _ strings: [[UInt8]], to path: String, atElement start: Int = 0
  ) throws(HDF5Error) {
    let dataset = try openDataset(path)
    guard case .string(let format) = dataset.datatype else {
      throw .wrongDatatype(dataset.place, expected: "strings", found: dataset.datatype)
    }
    if let length = format.fixedLength {
      let bytes = try format.padded(strings, to: length, at: dataset.place)
      return try write(bytes.span, to: path, atElement: start)
    }
    let range = try Self.range(from: start, count: strings.count, of: dataset)
    try unsafe withVariableStrings(strings, at: dataset.place) { (pointers) throws(HDF5Error) in
      // Sound: there is one pointer for each element of the range.
      try unsafe Self.write(pointers, range, width: MemoryLayout<UInt>.size, to: dataset)
    }
  }
}

// MARK: - Steps

/// A dataset of the file being written.
private struct Target: ~Copyable {
  let handle: Handle
  let datatype: Datatype
  let dataspace: Dataspace
  let place: Location
}

extension FileWriter {
  private func openDataset(_ path: String) throws(HDF5Error) -> Target {
    let place = try location(path)
    let file = file
    // Sound: the path's bytes live during the call.
    let handle = try Handle("H5Dopen2", at: place) {
      unsafe H5Dopen2(file, path, chdf5_default())
    }
    let type = try handle.derived("H5Dget_type", at: place) { H5Dget_type($0) }
    let space = try handle.derived("H5Dget_space", at: place) { H5Dget_space($0) }
    let datatype = try Datatype(type, at: place)
    let dataspace = try Dataspace(space, at: place)
    return Target(handle: handle, datatype: datatype, dataspace: dataspace, place: place)
  }

  private static func range(
    from start: Int, count: Int, of dataset: borrowing Target
  ) throws(HDF5Error) -> Range<Int> {
    let (end, overflows) = start.addingReportingOverflow(count)
    let elementCount = dataset.dataspace.elementCount ?? 0
    guard start >= 0, !overflows, end <= elementCount else {
      throw .outOfBounds(
        dataset.place, start..<max(start, overflows ? .max : end), count: elementCount)
    }
    return start..<end
  }

  private static func write(
    _ base: UnsafeRawPointer, _ range: Range<Int>, width: Int, to dataset: borrowing Target
  ) throws(HDF5Error) {
    let (id, place) = (dataset.handle.id, dataset.place)
    let memory = try dataset.datatype.makeHandle(at: place)
    let memoryID = memory.id
    try forEachSelection(
      range, of: dataset.dataspace, at: place
    ) { (offset, memorySpace, fileSpace) throws(HDF5Error) in
      // Sound: a selection of n elements at `offset` lies in the buffer for the whole range.
      _ = try Library.call("H5Dwrite", at: place) {
        unsafe H5Dwrite(
          id, memoryID, memorySpace, fileSpace, chdf5_default(), base + offset * width)
      }
    }
  }

  private func makeDatasetProperties(
    _ storage: Storage, _ dataspace: Dataspace, at place: Location
  ) throws(HDF5Error) -> Handle {
    let properties = try Handle("H5Pcreate", at: place) {
      H5Pcreate(chdf5_dataset_create_class())
    }
    let id = properties.id
    _ = try Library.call("H5Pset_obj_track_times", at: place) {
      H5Pset_obj_track_times(id, false)
    }
    switch storage {
    case .contiguous: break
    case .compact:
      _ = try Library.call("H5Pset_layout", at: place) { H5Pset_layout(id, H5D_COMPACT) }
    case .chunked(let shape, let filters):
      guard shape.count == dataspace.shape.count, !shape.isEmpty, shape.allSatisfy({ $0 > 0 })
      else { throw .invalidChunk(place, chunk: shape, shape: dataspace.shape) }
      let lengths = shape.map(hsize_t.init)
      // Sound: the library reads as many lengths as it is told there are.
      _ = try Library.call("H5Pset_chunk", at: place) {
        unsafe H5Pset_chunk(id, Int32(clamping: lengths.count), lengths)
      }
      for filter in filters { try add(filter, to: properties, at: place) }
    }
    return properties
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
