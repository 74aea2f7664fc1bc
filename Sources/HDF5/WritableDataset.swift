import CHDF5

/// A dataset of a file that is being written, open until the end of this value.
public struct WritableDataset: ~Copyable {
  let handle: Handle
  /// What an element is.
  public let datatype: Datatype
  /// The arrangement of the elements.
  public let dataspace: Dataspace
  let storage: Storage
  let place: Location

  /// Writes elements: little-endian, row-major, strings of fixed length with padding.
  ///
  /// The corresponding C function is `H5Dwrite`. Of a chunked dataset, whole rows of chunks should
  /// be written: a chunk that is not written at once is packed more than once.
  /// - Parameters:
  ///   - bytes: Whole elements.
  ///   - start: The first element to write, counted row-major.
  public func write(
    _ bytes: Span<UInt8>, atElement start: Int = 0
  ) throws(HDF5Error) {
    guard let width = datatype.byteCount else {
      throw .wrongDatatype(place, expected: "elements of fixed size", found: datatype)
    }
    guard bytes.count.isMultiple(of: width) else {
      throw .wrongCount(place, expected: bytes.count / width * width, found: bytes.count)
    }
    let range = try range(from: start, count: bytes.count / width)
    var failure: HDF5Error?
    // Sound: the buffer is as long as the elements of the range, and is used during the call only.
    unsafe bytes.withUnsafeBufferPointer { buffer in
      guard let base = UnsafeRawBufferPointer(buffer).baseAddress else { return }
      do throws(HDF5Error) {
        if let unit = datatype.swappedWidth {
          var copy = unsafe Array(buffer)
          unsafe copy.withUnsafeMutableBytes { unsafe swapBytes($0, width: unit) }
          try unsafe write(copy, range, width: width)
        } else {
          try unsafe write(base, range, width: width)
        }
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
  }

  /// Writes elements from the first on, as they come in pieces, so that memory does not grow with
  /// the dataset.
  ///
  /// Of a chunked dataset, pieces are gathered to whole rows of chunks; what comes as whole rows is
  /// not copied.
  /// - Parameter produce: Hands pieces of whole elements, as `write(_:atElement:)` takes them, to
  ///   the function that it is given.
  /// - Throws: ``HDF5Error``, and what `produce` throws.
  public func writeInPieces(
    _ produce: ((Span<UInt8>) throws -> Void) throws -> Void
  ) throws {
    let width = datatype.byteCount ?? 1
    let row = storage.rowElementCount(of: dataspace.shape).flatMap { product([$0, width]) }
    let byteCount = product([dataspace.elementCount ?? .max, width])
    var (start, gathered): (Int, [UInt8]) = (0, [])
    func writeNext(_ bytes: Span<UInt8>) throws {
      try write(bytes, atElement: start)
      start += bytes.count / width
    }
    func gather(_ bytes: Span<UInt8>) {
      // Sound: the bytes are copied at once.
      unsafe bytes.withUnsafeBytes { unsafe gathered.append(contentsOf: $0) }
    }
    try produce { piece in
      guard let row, row > 0 else { return try writeNext(piece) }
      var place = 0
      if !gathered.isEmpty {
        place = min(row - gathered.count, piece.count)
        gather(piece.extracting(first: place))
        guard gathered.count == row else { return }
        try writeNext(gathered.span)
        gathered.removeAll(keepingCapacity: true)
      }
      let rest = piece.count - place
      // The last row may be shorter.
      let whole = start * width + rest == byteCount ? rest : rest / row * row
      if whole > 0 { try writeNext(piece.extracting(place..<place + whole)) }
      gather(piece.extracting(place + whole..<piece.count))
    }
    if !gathered.isEmpty { try writeNext(gathered.span) }
  }

  /// Writes strings, padding those of fixed length.
  public func writeStrings(
    _ strings: [[UInt8]], atElement start: Int = 0
  ) throws(HDF5Error) {
    guard case .string(let format) = datatype else {
      throw .wrongDatatype(place, expected: "strings", found: datatype)
    }
    if let length = format.fixedLength {
      let bytes = try format.padded(strings, to: length, at: place)
      return try write(bytes.span, atElement: start)
    }
    let range = try range(from: start, count: strings.count)
    try unsafe withVariableStrings(strings, at: place) { (pointers) throws(HDF5Error) in
      // Sound: there is one pointer for each element of the range.
      try unsafe write(pointers, range, width: MemoryLayout<UInt>.size)
    }
  }

  private func range(from start: Int, count: Int) throws(HDF5Error) -> Range<Int> {
    let (end, overflows) = start.addingReportingOverflow(count)
    let elementCount = dataspace.elementCount ?? 0
    guard start >= 0, !overflows, end <= elementCount else {
      throw .outOfBounds(
        place, start..<max(start, overflows ? .max : end), count: elementCount)
    }
    return start..<end
  }

  private func write(
    _ base: UnsafeRawPointer, _ range: Range<Int>, width: Int
  ) throws(HDF5Error) {
    let (id, place) = (handle.id, place)
    let memory = try datatype.makeHandle(at: place)
    let memoryID = memory.id
    try forEachSelection(
      range, of: dataspace, at: place
    ) { (offset, memorySpace, fileSpace) throws(HDF5Error) in
      // Sound: a selection of n elements at `offset` lies in the buffer for the whole range.
      _ = try Library.call("H5Dwrite", at: place, isWatched: false) {
        unsafe H5Dwrite(
          id, memoryID, memorySpace, fileSpace, chdf5_default(), base + offset * width)
      }
    }
  }
}
