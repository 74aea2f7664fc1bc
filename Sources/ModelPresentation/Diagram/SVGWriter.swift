internal import ModelGraph

/// Writes a sketch as an SVG document.
struct SVGWriter {
  private let sketch: Sketch
  private let layout: Layout
  /// What is drawn on calls, by path; `nil` in a document, whose boxes have the colours of kinds.
  private let marks: [String: Diagram.Mark]?
  private var out = ""

  private static let margin = 28
  /// The least width of a page, so that title and legend have room.
  private static let minimumWidth = 420
  private static let legendTop = 86

  init(_ sketch: Sketch, marks: [String: Diagram.Mark]? = nil) {
    self.sketch = sketch
    self.marks = marks
    layout = LayoutBuilder.layout(of: sketch)
  }

  /// The document.
  func text() -> String {
    var writer = self
    writer.writeDocument()
    return writer.out
  }

  /// An element of a page.
  func element(label: String) -> String {
    var writer = self
    let width = layout.width + 2 * Self.margin, height = layout.height + 2 * Self.margin
    writer.out += """
      <svg xmlns="http://www.w3.org/2000/svg" width="\(width)" height="\(height)" \
      viewBox="0 0 \(width) \(height)" role="img" aria-label="\(LabelText.xml(label))">
      <defs>
      \(SVGStyle.markers)</defs>

      """
    writer.write(layout, x: Self.margin, y: Self.margin, path: "")
    return writer.out + "</svg>\n"
  }

  private mutating func writeDocument() {
    let groups = LayerGroup.allCases.filter(Set(Self.groups(in: sketch)).contains)
    let title = LabelText.shortened(LabelText.printable(sketch.name), to: 60)
    let facts = Facts(sketch, hasShortcuts: hasShortcuts(layout))
    let inside = max(
      layout.width, Self.minimumWidth - 2 * Self.margin,
      LabelText.width(title, size: 20), LabelText.width(facts.line, size: 12))
    let legend = Legend(groups, hasShortcuts: facts.hasShortcuts, width: inside)
    let width = inside + 2 * Self.margin
    let top = Self.legendTop + legend.height + 16
    let height = top + layout.height + Self.margin
    out += """
      <svg xmlns="http://www.w3.org/2000/svg" width="\(width)" height="\(height)" \
      viewBox="0 0 \(width) \(height)" role="img" aria-labelledby="title desc">
      <title id="title">\(LabelText.xml(title))</title>
      <desc id="desc">\(LabelText.xml(facts.description))</desc>
      <style>
      \(SVGStyle.sheet(groups))</style>
      <defs>
      \(SVGStyle.markers)</defs>
      <rect class="page" width="100%" height="100%"/>
      <text class="title" x="\(Self.margin)" y="42">\(LabelText.xml(title))</text>
      <text class="facts" x="\(Self.margin)" y="64">\(LabelText.xml(facts.line))</text>
      <g transform="translate(\(Self.margin) \(Self.legendTop))">
      \(legend.text)</g>

      """
    write(layout, x: Self.margin + (inside - layout.width) / 2, y: top, path: "")
    out += "</svg>\n"
  }

  private static func groups(in sketch: Sketch) -> [LayerGroup] {
    sketch.nodes.flatMap { node in [node.group] + (node.inner.map(groups) ?? []) }
  }

  private func hasShortcuts(_ layout: Layout) -> Bool {
    layout.wiring.areShortcuts.contains(true) || layout.inner.values.contains(where: hasShortcuts)
  }

  // MARK: - Graphs

  /// - Parameter path: The path of the call whose content this is, and a slash.
  private mutating func write(_ layout: Layout, x: Int, y: Int, path: String) {
    out += "<g transform=\"translate(\(x) \(y))\">\n"
    for bracket in layout.brackets { write(bracket) }
    for line in layout.lines {
      out += "<path class=\"\(line.isShortcut ? "skip" : "flow")\" d=\"\(line.path)\"/>\n"
    }
    for path in layout.exits.compactMap(\.path) { out += "<path class=\"flow\" d=\"\(path)\"/>\n" }
    for node in layout.sketch.nodes.indices {
      write(node, of: layout, path: path + layout.sketch.nodes[node].call)
    }
    for note in layout.lines.compactMap(\.note) + layout.exits.map(\.note) { write(note) }
    out += "</g>\n"
  }

