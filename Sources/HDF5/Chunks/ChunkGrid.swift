/// How an array is cut into chunks of equal shape, those at its far edges reaching past it.
struct ChunkGrid {
  /// The lengths of the array's axes.
  let shape: [Int]
  /// The lengths of a chunk's axes.
  let chunk: [Int]
  /// How many chunks lie along each axis.
  let counts: [Int]

  /// - Parameters:
  ///   - shape: At least one axis.
  ///   - chunk: As many, none of length 0.
  init(shape: [Int], chunk: [Int]) {
    self.shape = shape
    self.chunk = chunk
    counts = zip(shape, chunk).map { $0 / $1 + ($0.isMultiple(of: $1) ? 0 : 1) }
  }

  /// Whether a chunk reaches past the array.
  var reachesPast: Bool { zip(shape, chunk).contains { !$0.isMultiple(of: $1) } }

  /// How many bytes all chunks have together, what lies past the array included.
  ///
  /// - Parameter width: How many bytes an element has.
  func byteCount(width: Int, at place: Location) throws(HDF5Error) -> Int {
    guard let byteCount = product(counts + chunk + [width]) else {
      throw .sizeOverflow(place, shape: shape)
    }
    return byteCount
  }

  /// Refuses chunks that are too large, or too many.
  func check(_ limits: Limits, width: Int, at place: Location) throws(HDF5Error) {
    guard let size = product(chunk + [width]) else {
      throw .invalidChunk(place, chunk: chunk, shape: shape)
    }
    try limits.check(.chunkByteCount, size, limits.chunkByteCount, at: place)
    try limits.check(.chunkCount, product(counts) ?? .max, limits.chunkCount, at: place)
  }

  /// How many rows of chunks there are; chunks of one row begin at the same index of the first axis.
  var rowCount: Int { counts.contains(0) ? 0 : counts[0] }

  /// The elements of a row, counted row-major.
  func elements(ofRow row: Int) -> Range<Int> {
    let rest = shape.dropFirst().reduce(1, *)
    return row * chunk[0] * rest..<min(shape[0], (row + 1) * chunk[0]) * rest
  }

  /// The rows that hold elements.
  func rows(holding range: Range<Int>) -> Range<Int> {
    let count = elements(ofRow: 0).count
    guard !range.isEmpty, count > 0 else { return 0..<0 }
    return range.lowerBound / count..<(range.upperBound + count - 1) / count
  }

  /// Gives `body` the place of the first element of each chunk of a row.
  func forEachChunk<Failure: Error>(
    ofRow row: Int, _ body: ([Int]) throws(Failure) -> Void
  ) throws(Failure) {
    var index = [Int](repeating: 0, count: counts.count)
    index[0] = row
    repeat {
      try body(zip(index, chunk).map { $0 * $1 })
    } while index.advance(within: counts, from: 1)
  }

  /// Gives `body` the runs of elements that a chunk and the array have in common.
  ///
  /// - Parameters:
  ///   - start: The place of the chunk's first element.
  ///   - body: Takes where a run begins in the chunk and in the row of chunks, and how long it is.
  func forEachRun(
    ofChunkAt start: [Int], _ body: (_ inChunk: Int, _ inRow: Int, _ count: Int) -> Void
  ) {
    let common = shape.indices.map { min(chunk[$0], shape[$0] - start[$0]) }
    // Axes that both have whole are one run with the axis before them.
    var axis = shape.count - 1
    while axis > 0, chunk[axis] == shape[axis] { axis -= 1 }
    let run = common[axis...].reduce(1, *)
    let origin = [0] + start.dropFirst()
    var index = [Int](repeating: 0, count: axis)
    repeat {
      var (inChunk, inRow) = (0, 0)
      for k in shape.indices {
        let place = k < axis ? index[k] : 0
        inChunk = inChunk * chunk[k] + place
        inRow = inRow * shape[k] + origin[k] + place
      }
      body(inChunk, inRow, run)
    } while index.advance(within: Array(common[..<axis]), from: 0)
  }
}

extension [Int] {
  /// Counts up as row-major indices do.
  ///
  /// - Parameter first: The axes before it stay as they are.
  /// - Returns: Whether there was a next one.
  fileprivate mutating func advance(within lengths: [Int], from first: Int) -> Bool {
    for axis in stride(from: count - 1, through: first, by: -1) {
      self[axis] += 1
      if self[axis] < lengths[axis] { return true }
      self[axis] = 0
    }
    return false
  }
}
