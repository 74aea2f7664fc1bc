internal import ModelGraph

/// Where a sketch's nodes stand, in rows and columns, and how its edges run between them.
///
/// A node stands below all that it needs. Every node goes on from its longest input,
/// and every tensor goes on to where the way to the end is longest: the chains that
/// arise so are columns, the longest of them the first. All of it takes time in
/// proportion to the edges, but for the choice of free columns.
struct Wiring {
  /// How an edge runs.
  enum Role: Hashable {
    /// Straight down, from a node to the next of its chain.
    case chain
    /// Aside, to the first node of another chain.
    case fork
    /// From the last node of a chain into another chain.
    case closing
    /// Past other nodes of its column.
    case arc
    /// Past other nodes, into another column.
    case crossing

    /// Whether the edge takes a lane beside the column.
    var isSkip: Bool { self == .arc || self == .crossing }
  }

  /// The row of each node.
  private(set) var rows: [Int]
  /// The column of each node.
  private(set) var columns: [Int]
  /// The role of each edge.
  private(set) var roles: [Role]
  /// Whether each edge is a part of a shortcut around layers.
  private(set) var areShortcuts: [Bool]
  private(set) var rowCount = 1
  private(set) var columnCount = 1

  init(_ sketch: Sketch) {
    let lists = sketch.edgesByTarget
    let depths = Self.depths(sketch, lists)
    rows = Self.rows(sketch, lists, depths: depths)
    rowCount = (rows.max() ?? 0) + 1
    columns = []
    roles = [Role](repeating: .crossing, count: sketch.edges.count)
    areShortcuts = []
    let chains = Chains(sketch, rows: rows, depths: depths, lists)
    columns = chains.columns(rows: rows)
    columnCount = (columns.max() ?? 0) + 1
    for (index, edge) in sketch.edges.enumerated() {
      if chains.edge(into: edge.target) == index {
        roles[index] = chains.next[edge.source.node] == edge.target ? .chain : .fork
      } else if chains.closings[edge.source.node] == index {
        roles[index] = .closing
      } else if columns[edge.source.node] == columns[edge.target] {
        roles[index] = .arc
      }
    }
    areShortcuts = shortcuts(sketch, chains)
  }

  /// The length of the longest way to each node; what comes behind a cut stands below all before.
  private static func depths(_ sketch: Sketch, _ lists: [Range<Int>]) -> [Int] {
    let cuts = sketch.cuts()
    var depths: [Int] = []
    var base = 0, next = 0
    for node in sketch.nodes.indices {
      let depth = sketch.edges[lists[node]].reduce(base) { max($0, depths[$1.source.node] + 1) }
      depths.append(depth)
      next = max(next, depth + 1)
      if cuts[node] != nil { base = next }
    }
    return depths
  }

  /// The depths, but for inputs: they stand right above the first node that needs them.
  private static func rows(_ sketch: Sketch, _ lists: [Range<Int>], depths: [Int]) -> [Int] {
    var rows = depths
    var firstUse = [Int](repeating: Int.max, count: sketch.nodes.count)
    for edge in sketch.edges {
      firstUse[edge.source.node] = min(firstUse[edge.source.node], rows[edge.target])
    }
    for node in sketch.nodes.indices where lists[node].isEmpty && firstUse[node] < Int.max {
      rows[node] = max(rows[node], firstUse[node] - 1)
    }
    return rows
  }

  /// An arc is a shortcut; so is a branch from a fork to a merge that adds it to the main path.
  private func shortcuts(_ sketch: Sketch, _ chains: Chains) -> [Bool] {
    var isShortcutChain = [Bool](repeating: false, count: chains.heads.count)
    for (index, edge) in sketch.edges.enumerated() where roles[index] == .closing {
      let chain = chains.chain[edge.source.node]
      isShortcutChain[chain] =
        sketch.nodes[edge.target].label.isElementwiseMerge
        && chains.edge(into: chains.heads[chain]) != nil
    }
    return sketch.edges.enumerated().map { index, edge in
      switch roles[index] {
      case .arc, .crossing: true
      case .closing: isShortcutChain[chains.chain[edge.source.node]]
      case .chain, .fork: isShortcutChain[chains.chain[edge.target]]
      }
    }
  }
}
