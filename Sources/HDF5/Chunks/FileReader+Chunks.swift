import CHDF5
import Glibc

/// How a chunked dataset is read: without libhdf5's filters, so that each chunk is unpacked once and
/// its length is known.
struct Chunks {
  let grid: ChunkGrid
  let decoder: ChunkDecoder
  /// How many bytes an element has in the file.
  let width: Int
  /// How many bytes all chunks have together; without filters, as many as the file stores.
  let byteCount: Int

  /// Nil for a dataset that is not in chunks, or has no elements.
  init?(_ description: DatasetDescription) {
    guard case .chunked(let chunk, let filters, _) = description.layout,
      description.elementCount > 0
    else { return nil }
    width = description.datatype.byteCount ?? storedVariableStringByteCount
    grid = ChunkGrid(shape: description.shape, chunk: chunk)
    // The products were checked when the dataset was opened.
    guard let chunkByteCount = product(chunk + [width]),
      let byteCount = product(grid.counts + [chunkByteCount])
    else { return nil }
    self.byteCount = byteCount
    decoder = ChunkDecoder(filters: filters, elementByteCount: width, byteCount: chunkByteCount)
  }
}

extension DatasetDescription {
  /// How many bytes of memory reading may take besides the elements: of a chunk, packed and unpacked;
  /// without filters, room for all chunks, of which one is used.
  ///
  /// What a chunk has past a dataset is not counted: it may be much more than the dataset.
  public var workingByteCount: Int {
    guard let chunks = Chunks(self) else { return 0 }
    guard !chunks.decoder.filters.isEmpty else { return chunks.byteCount }
    return 2 * min(chunks.decoder.byteCount, byteCount ?? 0)
  }
}

extension FileReader {
  /// Reads elements of a chunked dataset as the file has them.
  ///
  /// - Parameters:
  ///   - range: Whole rows of chunks.
  ///   - bytes: As long as the elements.
  func read(
    _ range: Range<Int>, of dataset: borrowing OpenDataset, _ chunks: Chunks,
    into bytes: inout [UInt8]
  ) throws(HDF5Error) {
    let (grid, width) = (chunks.grid, chunks.width)
    for row in grid.rows(holding: range) {
      let base = grid.elements(ofRow: row).lowerBound - range.lowerBound
      try grid.forEachChunk(ofRow: row) { (start) throws(HDF5Error) in
        let chunk = try read(chunkAt: start, of: dataset, chunks)
        // Sound: a run lies within the chunk and within the range, and the buffers live meanwhile.
        unsafe bytes.withUnsafeMutableBytes { target in
          unsafe chunk.withUnsafeBytes { source in
            grid.forEachRun(ofChunkAt: start) { inChunk, inRow, count in
              let from = inChunk * width..<(inChunk + count) * width
              let to = (base + inRow) * width..<(base + inRow + count) * width
              precondition(from.upperBound <= source.count && to.upperBound <= target.count)
              unsafe UnsafeMutableRawBufferPointer(rebasing: target[to]).copyMemory(
                from: UnsafeRawBufferPointer(rebasing: source[from]))
            }
          }
        }
      }
    }
  }

  /// Refuses a dataset whose chunks are not whole, before libhdf5 follows what they point to.
  func checkChunks(of dataset: borrowing OpenDataset) throws(HDF5Error) {
    guard let chunks = Chunks(dataset.description) else { return }
    for row in 0..<chunks.grid.rowCount {
      try chunks.grid.forEachChunk(ofRow: row) { (start) throws(HDF5Error) in
        _ = try read(chunkAt: start, of: dataset, chunks)
      }
    }
  }

  /// The bytes of the chunk that begins at a place.
  private func read(
    chunkAt start: [Int], of dataset: borrowing OpenDataset, _ chunks: Chunks
  ) throws(HDF5Error) -> [UInt8] {
    let decoder = chunks.decoder
    guard !decoder.filters.isEmpty else {
      return try readPlain(chunkAt: start, of: dataset, chunks)
    }
    let (id, place, offset) = (dataset.handle.id, dataset.place, start.map(hsize_t.init))
    var size: hsize_t = 0
    // Sound, here and below: the place has a number for each axis of the dataset, and the pointers
    // are used during the calls only.
    let code = Library.query { unsafe H5Dget_chunk_storage_size(id, offset, &size) }
    // Of a chunk that is missing, some versions of the library say that it has no bytes.
    guard code >= 0, size > 0 else { throw .unwritten(place, chunk: start) }
    guard size <= byteCount else {
      throw .endsOutside(place, end: Int(clamping: size), file: byteCount)
    }
    var stored = [UInt8](repeating: 0, count: Int(size))
    var mask: UInt32 = 0
    // Sound: the library writes as many bytes as it has just said that the chunk has.
    _ = try Library.call("H5Dread_chunk", at: place) {
      unsafe H5Dread_chunk(id, chdf5_default(), offset, &mask, &stored)
    }
    do throws(ChunkDecoder.Failure) {
      return try decoder.decode(consume stored, mask: mask)
    } catch {
      switch error {
      case .length(let found):
        throw .chunkLength(place, chunk: start, declared: decoder.byteCount, found: found)
      case .damaged(let how): throw .chunkDamaged(place, chunk: start, how: how)
      }
    }
  }

  /// The bytes of a chunk without filters.
  ///
  /// Of such a one libhdf5 does not tell the length that the file has. A chunk is too short where
  /// its last byte is not written; and where none is too short none is too long, for all together
  /// have been found to have the length that they must have.
  private func readPlain(
    chunkAt start: [Int], of dataset: borrowing OpenDataset, _ chunks: Chunks
  ) throws(HDF5Error) -> [UInt8] {
    let (id, place, offset) = (dataset.handle.id, dataset.place, start.map(hsize_t.init))
    let byteCount = chunks.decoder.byteCount
    guard byteCount > 0, byteCount <= chunks.byteCount else {
      throw .storedTooShort(place, declared: byteCount, stored: chunks.byteCount)
    }
    var failure: HDF5Error?
    // Room for the longest that the chunk can be; memory that is not written to costs nothing.
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: chunks.byteCount) { buffer, count in
      for mark in [0x55, 0xAA] as [UInt8] {
        var mask: UInt32 = 0
        // Sound: no chunk is longer than all together, for which there is room, and the last of its
        // bytes is within that. Where that byte is written, so are all before it.
        unsafe buffer[byteCount - 1] = mark
        do throws(HDF5Error) {
          _ = try Library.call("H5Dread_chunk", at: place) {
            unsafe H5Dread_chunk(id, chdf5_default(), offset, &mask, buffer.baseAddress)
          }
        } catch {
          failure = error
          return
        }
        if unsafe buffer[byteCount - 1] != mark {
          count = byteCount
          return
        }
      }
      failure = .chunkShort(place, chunk: start, declared: byteCount)
    }
    if let failure { throw failure }
    return bytes
  }
}
