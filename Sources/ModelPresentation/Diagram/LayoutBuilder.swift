internal import ModelGraph

/// Gives a sketch its layout.
struct LayoutBuilder {
  private typealias Box = Layout.Box

  private var layout: Layout
  private let sketch: Sketch
  private let wiring: Wiring
  /// The upper edge and the height of each row, and the space above it.
  private var rowTops: [Int] = []
  private var rowHeights: [Int]
  private var gaps: [Int]
  /// The left edge and the width of each column.
  private var columnLefts: [Int] = []
  private var columnWidths: [Int]
  /// The lanes beside each column, of two slots a row: an edge comes into a node in the upper
  /// one, and out of it in the lower one.
  private var lanes: [Lanes]
  /// The lane of each edge that takes one.
  private var laneOfEdge: [Int?]

  /// Lays a sketch and all in it out.
  static func layout(of sketch: Sketch) -> Layout {
    var builder = LayoutBuilder(sketch)
    return builder.build()
  }

  private init(_ sketch: Sketch) {
    self.sketch = sketch
    wiring = Wiring(sketch)
    layout = Layout(sketch: sketch, wiring: wiring)
    rowHeights = [Int](repeating: 0, count: wiring.rowCount)
    gaps = [Int](repeating: Metric.gap, count: wiring.rowCount)
    columnWidths = [Int](repeating: 0, count: wiring.columnCount)
    lanes = [Lanes](
      repeating: Lanes(slotCount: 2 * wiring.rowCount), count: wiring.columnCount)
    laneOfEdge = [Int?](repeating: nil, count: sketch.edges.count)
  }

  private mutating func build() -> Layout {
    for (node, found) in sketch.nodes.enumerated() {
      layout.inner[node] = found.inner.map(LayoutBuilder.layout)
    }
    takeLanes()
    measureColumns()
    measureRows()
    placeNodes()
    layout.brackets = sketch.folds.map(bracket)
    let router = EdgeRouter(
      layout, rowTops: rowTops, gaps: gaps,
      laneXs: laneOfEdge.indices.map { edge in
        laneOfEdge[edge].map { laneX($0, column: wiring.columns[sketch.edges[edge].source.node]) }
      })
    layout.lines = router.lines()
    layout.exits = router.exits()
    measure()
    return layout
  }

  // MARK: - Lanes

  private mutating func takeLanes() {
    let skips = sketch.edges.indices.filter { wiring.roles[$0].isSkip }
    let slots = skips.map { index -> (edge: Int, slots: ClosedRange<Int>) in
      let edge = sketch.edges[index]
      let first = 2 * wiring.rows[edge.source.node] + 1, last = 2 * wiring.rows[edge.target]
      // Into another column it leaves its lane above the row of its target.
      return (index, first...max(first, wiring.roles[index] == .arc ? last : last - 1))
    }
    let order = slots.sorted { first, second in
      guard first.slots.count == second.slots.count else {
        return first.slots.count < second.slots.count
      }
      return (first.slots.lowerBound, first.edge) < (second.slots.lowerBound, second.edge)
    }
    for (edge, slots) in order {
      let column = wiring.columns[sketch.edges[edge].source.node]
      laneOfEdge[edge] = lanes[column].take(over: slots)
    }
  }

  private func laneX(_ lane: Int, column: Int) -> Int {
    columnLefts[column] - Metric.laneMargin - lane * Metric.lane
  }

  // MARK: - Sizes

  private func plainWidth(_ label: LayerLabel) -> Int {
    max(
      Metric.minimumNodeWidth,
      LabelText.width(Metric.shown(label.name), size: Metric.nameSize) + 2 * Metric.textMargin,
      LabelText.width(Metric.shown(label.caption), size: Metric.captionSize)
        + 2 * Metric.textMargin)
  }

  private func size(of node: Int, plainWidth: Int) -> (width: Int, height: Int) {
    guard let inner = layout.inner[node] else { return (plainWidth, Metric.nodeHeight) }
    let offset = Layout.contentOffset
    return (
      max(inner.width + 2 * offset.x, self.plainWidth(sketch.nodes[node].label)),
      offset.y + inner.height + offset.x
    )
  }

