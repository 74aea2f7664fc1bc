import CHDF5

extension FileReader {
  /// What the dataset at the path is.
  ///
  /// Its bounds and limits have been checked: a contiguous one with an offset may be mapped.
  public func dataset(_ path: String) throws(HDF5Error) -> DatasetDescription {
    try openDataset(path).description
  }

  /// All elements of a dataset: little-endian, row-major; strings of fixed length with padding.
  ///
  /// The corresponding C function is `H5Dread`.
  /// - Throws: ``HDF5Error``; strings of variable length are read by ``readStrings(_:)``.
  public func readDataset(_ path: String) throws(HDF5Error) -> [UInt8] {
    let dataset = try openDataset(path)
    let byteCount = try fixedByteCount(of: dataset)
    var bytes = [UInt8](repeating: 0, count: byteCount)
    try read(0..<dataset.description.elementCount, of: dataset, into: &bytes)
    return bytes
  }

  /// Reads a dataset piece by piece, so that memory does not grow with it.
  ///
  /// The pieces are little-endian and follow one another row-major. The library's lock is not held
  /// while `body` runs.
  /// - Parameters:
  ///   - path: The dataset's path.
  ///   - slabByteCount: How large a piece may be. A piece is one element at least; of a chunked
  ///     dataset, it is one row of chunks at least: those that begin at one index of the first axis.
  ///   - body: Takes a piece.
  /// - Throws: ``HDF5Error``, and what `body` throws.
  public func readDataset(
    _ path: String, slabByteCount: Int, _ body: (Span<UInt8>) throws -> Void
  ) throws {
    let dataset = try openDataset(path)
    _ = try fixedByteCount(of: dataset)
    let description = dataset.description
    let width = description.datatype.byteCount ?? 1
    let step = pieceElementCount(description, byteCount: slabByteCount, width: width)
    var buffer: [UInt8] = []
    var start = 0
    while start < description.elementCount {
      let end = min(description.elementCount, start + min(step, .max - start))
      let byteCount = (end - start) * width
      if buffer.count != byteCount { buffer = [UInt8](repeating: 0, count: byteCount) }
      try read(start..<end, of: dataset, into: &buffer)
      try body(buffer.span)
      start = end
    }
  }

  /// The strings of a dataset of strings, without padding; not always valid UTF-8.
  public func readStrings(_ path: String) throws(HDF5Error) -> [[UInt8]] {
    let dataset = try openDataset(path)
    let description = dataset.description
    guard case .string(let format) = description.datatype else {
      throw .wrongDatatype(dataset.place, expected: "strings", found: description.datatype)
    }
    var budget = StringBudget(allowed: limits.stringByteCount)
    if let length = format.fixedLength {
      return try readFixedStrings(of: dataset, format, length: length, &budget)
    }
    try checkChunks(of: dataset)
    // A piece is short, since only its pointers can be counted before the library allocates.
    let step = 256
    let memory = try description.datatype.makeHandle(at: dataset.place)
    var strings: [[UInt8]] = []
    for start in stride(from: 0, to: description.elementCount, by: step) {
      let range = start..<min(start + step, description.elementCount)
      strings += try unsafe readVariableStrings(
        range.count, type: memory, budget: &budget, at: dataset.place
      ) { (buffer) throws(HDF5Error) in
        // Sound: the buffer has a pointer for each element of the range.
        try unsafe read(range, of: dataset, width: MemoryLayout<UInt>.size, into: buffer)
      }
    }
    return strings
  }

  private func readFixedStrings(
    of dataset: borrowing OpenDataset, _ format: StringFormat, length: Int,
    _ budget: inout StringBudget
  ) throws(HDF5Error) -> [[UInt8]] {
    let count = dataset.description.elementCount
    var strings: [[UInt8]] = []
    let step = pieceElementCount(dataset.description, byteCount: 1 << 16, width: length)
    for start in stride(from: 0, to: count, by: step) {
      let range = start..<min(start + step, count)
      guard let byteCount = product([range.count, length]) else {
        throw .sizeOverflow(dataset.place, shape: dataset.description.shape)
      }
      var bytes = [UInt8](repeating: 0, count: byteCount)
      try read(range, of: dataset, into: &bytes)
      for string in format.split(bytes, length: length) {
        try budget.take(string.count, at: dataset.place)
        strings.append(string)
      }
    }
    return strings
  }
}

