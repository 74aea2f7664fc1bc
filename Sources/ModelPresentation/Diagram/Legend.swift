internal import ModelGraph

/// What stands above a diagram: the meaning of its colours, in as many rows as it takes.
struct Legend {
  private(set) var text = ""
  private(set) var height = 0

  private static let rowHeight = 20
  private static let space = 18

  /// Writes the legend.
  ///
  /// - Parameter width: The width that a row may have.
  init(_ groups: [LayerGroup], hasShortcuts: Bool, width: Int) {
    var x = 0, y = 0
    func place(_ title: String) {
      let end = x + 24 + LabelText.width(title, size: 11)
      guard x > 0, end > width else { return }
      x = 0
      y += Self.rowHeight
    }
    for group in groups {
      place(group.title)
      let box = Layout.Box(x: x, y: y, width: 18, height: 12)
      text += "<g class=\"layer \(group.rawValue)\">" + SVGWriter.rectangle(box, radius: 3)
      text += Self.text(group.title, x: x + 24, y: y) + "</g>\n"
      x += 24 + LabelText.width(group.title, size: 11) + Self.space
    }
    if hasShortcuts {
      place("Shortcut")
      text += "<path class=\"skip\" d=\"M\(x) \(y + 6)h19\"/>"
      text += Self.text("Shortcut", x: x + 24, y: y) + "\n"
    }
    height = y + Self.rowHeight
  }

  private static func text(_ title: String, x: Int, y: Int) -> String {
    "<text class=\"key\" x=\"\(x)\" y=\"\(y + 10)\">\(title)</text>"
  }
}

/// What is said of a model in a line, and to who cannot see the picture.
struct Facts {
  let line: String
  let description: String
  let hasShortcuts: Bool

  init(_ sketch: Sketch, hasShortcuts: Bool) {
    self.hasShortcuts = hasShortcuts
    func list(_ shapes: [String]) -> String {
      shapes.prefix(3).joined(separator: ", ") + (shapes.count > 3 ? ", …" : "")
    }
    let inputs = list(sketch.inputs.map { sketch.nodes[$0].outputs.first ?? LabelText.unknown })
    let results = list(sketch.results.map(sketch.shape))
    let calls = sketch.callCount
    let count = LabelText.grouped(calls) + (calls == 1 ? " call" : " calls") + " of layers"
    let parameters = LabelText.grouped(sketch.parameterCount) + " parameters"
    line = "\(inputs) → \(results) · \(count) · \(parameters)"
    let folds = sketch.folds.map { "\($0.count) equal blocks up to \($0.last)" }
    description =
      "The graph of a model, from its input of \(inputs) at the top to its output of \(results): "
      + "\(count), \(parameters)."
      + (folds.isEmpty ? "" : " Drawn once: " + list(folds) + ".")
  }
}
