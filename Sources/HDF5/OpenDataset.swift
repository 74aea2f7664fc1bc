import CHDF5

/// A dataset that has passed every check, and may be read.
struct OpenDataset: ~Copyable {
  let handle: Handle
  let description: DatasetDescription
  let place: Location
}

extension FileReader {
  /// Opens a dataset and checks all that it declares.
  func openDataset(_ path: String) throws(HDF5Error) -> OpenDataset {
    let handle = try openObject(path, expecting: .dataset)
    let description = try describe(handle, at: location(path))
    return OpenDataset(handle: handle, description: description, place: location(path))
  }

  /// What an open dataset declares, all of it checked.
  func describe(
    _ handle: borrowing Handle, at place: Location
  ) throws(HDF5Error) -> DatasetDescription {
    // What has an offset is one run of bytes inside the file, and needs no look at its properties.
    let offset = fileOffset(of: handle)
    if offset == nil { try refuseOutsideData(handle, at: place) }
    let type = try handle.derived("H5Dget_type", at: place) { H5Dget_type($0) }
    let datatype = try Datatype(type, at: place)
    let space = try handle.derived("H5Dget_space", at: place) { H5Dget_space($0) }
    let dataspace = try Dataspace(space, at: place)
    let width = datatype.byteCount ?? storedVariableStringByteCount
    guard let count = dataspace.elementCount, let declared = product([count, width]) else {
      throw .sizeOverflow(place, shape: dataspace.shape)
    }
    try limits.check(.datasetByteCount, declared, limits.datasetByteCount, at: place)
    let stored = Library.query { [id = handle.id] in Int(clamping: H5Dget_storage_size(id)) }

    let layout: Layout
    if declared > 0, let offset {
      try checkRun(from: offset, declared: declared, stored: stored, at: place)
      layout = .contiguous(fileOffset: offset)
    } else {
      layout = try self.layout(
        of: handle, space, dataspace, width: width, declared: declared, stored: stored, at: place)
    }
    return DatasetDescription(
      datatype: datatype, dataspace: dataspace, layout: layout, elementCount: count,
      byteCount: datatype.byteCount == nil ? nil : declared)
  }

  /// Where a contiguous dataset's bytes begin in this file, if it has any.
  private func fileOffset(of handle: borrowing Handle) -> Int? {
    let address = Library.query { [id = handle.id] in H5Dget_offset(id) }
    return address == chdf5_undefined_address() ? nil : Int(clamping: address)
  }

  private func properties(
    of handle: borrowing Handle, at place: Location
  ) throws(HDF5Error) -> Handle {
    try handle.derived("H5Dget_create_plist", at: place) { H5Dget_create_plist($0) }
  }

  private func refuseOutsideData(
    _ handle: borrowing Handle, at place: Location
  ) throws(HDF5Error) {
    let properties = try properties(of: handle, at: place)
    let id = properties.id
    let layout = Library.query { H5Pget_layout(id) }
    guard layout != H5D_VIRTUAL else { throw .virtualDataset(place) }
    guard [H5D_COMPACT, H5D_CONTIGUOUS, H5D_CHUNKED].contains(layout) else {
      throw .library(place, function: "H5Pget_layout", message: "unknown layout")
    }
    let external = try Library.call("H5Pget_external_count", at: place) {
      H5Pget_external_count(id)
    }
    guard external == 0 else { throw .externalStorage(place) }
  }

  /// Checks that a contiguous dataset's bytes lie inside the file.
  private func checkRun(
    from offset: Int, declared: Int, stored: Int, at place: Location
  ) throws(HDF5Error) {
    let (end, overflows) = offset.addingReportingOverflow(declared)
    guard !overflows, end <= byteCount else {
      throw .endsOutside(place, end: overflows ? .max : end, file: byteCount)
    }
    guard stored >= declared else {
      throw .storedTooShort(place, declared: declared, stored: stored)
    }
  }

