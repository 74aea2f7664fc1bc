@testable import ModelPresentation
import ModelGraph
import TestSupport
import Testing

@Suite struct DiagramTextTests {
  private func small(_ name: String = "small") throws -> Graph {
    var network = Network()
    let x = network.input("image")
    let conv = try network.convolution("conv", x)
    let sum = network.add("add", try Add(attributes: [:]), x, conv)
    return try network.graph(name, outputs: sum)
  }

  @Test func `the same graph gives the same text`() throws {
    let graph = try Network.residual([3, 8, 3])
    #expect(try Diagram(of: graph).svg() == Diagram(of: graph).svg())
    #expect(try Diagram(of: graph).dot() == Diagram(of: graph).dot())
  }

  @Test func `an image is self-contained and describes itself`() throws {
    let text = try Diagram(of: small()).svg()
    let document = try SVGDocument(text)
    #expect(document.title == "small")
    #expect(text.contains("role=\"img\""))
    #expect(text.contains("8×8×4 → 8×8×4 · 3 calls of layers · 148 parameters"))
    #expect(text.contains("prefers-color-scheme:dark"))
    #expect(!text.contains("href") && !text.contains("@import") && !text.contains("<script"))
    #expect(text.matches(of: /url\(/).count == text.matches(of: /url\(#(flow|skip)\)/).count)
  }

  @Test func `a layer shows its name, kind and what matters, and tells the rest`() throws {
    let text = try Diagram(of: small()).svg()
    #expect(text.contains(">conv</text>"))
    #expect(text.contains(">Conv2D 3×3, 4</text>"))
    let conv = try #require(try SVGDocument(text).calls.first { $0.name == "conv" })
    #expect(conv.title.contains("\nkernel_size: [3, 3]\n"))
    #expect(conv.title.contains("\noutput: 8×8×4\n"))
    #expect(conv.title.hasSuffix("\nparameters: 148"))
  }

  private static let hostileNames = [
    "<script>alert(1)</script>", "\"onload=\"x", "a'b&amp;c", "]]>", "line\nbreak\u{0}\u{1B}[31m",
    "\u{202E}desrever", "\\N\\G", String(repeating: "x", count: 100_000),
    "a" + String(repeating: "\u{301}", count: 50_000),
  ]

  @Test(arguments: hostileNames)
  func `names cannot leave their place`(name: String) throws {
    var network = Network()
    let x = network.input(name)
    let body = LayerNode.Body.unsupported(
      UnsupportedLayer(path: name, kind: name, reason: name, configuration: name))
    let y = network.add("layer" + name, body, [x])
    let graph = try network.graph(name, outputs: y)
    let text = try Diagram(of: graph).svg()
    let document = try SVGDocument(text)
    #expect(document.calls.count == 2)
    #expect(!document.elements.contains("script"))
    #expect(text.unicodeScalars.allSatisfy { $0.value >= 32 || $0 == "\n" })
    #expect(!text.unicodeScalars.contains("\u{202E}"))
    #expect(text.utf8.count < 12_000)
    let dot = try Diagram(of: graph).dot()
    #expect(dot.unicodeScalars.allSatisfy { $0.value >= 32 || $0 == "\n" })
    // Quotes that are not escaped come in pairs, line by line.
    for line in dot.split(separator: "\n") {
      let bare = line.replacing("\\\\", with: "").replacing("\\\"", with: "")
      #expect(bare.count { $0 == "\"" }.isMultiple(of: 2), "\(line)")
    }
  }

  @Test func `hostile numbers stay numbers`() throws {
    var network = Network()
    let x = network.input("x", Shape([nil, Int.max, nil, Int.max]))
    let y = network.add("y", Identity(), x)
    let text = try Diagram(of: network.graph(outputs: y)).svg()
    #expect(text.contains(">9223372036854775807…×9223372036854775807<"))
    #expect(try SVGDocument(text).collisions == [])
  }

  @Test func `a thousand layers make a file of less than a megabyte`() throws {
    let graph = try Network.residual([63, 63, 62, 62])
    #expect(graph.calls.count > 1000)
    let text = try Diagram(of: graph, folding: .never).svg()
    #expect(text.utf8.count < 1_000_000)
    #expect(try SVGDocument(text).calls.count == graph.calls.count)
  }

  @Test func `Graphviz's text is as it was`() throws {
    // swift-format-ignore
    #expect(
      try Diagram(of: small("a \"small\" one")).dot() == #"""
        digraph "a \"small\" one" {
          graph [label="a \"small\" one", labelloc=t, fontname="Helvetica", fontsize=16, nodesep=0.4];
          node [shape=box, style="rounded,filled", fontname="Helvetica", fontsize=11];
          edge [fontname="Helvetica", fontsize=9, color="#8b949e", fontcolor="#59636e"];
          n0 [label="image\nInputLayer", fillcolor="#eceff3", color="#7d8896", tooltip="image\nInputLayer\nbatch_shape: [-1, 8, 8, 4]\ndtype: 'float32'\noutput: 8×8×4"];
          n1 [label="conv\nConv2D 3×3, 4", fillcolor="#dce9ff", color="#3b74d9", tooltip="conv\nConv2D\nfilters: 4\nkernel_size: [3, 3]\nstrides: [1, 1]\npadding: 'same'\ndata_format: 'channels_last'\ndilation_rate: [1, 1]\ngroups: 1\nactivation: 'linear'\nuse_bias: true\noutput: 8×8×4\nparameters: 148"];
          n2 [label="add\nAdd", fillcolor="#ffe2d1", color="#d9480f", tooltip="add\nAdd\noutput: 8×8×4"];
          n0 -> n1 [label="8×8×4"];
          n0 -> n2 [label="8×8×4", color="#e0561b", penwidth=2, constraint=false];
          n1 -> n2 [label="8×8×4"];
        }

        """#)
  }

  @Test func `Graphviz has clusters for nested models and for blocks that repeat`() throws {
    var inner = Network()
    let conv = try inner.convolution("conv", inner.input("fed"))
    let body = LayerNode.Body.graph(try inner.graph("inner", outputs: conv))
    var network = Network()
    var x = network.add("nested", body, [network.input("x")])
    for index in 0..<4 { x = try network.convolution("c\(index)", x) }
    let text = try Diagram(of: network.graph(outputs: x), folding: .always).dot()
    #expect(text.contains("  subgraph cluster_n1 {\n"))
    #expect(text.contains("  n0 -> n1_0 [label=\"8×8×4\"];\n"))
    #expect(text.contains("  n1_1 -> n2 [label=\"8×8×4\"];\n"))
    #expect(text.contains("label=\"× 4\\nto c3\""))
  }
}
