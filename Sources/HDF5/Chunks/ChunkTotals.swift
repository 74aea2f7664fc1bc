/// What the chunked datasets of one file come to.
struct ChunkTotals {
  /// Bytes of the datasets themselves.
  private(set) var byteCount = 0
  /// Bytes of their chunks that lie past the datasets.
  private(set) var paddingByteCount = 0

  /// Adds a dataset.
  mutating func add(_ byteCount: Int, padding: Int) {
    self.byteCount = Self.sum(self.byteCount, byteCount)
    paddingByteCount = Self.sum(paddingByteCount, padding)
  }

  /// Refuses datasets that are too large, or small ones in chunks that are.
  ///
  /// - Parameter place: The dataset that was added last.
  func check(_ limits: Limits, at place: Location) throws(HDF5Error) {
    try limits.check(.expandedByteCount, byteCount, limits.expandedByteCount, at: place)
    // What is as large as the datasets themselves, a large file may have.
    let padding = paddingByteCount - byteCount
    try limits.check(.paddingByteCount, padding, limits.paddingByteCount, at: place)
  }

  private static func sum(_ one: Int, _ other: Int) -> Int {
    let (sum, overflows) = one.addingReportingOverflow(other)
    return overflows ? .max : sum
  }
}