  private mutating func measureColumns() {
    var plain = [Int](repeating: 0, count: wiring.columnCount)
    for (node, found) in sketch.nodes.enumerated() where layout.inner[node] == nil {
      let column = wiring.columns[node]
      plain[column] = max(plain[column], plainWidth(found.label))
    }
    columnWidths = plain
    for (node, found) in sketch.nodes.enumerated() {
      let column = wiring.columns[node]
      let size = size(of: node, plainWidth: plain[column])
      layout.boxes.append(Box(x: 0, y: 0, width: size.width, height: size.height))
      let note = found.outputs.map { LabelText.width($0, size: Metric.noteSize) }.max() ?? 0
      columnWidths[column] = max(columnWidths[column], size.width, 2 * (note + Metric.textMargin))
    }
    var x = 0
    for column in columnWidths.indices {
      if column > 0 { x += Metric.columnMargin }
      let count = lanes[column].count
      if count > 0 { x += Metric.laneMargin + (count - 1) * Metric.lane + Metric.noteSize }
      columnLefts.append(x)
      x += columnWidths[column]
    }
  }

  private mutating func measureRows() {
    for (node, box) in layout.boxes.enumerated() {
      let row = wiring.rows[node]
      rowHeights[row] = max(rowHeights[row], box.height)
    }
    for (index, edge) in sketch.edges.enumerated() {
      let distance = abs(wiring.columns[edge.source.node] - wiring.columns[edge.target])
      guard wiring.roles[index] != .arc, wiring.roles[index] != .chain else { continue }
      let row = wiring.rows[edge.target]
      gaps[row] = max(gaps[row], Metric.gap + Metric.gapForColumn * min(4, max(1, distance)))
    }
    for fold in sketch.folds {
      let rows = self.rows(of: fold)
      gaps[rows.lowerBound] += Metric.bracketMargin
      if rows.upperBound + 1 < gaps.count { gaps[rows.upperBound + 1] += Metric.bracketMargin }
    }
    var y = 0
    for row in rowHeights.indices {
      if row > 0 { y += gaps[row] }
      rowTops.append(y)
      y += rowHeights[row]
    }
  }

  private func rows(of fold: Sketch.Fold) -> ClosedRange<Int> {
    let rows = fold.nodes.map { wiring.rows[$0] }
    return (rows.min() ?? 0)...(rows.max() ?? 0)
  }

  private mutating func placeNodes() {
    for node in layout.boxes.indices {
      let column = wiring.columns[node]
      layout.boxes[node].x =
        columnLefts[column] + (columnWidths[column] - layout.boxes[node].width) / 2
      layout.boxes[node].y = rowTops[wiring.rows[node]]
    }
  }

  private func bracket(_ fold: Sketch.Fold) -> Layout.Bracket {
    let boxes = layout.boxes[fold.nodes], rows = rows(of: fold)
    let count = lanes[0].count(over: 2 * rows.lowerBound...2 * rows.upperBound + 1)
    let margin = Metric.bracketMargin
    var left = boxes.map(\.x).min() ?? 0
    if count > 0 { left = min(left, laneX(count - 1, column: 0)) }
    let right = boxes.map(\.right).max() ?? 0
    let top = rowTops[rows.lowerBound], bottom = rowTops[rows.upperBound]
    return Layout.Bracket(
      box: Box(
        x: left - margin, y: top - margin, width: right - left + 2 * margin,
        height: bottom + rowHeights[rows.upperBound] - top + 2 * margin),
      fold: fold)
  }

  /// Moves all so that nothing lies left of the corner, and measures the whole.
  private mutating func measure() {
    let notes = layout.exits.map { exit in
      exit.note.x + LabelText.width(exit.note.text, size: Metric.noteSize)
    }
    let brackets = layout.brackets.map { $0.box.right + BracketText(fold: $0.fold).width }
    layout.width = (layout.boxes.map(\.right) + notes + brackets).max() ?? 0
    let hasExit = layout.exits.contains { $0.path != nil }
    layout.height = (layout.boxes.map(\.bottom).max() ?? 0) + (hasExit ? Metric.exitLength : 0)
  }
}

/// What stands beside a bracket.
struct BracketText {
  let fold: Sketch.Fold

  /// How often the block is there.
  var multiplier: String { "× \(fold.count)" }
  /// Which block is the last.
  var last: String { "to " + LabelText.shortened(fold.last, to: 28) }
  /// What follows the bracket to its right.
  var width: Int {
    26
      + max(
        LabelText.width(multiplier, size: Metric.multiplierSize),
        LabelText.width(last, size: Metric.noteSize))
  }
}