// MARK: - Pieces

extension FileReader {
  private func fixedByteCount(of dataset: borrowing OpenDataset) throws(HDF5Error) -> Int {
    guard let byteCount = dataset.description.byteCount else {
      throw .wrongDatatype(
        dataset.place, expected: "elements of fixed size", found: dataset.description.datatype)
    }
    return byteCount
  }

  /// How many elements to read at a time: whole rows of chunks, so that each chunk is unpacked once.
  private func pieceElementCount(
    _ description: DatasetDescription, byteCount: Int, width: Int
  ) -> Int {
    let plain = max(1, byteCount / max(1, width))
    guard let row = description.storage.rowElementCount(of: description.shape) else {
      return plain
    }
    return max(row, plain / row * row)
  }

  /// Reads elements: of a chunked dataset, whole rows of chunks.
  private func read(
    _ range: Range<Int>, of dataset: borrowing OpenDataset, into bytes: inout [UInt8]
  ) throws(HDF5Error) {
    let description = dataset.description
    guard !bytes.isEmpty else { return }
    if let chunks = Chunks(description) {
      try read(range, of: dataset, chunks, into: &bytes)
    } else {
      var failure: HDF5Error?
      // Sound: the buffer is as long as the elements, and is used during the calls only.
      unsafe bytes.withUnsafeMutableBytes { buffer in
        guard let base = buffer.baseAddress else { return }
        do throws(HDF5Error) {
          try unsafe read(
            range, of: dataset, width: description.datatype.byteCount ?? 1, into: base)
        } catch {
          failure = error
        }
      }
      if let failure { throw failure }
    }
    if let width = description.datatype.swappedWidth {
      // Sound: the buffer is used during the call only.
      unsafe bytes.withUnsafeMutableBytes { unsafe swapBytes($0, width: width) }
    }
  }

  /// Reads elements that take `width` bytes of memory each.
  private func read(
    _ range: Range<Int>, of dataset: borrowing OpenDataset, width: Int,
    into start: UnsafeMutableRawPointer
  ) throws(HDF5Error) {
    let (id, place, description) = (dataset.handle.id, dataset.place, dataset.description)
    let memory = try description.datatype.makeHandle(at: place)
    let memoryID = memory.id
    try forEachSelection(
      range, of: description.dataspace, at: place
    ) { (offset, memorySpace, fileSpace) throws(HDF5Error) in
      // Sound: a selection of n elements at `offset` lies in the buffer for the whole range.
      _ = try Library.call("H5Dread", at: place) {
        unsafe H5Dread(
          id, memoryID, memorySpace, fileSpace, chdf5_default(), start + offset * width)
      }
    }
  }
}

/// Gives `body` the selections, in memory and file, that cover a range of elements, each with
/// the offset of its first element in the range.
func forEachSelection(
  _ range: Range<Int>, of dataspace: Dataspace, at place: Location,
  _ body: (_ offset: Int, _ memorySpace: hid_t, _ fileSpace: hid_t) throws(HDF5Error) -> Void
) throws(HDF5Error) {
  guard !range.isEmpty else { return }
  if range == 0..<(dataspace.elementCount ?? 0) {
    return try body(0, chdf5_all(), chdf5_all())
  }
  let fileSpace = try dataspace.makeHandle(at: place)
  let fileID = fileSpace.id
  var offset = 0
  for box in Box.boxes(covering: range, of: dataspace.shape) {
    let start = box.start.map(hsize_t.init)
    let count = box.count.map(hsize_t.init)
    // Sound: both arrays have one number for each dimension of the space.
    _ = try Library.call("H5Sselect_hyperslab", at: place) {
      unsafe H5Sselect_hyperslab(fileID, H5S_SELECT_SET, start, nil, count, nil)
    }
    let memorySpace = try Dataspace.simple([box.elementCount]).makeHandle(at: place)
    try body(offset, memorySpace.id, fileID)
    offset += box.elementCount
  }
}
