internal import ModelGraph

/// Writes a sketch in Graphviz's language.
struct DOTWriter {
  private let sketch: Sketch
  private var out = ""

  init(_ sketch: Sketch) {
    self.sketch = sketch
  }

  /// The graph.
  func text() -> String {
    var writer = self
    writer.writeDocument()
    return writer.out
  }

  private mutating func writeDocument() {
    let title = LabelText.dot([LabelText.shortened(LabelText.printable(sketch.name), to: 60)])
    out += """
      digraph \(title) {
        graph [label=\(title), labelloc=t, fontname="Helvetica", fontsize=16, nodesep=0.4];
        node [shape=box, style="rounded,filled", fontname="Helvetica", fontsize=11];
        edge [fontname="Helvetica", fontsize=9, color="#8b949e", fontcolor="#59636e"];

      """
    write(sketch, prefix: "n", indent: "  ")
    out += "}\n"
  }

  private mutating func write(_ sketch: Sketch, prefix: String, indent: String) {
    var node = 0
    for fold in sketch.folds {
      for node in node..<fold.nodes.lowerBound {
        write(sketch.nodes[node], "\(prefix)\(node)", indent)
      }
      let label = LabelText.dot([
        "× \(fold.count)", "to " + LabelText.shortened(fold.last, to: 160),
      ])
      out += "\(indent)subgraph cluster_\(prefix)_x\(fold.nodes.lowerBound) {\n"
      out += "\(indent)  graph [label=\(label), labeljust=r, style=\"rounded,dashed\", "
      out += "color=\"#9aa4af\", fontsize=12];\n"
      for node in fold.nodes { write(sketch.nodes[node], "\(prefix)\(node)", indent + "  ") }
      out += "\(indent)}\n"
      node = fold.nodes.upperBound
    }
    for node in node..<sketch.nodes.count {
      write(sketch.nodes[node], "\(prefix)\(node)", indent)
    }
    let wiring = Wiring(sketch)
    for (index, edge) in sketch.edges.enumerated() {
      let source = Self.source(edge.source, in: sketch, prefix: prefix)
      let target = Self.target(edge, in: sketch, prefix: prefix)
      var attributes = ["label=" + LabelText.dot([sketch.shape(of: edge.source)])]
      if wiring.areShortcuts[index] { attributes.append("color=\"#e0561b\", penwidth=2") }
      // A skip must not push its ends apart: the layers that it passes do.
      if wiring.roles[index].isSkip { attributes.append("constraint=false") }
      out += "\(indent)\(source) -> \(target) [\(attributes.joined(separator: ", "))];\n"
    }
  }

  private mutating func write(_ node: Sketch.Node, _ id: String, _ indent: String) {
    let colors = node.group.colors.light
    let label = LabelText.dot([node.label.name, node.label.caption].map(Metric.shown))
    let tooltip = LabelText.dot(node.label.details)
    let look = "fillcolor=\"\(colors.fill)\", color=\"\(colors.stroke)\", tooltip=\(tooltip)"
    guard let inner = node.inner else {
      out += "\(indent)\(id) [label=\(label), \(look)];\n"
      return
    }
    out += "\(indent)subgraph cluster_\(id) {\n"
    out += "\(indent)  graph [label=\(label), labeljust=l, style=\"rounded,filled\", "
    out += "\(look), fontsize=12];\n"
    write(inner, prefix: id + "_", indent: indent + "  ")
    out += "\(indent)}\n"
  }

  /// The node that makes a tensor, in a nested model where that is one.
  private static func source(_ port: Sketch.Port, in sketch: Sketch, prefix: String) -> String {
    let id = "\(prefix)\(port.node)"
    guard let inner = sketch.nodes[port.node].inner, inner.results.indices.contains(port.output)
    else { return id }
    return source(inner.results[port.output], in: inner, prefix: id + "_")
  }

  /// The node that an edge leads to: a nested model's input.
  private static func target(_ edge: Sketch.Edge, in sketch: Sketch, prefix: String) -> String {
    let id = "\(prefix)\(edge.target)"
    guard let inner = sketch.nodes[edge.target].inner, inner.inputs.indices.contains(edge.input)
    else { return id }
    return "\(id)_\(inner.inputs[edge.input])"
  }
}
