internal import ModelGraph

/// Draws the edges of a layout whose nodes have their places.
struct EdgeRouter {
  private let layout: Layout
  private let sketch: Sketch
  private let rowTops: [Int]
  private let gaps: [Int]
  /// Where the lane of each edge runs that takes one.
  private let laneXs: [Int?]
  /// Where on its target each edge ends that does not end in the middle: a place on the upper
  /// edge, or on the left one for an arc.
  private var ports: [Int?]

  init(_ layout: Layout, rowTops: [Int], gaps: [Int], laneXs: [Int?]) {
    self.layout = layout
    sketch = layout.sketch
    self.rowTops = rowTops
    self.gaps = gaps
    self.laneXs = laneXs
    ports = [Int?](repeating: nil, count: laneXs.count)
    for (node, edges) in sketch.edgesByTarget.enumerated() { givePorts(edges, of: node) }
  }

  private func role(_ edge: Int) -> Wiring.Role { layout.wiring.roles[edge] }

  /// Where an edge runs before it turns to its target.
  private func x(of edge: Int) -> Int {
    laneXs[edge] ?? layout.boxes[sketch.edges[edge].source.node].center
  }

  private mutating func givePorts(_ edges: Range<Int>, of node: Int) {
    let box = layout.boxes[node]
    // An arc that runs farther outside ends farther below, so that none crosses another here.
    let arcs = edges.filter { role($0) == .arc }.sorted { x(of: $0) > x(of: $1) }
    for (place, edge) in arcs.enumerated() {
      ports[edge] = box.y + 5 + 14 * (place + 1) / (arcs.count + 1)
    }
    let others = edges.filter { role($0) == .closing || role($0) == .crossing }
    let right = others.filter { x(of: $0) >= box.center }.sorted { x(of: $0) < x(of: $1) }
    let left = others.filter { x(of: $0) < box.center }.sorted { x(of: $0) > x(of: $1) }
    let step = min(18, (box.width / 2 - 12) / max(1, right.count, left.count))
    for (place, edge) in right.enumerated() { ports[edge] = box.center + (place + 1) * step }
    for (place, edge) in left.enumerated() { ports[edge] = box.center - (place + 1) * step }
  }

  // MARK: - Lines

  /// The edges, in the sketch's order; a tensor's shape is noted where it goes on and where it
  /// skips.
  func lines() -> [Layout.Line] {
    var noted: Set<Sketch.Port> = []
    for (index, edge) in sketch.edges.enumerated() where role(index) == .chain {
      noted.insert(edge.source)
    }
    return sketch.edges.indices.map { index in
      let edge = sketch.edges[index]
      var note: Layout.Note?
      if role(index) != .fork || noted.insert(edge.source).inserted { note = self.note(on: index) }
      return Layout.Line(
        path: path(of: index), isShortcut: layout.wiring.areShortcuts[index], note: note)
    }
  }

  private func path(of index: Int) -> String {
    let source = layout.boxes[sketch.edges[index].source.node]
    let target = layout.boxes[sketch.edges[index].target]
    switch role(index) {
    case .chain: return "M\(source.center) \(source.bottom)V\(target.y)"
    case .fork, .closing:
      return "M\(source.center) \(source.bottom)" + turn(index, from: source.center)
    case .arc:
      let lane = x(of: index), end = ports[index] ?? target.y
      let start = source.bottom - 12
      let bend = min(source.x - lane, 40, (end - start) / 2)
      let back = min(target.x - lane, 40, (end - start) / 2)
      return outward(source, lane, bend) + "V\(end - back)"
        + "C\(lane) \(end - back * 4 / 10) \(lane + (target.x - lane) / 2) \(end) "
        + "\(target.x) \(end)"
    case .crossing:
      return outward(source, x(of: index), min(source.x - x(of: index), 12))
        + turn(index, from: x(of: index))
    }
  }

  /// From the left side of a box into a lane.
  private func outward(_ box: Layout.Box, _ lane: Int, _ bend: Int) -> String {
    let y = box.bottom - 12
    return "M\(box.x) \(y)C\(box.x - (box.x - lane) / 2) \(y) \(lane) \(y + bend * 4 / 10) "
      + "\(lane) \(y + bend)"
  }

  /// Down to the space above the target's row, and through it to the target.
  private func turn(_ index: Int, from x: Int) -> String {
    let node = sketch.edges[index].target
    let box = layout.boxes[node], row = layout.wiring.rows[node]
    let end = ports[index] ?? box.center
    let top = rowTops[row] - gaps[row], reach = gaps[row] * 3 / 4
    return "V\(top)C\(x) \(top + reach) \(end) \(box.y - reach) \(end) \(box.y)"
  }

  // MARK: - Notes

  private func note(on index: Int) -> Layout.Note {
    let edge = sketch.edges[index]
    let source = layout.boxes[edge.source.node], target = layout.boxes[edge.target]
    let text = sketch.shape(of: edge.source)
    switch role(index) {
    case .chain:
      let y = (source.bottom + target.y) / 2 + 3
      return Layout.Note(text: text, x: source.center - 7, y: y, place: .left)
    case .fork:
      return Layout.Note(text: text, x: target.center + 7, y: target.y - 9, place: .right)
    case .closing:
      return Layout.Note(text: text, x: source.center + 7, y: source.bottom + 14, place: .right)
    case .arc, .crossing:
      let end = role(index) == .arc ? target.y + 12 : target.y
      let middle = (source.bottom - 12 + end) / 2
      return Layout.Note(text: text, x: x(of: index), y: middle, place: .along)
    }
  }

  /// The tensors that leave the graph.
  func exits() -> [Layout.Exit] {
    var isUsed = Set(sketch.edges.map(\.source.node))
    return sketch.results.map { port in
      let box = layout.boxes[port.node]
      let isLast = isUsed.insert(port.node).inserted
      return Layout.Exit(
        note: Layout.Note(
          text: "output " + sketch.shape(of: port), x: box.center + 7, y: box.bottom + 15,
          place: .right),
        path: isLast ? "M\(box.center) \(box.bottom)v\(Metric.exitLength - 3)" : nil)
    }
  }
}