  private mutating func write(_ node: Int, of layout: Layout, path: String) {
    let mark = marks?[path]
    if let mark { out += "<a id=\"\(mark.identifier)\" href=\"#\(mark.target)\" tabindex=\"-1\">" }
    let label = layout.sketch.nodes[node].label
    let box = layout.boxes[node]
    let name = LabelText.xml(Metric.shown(label.name))
    let caption = LabelText.xml(Metric.shown(label.caption))
    let style = mark?.style ?? (marks == nil ? label.group.rawValue : "plain")
    let details =
      marks == nil ? label.details : [label.name, label.caption] + (mark.map { [$0.note] } ?? [])
    out += "<g class=\"layer \(style)\">"
    out += "<title>" + details.map(LabelText.xml).joined(separator: "\n") + "</title>"
    out += Self.rectangle(box, radius: 7)
    if let mark {
      out += "<text class=\"sign\" x=\"\(box.x + 10)\" y=\"\(box.y + 15)\">\(mark.sign)</text>"
    }
    if let inner = layout.inner[node] {
      let x = box.x + Layout.contentOffset.x
      out += "<text class=\"name head\" x=\"\(x)\" y=\"\(box.y + 21)\">\(name)</text>"
      out += "<text class=\"kind head\" x=\"\(x)\" y=\"\(box.y + 36)\">\(caption)</text>\n"
      let space = box.width - 2 * Layout.contentOffset.x - inner.width
      write(inner, x: x + space / 2, y: box.y + Layout.contentOffset.y, path: path + "/")
    } else {
      out += "<text class=\"name\" x=\"\(box.center)\" y=\"\(box.y + 16)\">\(name)</text>"
      out += "<text class=\"kind\" x=\"\(box.center)\" y=\"\(box.y + 30)\">\(caption)</text>"
    }
    out += mark == nil ? "</g>\n" : "</g></a>\n"
  }

  private mutating func write(_ note: Layout.Note) {
    let turn = note.place == .along ? " transform=\"rotate(-90 \(note.x) \(note.y))\"" : ""
    // A line that runs through its note is met in the middle of the letters.
    let y = note.place == .along ? " dy=\"3\"" : ""
    out += "<text class=\"note \(note.place)\" x=\"\(note.x)\" y=\"\(note.y)\"\(y)\(turn)>"
    out += "\(LabelText.xml(note.text))</text>\n"
  }

  private mutating func write(_ bracket: Layout.Bracket) {
    let box = bracket.box, text = BracketText(fold: bracket.fold)
    let middle = box.y + box.height / 2, x = box.right + 6
    out += "<g><title>\(bracket.fold.count) equal blocks, of which the first is drawn; "
    out += "the last ends in \(LabelText.xml(LabelText.shortened(bracket.fold.last, to: 160)))"
    out += "</title>"
    out += "<rect class=\"fold\" x=\"\(box.x)\" y=\"\(box.y)\" width=\"\(box.width)\" "
    out += "height=\"\(box.height)\" rx=\"12\"/>"
    out += "<path class=\"brace\" d=\"M\(x) \(box.y + 2)q6 0 6 8V\(middle - 8)q0 8 6 8"
    out += "q-6 0 -6 8V\(box.bottom - 10)q0 8 -6 8\"/>"
    out += "<text class=\"times\" x=\"\(x + 20)\" y=\"\(middle + 4)\">\(text.multiplier)</text>"
    out += "<text class=\"note\" x=\"\(x + 20)\" y=\"\(middle + 20)\">"
    out += "\(LabelText.xml(text.last))</text></g>\n"
  }

  static func rectangle(_ box: Layout.Box, radius: Int) -> String {
    "<rect x=\"\(box.x)\" y=\"\(box.y)\" width=\"\(box.width)\" height=\"\(box.height)\" "
      + "rx=\"\(radius)\"/>"
  }
}
