internal import HeapModule
internal import ModelGraph

/// The chains that a sketch's nodes form.
struct Chains {
  /// The node that goes on from each.
  private(set) var next: [Int?]
  /// The chain of each node.
  private(set) var chain: [Int] = []
  /// The first node of each chain.
  private(set) var heads: [Int] = []
  /// The edge by which the chain that ends in a node joins another.
  private(set) var closings: [Int?]
  /// The last row that each chain needs its column in.
  private var ends: [Int] = []
  private var mainEdges: [Int?] = []
  /// The length of the longest way from each node to an end.
  private var heights: [Int]

  init(_ sketch: Sketch, rows: [Int], depths: [Int], _ lists: [Range<Int>]) {
    let count = sketch.nodes.count
    next = [Int?](repeating: nil, count: count)
    closings = [Int?](repeating: nil, count: count)
    heights = [Int](repeating: 0, count: count)
    for edge in sketch.edges.reversed() {
      heights[edge.source.node] = max(heights[edge.source.node], heights[edge.target] + 1)
    }
    func depth(_ edge: Int) -> Int { depths[sketch.edges[edge].source.node] }
    for node in sketch.nodes.indices {
      let main = lists[node].max { (depth($0), $1) < (depth($1), $0) }
      mainEdges.append(main)
      guard let source = main.map({ sketch.edges[$0].source.node }) else { continue }
      if let other = next[source], heights[other] >= heights[node] { continue }
      next[source] = node
    }
    for node in sketch.nodes.indices {
      if let source = mainEdges[node].map({ sketch.edges[$0].source.node }), next[source] == node {
        chain.append(chain[source])
        ends[chain[source]] = rows[node]
      } else {
        chain.append(heads.count)
        heads.append(node)
        ends.append(rows[node])
      }
    }
    for (index, edge) in sketch.edges.enumerated() where next[edge.source.node] == nil {
      let source = edge.source.node
      if let first = closings[source], rows[sketch.edges[first].target] <= rows[edge.target] {
        continue
      }
      closings[source] = index
      ends[chain[source]] = max(rows[source], rows[edge.target] - 1)
    }
  }

  /// The edge by which a node goes on from another.
  func edge(into node: Int) -> Int? { mainEdges[node] }

  /// The column of each node: the longest chain has the first one for itself, the others share
  /// the rest where they are not in one another's way.
  func columns(rows: [Int]) -> [Int] {
    let trunk = heads.indices.max { (heights[heads[$0]], $1) < (heights[heads[$1]], $0) }
    var columnOfChain = [Int](repeating: 0, count: heads.count)
    var free = Heap<Int>(), taken = Heap<Lease>()
    var count = 1
    let order = heads.indices.sorted { (rows[heads[$0]], $0) < (rows[heads[$1]], $1) }
    for chain in order where chain != trunk {
      while let lease = taken.min, lease.end < rows[heads[chain]] {
        free.insert(lease.column)
        taken.removeMin()
      }
      let column = free.popMin() ?? count
      if column == count { count += 1 }
      columnOfChain[chain] = column
      taken.insert(Lease(end: ends[chain], column: column))
    }
    return chain.map { columnOfChain[$0] }
  }

  /// A column that a chain has up to a row.
  private struct Lease: Comparable {
    var end: Int
    var column: Int

    static func < (first: Lease, second: Lease) -> Bool {
      (first.end, first.column) < (second.end, second.column)
    }
  }
}
