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
      return try decoder.decode(stored, mask: mask)
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
    // Room for the longest that the chunk can be; memory that is not written to costs nothing.
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: chunks.byteCount, alignment: 16)
    defer { unsafe buffer.deallocate() }
    guard let base = buffer.baseAddress, byteCount > 0, byteCount <= buffer.count else {
      throw .storedTooShort(place, declared: byteCount, stored: buffer.count)
    }
    for mark in [0x55, 0xAA] as [UInt8] {
      var mask: UInt32 = 0
      // Sound: no chunk is longer than all together, and the last of its bytes is within the buffer.
      unsafe base.storeBytes(of: mark, toByteOffset: byteCount - 1, as: UInt8.self)
      _ = try Library.call("H5Dread_chunk", at: place) {
        unsafe H5Dread_chunk(id, chdf5_default(), offset, &mask, base)
      }
      if unsafe buffer[byteCount - 1] != mark {
        return unsafe Array(UnsafeRawBufferPointer(rebasing: buffer[..<byteCount]))
      }
    }
    throw .chunkShort(place, chunk: start, declared: byteCount)
  }
}
