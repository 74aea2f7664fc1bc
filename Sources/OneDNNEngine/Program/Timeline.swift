#if OneDNN

/// Pieces of memory by the steps in which they are in use.
///
/// A segment tree: a piece is at the fewest nodes whose steps are all of its own, so that it is found
/// without a look at those that are in use at other times.
struct Timeline {
  /// The first of the leaves, one for each step; the root is 1, and below a node are twice its number
  /// and the one behind that.
  private let firstLeaf: Int
  /// The pieces at each node.
  private var pieces: [[Int]]
  /// Where the highest piece at each node ends.
  private var tops: [Int]
  /// Where the highest piece at each node or below it ends.
  private var highest: [Int]
  /// How many pieces were looked at, those included that were seen already.
  private(set) var lookCount = 0

  init(stepCount: Int) {
    var leafCount = 1
    while leafCount < stepCount { leafCount *= 2 }
    firstLeaf = leafCount
    pieces = Array(repeating: [], count: 2 * leafCount)
    tops = Array(repeating: 0, count: 2 * leafCount)
    highest = tops
  }

  /// Adds a piece.
  ///
  /// - Parameter end: Where it ends.
  mutating func insert(_ piece: Int, in steps: ClosedRange<Int>, end: Int) {
    for node in nodes(covering: steps) {
      pieces[node].append(piece)
      tops[node] = max(tops[node], end)
      highest[node] = max(highest[node], end)
      for above in Self.nodes(above: node) { highest[above] = max(highest[above], end) }
    }
  }

  /// The pieces that are in use in some of the steps; `nil` where they are more than a limit.
  mutating func pieces(in steps: ClosedRange<Int>, limit: Int) -> Set<Int>? {
    var found: Set<Int> = []
    for node in nodes(covering: steps) {
      for above in Self.nodes(above: node) {
        guard collect(above, in: &found, limit: limit) else { return nil }
      }
      var open = [node]
      while let next = open.popLast() {
        guard highest[next] > 0 else { continue }
        guard collect(next, in: &found, limit: limit) else { return nil }
        if next < firstLeaf { open += [2 * next, 2 * next + 1] }
      }
    }
    return found
  }

  /// Where the highest piece ends that is in use in some of the steps.
  func height(in steps: ClosedRange<Int>) -> Int {
    nodes(covering: steps).reduce(0) { height, node in
      Self.nodes(above: node).reduce(max(height, highest[node])) { max($0, tops[$1]) }
    }
  }

  private mutating func collect(_ node: Int, in found: inout Set<Int>, limit: Int) -> Bool {
    guard pieces[node].count <= limit else { return false }
    lookCount += pieces[node].count
    found.formUnion(pieces[node])
    return found.count <= limit
  }

  private static func nodes(above node: Int) -> some Sequence<Int> {
    sequence(first: node / 2) { $0 / 2 }.prefix { $0 > 0 }
  }

  /// The fewest nodes that have these steps and no others.
  private func nodes(covering steps: ClosedRange<Int>) -> [Int] {
    var nodes: [Int] = []
    var (low, high) = (firstLeaf + steps.lowerBound, firstLeaf + steps.upperBound + 1)
    while low < high {
      if !low.isMultiple(of: 2) {
        nodes.append(low)
        low += 1
      }
      if !high.isMultiple(of: 2) {
        high -= 1
        nodes.append(high)
      }
      (low, high) = (low / 2, high / 2)
    }
    return nodes
  }
}

#endif
