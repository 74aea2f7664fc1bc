/// The mean and the population variance of an array over some of its axes.
struct Statistics<Scalar: ReferenceScalar> {
  /// The mean of each group: of each place along the axes that remain.
  private(set) var mean: [Scalar]
  /// The mean square distance from the mean of each group.
  private(set) var variance: [Scalar]
  /// The number of elements of a group.
  let groupSize: Int

  private let rowCount: Int
  private let groups: BroadcastIndices
  private let members: BroadcastIndices

  /// Takes the statistics over the axes; negative ones count from the last.
  init(_ array: NDArray<Scalar>, over axes: [Int]) {
    let dimensions = array.dimensions
    let taken = Set(axes.map { $0 < 0 ? $0 + dimensions.count : $0 })
    let remaining = dimensions.indices.filter { !taken.contains($0) }
    groups = BroadcastIndices(dimensions, axes: remaining)
    members = BroadcastIndices(dimensions, axes: taken.sorted())
    groupSize = taken.reduce(1) { $0 * dimensions[$1] }
    rowCount = dimensions.dropLast().reduce(1, *)
    let groupCount = remaining.reduce(1) { $0 * dimensions[$1] }
    mean = Array(repeating: 0, count: groupCount)
    variance = mean
    var sums = mean
    forEachElement { index, group, _ in sums[group] += array.elements[index] }
    let size = Scalar(groupSize)
    mean = sums.map { $0 / size }
    var squares = variance
    forEachElement { index, group, _ in
      let distance = array.elements[index] - mean[group]
      squares[group] += distance * distance
    }
    variance = squares.map { $0 / size }
  }

  /// Calls `body` for each element of the array, with the group that it belongs to
  /// and its place along the axes that the statistics are over.
  @inline(__always)
  func forEachElement(_ body: (_ index: Int, _ group: Int, _ member: Int) -> Void) {
    let length = groups.rowLength
    for row in 0..<rowCount {
      let group = groups.start(ofRow: row)
      let member = members.start(ofRow: row)
      for index in 0..<length {
        body(row * length + index, group + index * groups.step, member + index * members.step)
      }
    }
  }
}