  /// The layout of a dataset that is not one run of bytes, or has none.
  private func layout(
    of handle: borrowing Handle, _ space: borrowing Handle, _ dataspace: Dataspace, width: Int,
    declared: Int, stored: Int, at place: Location
  ) throws(HDF5Error) -> Layout {
    let properties = try properties(of: handle, at: place)
    switch Library.query({ [id = properties.id] in H5Pget_layout(id) }) {
    case H5D_COMPACT:
      guard stored >= declared else {
        throw .storedTooShort(place, declared: declared, stored: stored)
      }
      return .compact
    case H5D_CONTIGUOUS:
      // The library would make up what the file does not have.
      guard declared == 0 else { throw .unwritten(place, chunk: nil) }
      return .contiguous(fileOffset: nil)
    default:
      let grid = try chunkGrid(properties, dataspace, width: width, at: place)
      let filters = try filters(properties, grid, width: width, at: place)
      let all = try grid.byteCount(width: width, at: place)
      if declared > 0 { try check(stored: stored, against: all, filters, at: place) }
      let identity = try identify(handle.id, at: place).identity
      try countChunked(identity, byteCount: declared, padding: all - declared)
        .check(limits, at: place)
      return .chunked(
        shape: grid.chunk, filters: filters, maximum: try Dataspace.maximum(of: space, at: place))
    }
  }

  private func chunkGrid(
    _ properties: borrowing Handle, _ dataspace: Dataspace, width: Int, at place: Location
  ) throws(HDF5Error) -> ChunkGrid {
    let (id, rank) = (properties.id, dataspace.shape.count)
    var lengths = [hsize_t](repeating: 0, count: rank)
    // Sound: the library writes at most `rank` lengths.
    let found = try Library.call("H5Pget_chunk", at: place) {
      unsafe H5Pget_chunk(id, Int32(rank), &lengths)
    }
    let chunk = lengths.map(Int.init(clamping:))
    guard found == rank, rank > 0, !chunk.contains(0) else {
      throw .invalidChunk(place, chunk: chunk, shape: dataspace.shape)
    }
    let grid = ChunkGrid(shape: dataspace.shape, chunk: chunk)
    try grid.check(limits, width: width, at: place)
    return grid
  }

  /// What is done to each chunk, those at the edges included.
  private func filters(
    _ properties: borrowing Handle, _ grid: ChunkGrid, width: Int, at place: Location
  ) throws(HDF5Error) -> [Filter] {
    let filters = try filters(properties, width: width, at: place)
    var options: UInt32 = 0
    // Sound: the library writes one number.
    _ = try Library.call("H5Pget_chunk_opts", at: place) { [id = properties.id] in
      unsafe H5Pget_chunk_opts(id, &options)
    }
    guard options == 0 || filters.isEmpty || !grid.reachesPast else { throw .partialChunks(place) }
    return filters
  }

  /// Checks that all chunks together can be what is declared, before memory is asked for.
  private func check(
    stored: Int, against all: Int, _ filters: [Filter], at place: Location
  ) throws(HDF5Error) {
    guard stored <= byteCount else { throw .endsOutside(place, end: stored, file: byteCount) }
    guard stored > 0 else { throw .unwritten(place, chunk: nil) }
    let isPlausible =
      filters.isEmpty
      ? stored == all : all <= ChunkDecoder.byteCount(unpackedFrom: stored, filters)
    guard isPlausible else { throw .storedChunks(place, declared: all, stored: stored) }
  }

  /// What is done to each chunk.
  ///
  /// - Parameter width: How many bytes an element has, which shuffling says again.
  private func filters(
    _ properties: borrowing Handle, width: Int, at place: Location
  ) throws(HDF5Error) -> [Filter] {
    let id = properties.id
    let count = try Library.call("H5Pget_nfilters", at: place) { H5Pget_nfilters(id) }
    var filters: [Filter] = []
    for index in 0..<UInt32(count) {
      var (flags, valueCount, values): (UInt32, Int, [UInt32]) = (0, 1, [0])
      var name = [CChar](repeating: 0, count: 64)
      // Sound: one value and 64 characters are asked for, and there is room for them. No
      // configuration is asked for, since for that the library would look for the filter.
      let code = try Library.call("H5Pget_filter2", at: place) {
        unsafe H5Pget_filter2(
          id, index, &flags, &valueCount, &values, name.count - 1, &name, nil)
      }
      switch code {
      case H5Z_FILTER_DEFLATE: filters.append(.deflate(level: Int(values[0])))
      case H5Z_FILTER_SHUFFLE:
        guard Int(values[0]) == width else {
          throw .shuffledWidth(place, declared: width, found: Int(values[0]))
        }
        filters.append(.shuffle)
      case H5Z_FILTER_FLETCHER32: filters.append(.fletcher32)
      default:
        let bytes = name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:))
        throw .unsupportedFilter(
          place, identifier: Int(code), name: String(decoding: bytes, as: UTF8.self))
      }
    }
    return filters
  }
}
