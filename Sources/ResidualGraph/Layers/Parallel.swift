/// Fills an array of `rowCount` rows of `rowLength` elements on all threads of the team: `body`
/// is called for ranges of rows that do not overlap and together are all rows,
/// with the storage of just these rows, zeroed.
///
/// - Parameter minimumRows: The least rows worth a thread of their own.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
package func filledInParallel<Scalar: ReferenceScalar>(
  rowCount: Int, rowLength: Int, minimumRows: Int = 1,
  _ body: @Sendable (_ rows: Range<Int>, _ output: inout MutableSpan<Scalar>) -> Void
) -> [Scalar] {
  let team = WorkTeams.current
  let chunkCount = max(1, min(team.threadCount * 4, rowCount / max(1, minimumRows)))
  var result = [Scalar](repeating: 0, count: rowCount * rowLength)
  guard rowCount > 0, rowLength > 0 else { return result }
  // Sound: the chunks are disjoint row ranges inside the buffer, and the calls
  // have all returned before the buffer is used again.
  unsafe result.withUnsafeMutableBufferPointer { buffer in
    nonisolated(unsafe) let buffer = unsafe buffer
    team.perform(chunkCount) { chunk in
      let rows = rowCount * chunk / chunkCount..<rowCount * (chunk + 1) / chunkCount
      let slice = unsafe buffer.extracting(
        rows.lowerBound * rowLength..<rows.upperBound * rowLength)
      var output = unsafe slice.mutableSpan
      body(rows, &output)
    }
  }
  return result
}
