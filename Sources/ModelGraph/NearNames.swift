extension Collection<String> {
  /// The name that is a few slips away from another; `nil` where none is.
  package func nearest(to name: String) -> String? {
    // Names come from files: what takes long to compare is no slip.
    let limit = Swift.max(1, name.count / 4)
    guard name.count <= 64 else { return nil }
    let near = lazy.filter { abs($0.utf8.count - name.utf8.count) <= 4 * limit && $0.count <= 80 }
      .map { (name: $0, distance: editDistance($0, name)) }
    return near.filter { $0.distance <= limit }.min { $0.distance < $1.distance }?.name
  }
}

/// How many letters to insert, remove, replace or swap with their neighbour lead from one word to
/// the other (optimal string alignment).
package func editDistance(_ first: String, _ second: String) -> Int {
  let first = Array(first), second = Array(second)
  var rows = [Array(0...second.count)]
  for i in 1..<(first.count + 1) {
    var row = [i]
    for j in 1..<(second.count + 1) {
      let replaced = rows[i - 1][j - 1] + (first[i - 1] == second[j - 1] ? 0 : 1)
      var best = min(replaced, row[j - 1] + 1, rows[i - 1][j] + 1)
      if i > 1, j > 1, first[i - 1] == second[j - 2], first[i - 2] == second[j - 1] {
        best = min(best, rows[i - 2][j - 2] + 1)
      }
      row.append(best)
    }
    rows.append(row)
  }
  return rows[first.count][second.count]
}
