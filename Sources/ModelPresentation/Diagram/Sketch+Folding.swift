internal import OrderedCollections
internal import ModelGraph

extension Sketch {
  /// The tensor of each node that alone separates it and all before it from all after it; `nil`
  /// where there is none.
  ///
  /// A tensor made earlier does not count: what hangs beside it need not come before the rest.
  func cuts() -> [Port?] {
    var lastUse: [Port: Int] = [:]
    for edge in edges { lastUse[edge.source] = edge.target }
    let lists = edgesByTarget
    // What a later source feeds is not behind any earlier tensor.
    let lastSource = nodes.indices.last { lists[$0].isEmpty } ?? 0
    var made = [[Port]](repeating: [], count: nodes.count)
    for port in lastUse.keys { made[port.node].append(port) }
    var alive: Set<Port> = []
    let lastResults = results.filter { $0.node == nodes.count - 1 }
    return nodes.indices.map { node in
      // What the last node results in is what the last block hands on.
      if node == nodes.count - 1 { return lastResults.count == 1 ? lastResults[0] : nil }
      for edge in edges[lists[node]] where lastUse[edge.source] == node {
        alive.remove(edge.source)
      }
      alive.formUnion(made[node])
      guard alive.count == 1, let only = alive.first else { return nil }
      return only.node == node && node >= lastSource ? only : nil
    }
  }

  /// The same sketch with blocks that follow one another drawn once.
  func folded() -> Sketch {
    let segments = segments()
    let repetitions = Repetition.found(in: segments.map(\.kind), sizes: segments.map(\.size))
    var folded = self
    folded.nodes = []
    folded.edges = []
    var positions = [Int?](repeating: nil, count: nodes.count)
    // The last block's result becomes that of the first, which is kept.
    var replaced: [Port: Port] = [:]
    func keep(_ range: Range<Int>) {
      for node in range {
        positions[node] = folded.nodes.count
        folded.nodes.append(nodes[node])
      }
    }
    var kept = 0
    for repetition in repetitions {
      let block = repetition.block(0), last = repetition.block(repetition.count - 1)
      let start = segments[block.lowerBound].nodes.lowerBound
      let end = segments[block.upperBound - 1].nodes.upperBound
      keep(kept..<start)
      folded.folds.append(
        Fold(
          nodes: folded.nodes.count..<folded.nodes.count + end - start, count: repetition.count,
          last: nodes[segments[last.upperBound - 1].nodes.upperBound - 1].label.name))
      keep(start..<end)
      kept = segments[last.upperBound - 1].nodes.upperBound
      if let first = segments[block.upperBound - 1].exit,
        let result = segments[last.upperBound - 1].exit
      {
        replaced[result] = first
      }
    }
    keep(kept..<nodes.count)
    func moved(_ port: Port) -> Port? {
      let port = replaced[port] ?? port
      return positions[port.node].map { Port(node: $0, output: port.output) }
    }
    folded.edges = edges.compactMap { edge in
      guard let target = positions[edge.target], let source = moved(edge.source) else { return nil }
      return Edge(source: source, target: target, input: edge.input)
    }
    folded.inputs = inputs.compactMap { positions[$0] }
    folded.results = results.compactMap(moved)
    return folded
  }
}

// MARK: - Segments

extension Sketch {
  /// The nodes between two cuts.
  private struct Segment {
    var nodes: Range<Int>
    /// The tensor that it hands on.
    var exit: Port?
    /// A number that equal segments share.
    var kind: Int
    /// How many nodes it has, and whether it begins with a convolution or the like: of the ways
    /// to divide a chain into blocks, the one that begins so is the one that people mean.
    var size: Repetition.Size
  }

  /// A segment's structure: nodes count from its start, and what comes from before it is -1.
  private struct SegmentKey: Hashable {
    var nodes: [Int]
    var edges: [Edge]
    var exit: Port
  }

  private func segments() -> [Segment] {
    let cuts = cuts(), lists = edgesByTarget
    let resultNodes = Set(results.map(\.node))
    var segments: [Segment] = []
    var kinds: [SegmentKey: Int] = [:]
    var start = 0
    for node in nodes.indices where cuts[node] != nil || node == nodes.count - 1 {
      let range = start..<node + 1
      let exit = cuts[node]
      // Inputs and results are drawn where they are, but for a result that follows nothing.
      let isUnique = range.contains { other in
        let isLastResult = other == nodes.count - 1 && exit != nil
        return lists[other].isEmpty || resultNodes.contains(other) && !isLastResult
      }
      var kind = -segments.count - 1
      if !isUnique, let exit {
        let key = SegmentKey(
          nodes: range.map { nodes[$0].structure },
          edges: range.flatMap { edges[lists[$0]] }.map { edge in
            let isInside = edge.source.node >= start
            let source = Port(
              node: isInside ? edge.source.node - start : -1,
              output: isInside ? edge.source.output : 0)
            return Edge(source: source, target: edge.target - start, input: edge.input)
          },
          exit: Port(node: exit.node - start, output: exit.output))
        kind = kinds[key, default: kinds.count]
        kinds[key] = kind
      }
      let group = nodes[start].group
      segments.append(
        Segment(
          nodes: range, exit: exit, kind: kind,
          size: .init(
            nodes: range.count, isHeaded: group == .convolution || group == .dense)))
      start = node + 1
    }
    return segments
  }
}
