internal import Synchronization

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
  let count = rowCount * rowLength
  guard count > 0 else { return [] }
  // Sound: the chunks are disjoint row ranges inside the buffer and together all of it, and the
  // calls have all returned before the buffer is used again.
  return unsafe [Scalar](unsafeUninitializedCapacity: count) { buffer, initializedCount in
    nonisolated(unsafe) let buffer = unsafe buffer
    team.perform(chunkCount) { chunk in
      let rows = rowCount * chunk / chunkCount..<rowCount * (chunk + 1) / chunkCount
      let slice = unsafe buffer.extracting(
        rows.lowerBound * rowLength..<rows.upperBound * rowLength)
      unsafe slice.initialize(repeating: 0)
      var output = unsafe slice.mutableSpan
      body(rows, &output)
    }
    initializedCount = count
  }
}

/// Maps elements on all threads of the team.
///
/// - Throws: What the first element throws, in their order, that cannot be mapped.
package func mappedInParallel<Element: Sendable, Mapped: Sendable, Failure: Error>(
  _ elements: [Element], _ transform: @Sendable (Element) throws(Failure) -> Mapped
) throws(Failure) -> [Mapped] {
  let results = Mutex<[Int: Result<Mapped, Failure>]>([:])
  WorkTeams.current.perform(elements.count) { index in
    let result = Result { () throws(Failure) in try transform(elements[index]) }
    results.withLock { $0[index] = result }
  }
  let byIndex = results.withLock(\.self)
  var mapped: [Mapped] = []
  for index in elements.indices {
    if let result = byIndex[index] { mapped.append(try result.get()) }
  }
  return mapped
}
