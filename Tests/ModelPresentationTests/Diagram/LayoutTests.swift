@testable import ModelPresentation
import ModelGraph
import TestSupport
import Testing

@Suite struct LayoutTests {
  /// The edges beside which another way leads, found by trying all ways.
  private func shortcuts(_ graph: Graph) -> Int {
    var before: [String: Set<String>] = [:]
    var count = 0
    for call in graph.calls {
      var own: Set<String> = []
      for input in call.inputs { own.formUnion(before[input.layer, default: []]) }
      let inputs = call.inputs.map(\.layer)
      for (index, input) in inputs.enumerated()
      where own.contains(input) || inputs[..<index].contains(input) {
        count += 1
      }
      before[call.layer] = own.union(inputs)
    }
    return count
  }

  private func arcs(_ graph: Graph) throws -> Int {
    Wiring(try Diagram(of: graph, folding: .never).sketch).roles.count(where: \.isSkip)
  }

  @Test func `every identity shortcut is an arc, and every projection a branch`() throws {
    let graph = try Network.residual([3, 4, 6, 3])
    #expect(shortcuts(graph) == 12)
    #expect(try arcs(graph) == 12)
    let wiring = Wiring(try Diagram(of: graph, folding: .never).sketch)
    #expect(wiring.roles.count { $0 == .closing } == 4)
    #expect(wiring.columnCount == 2)
    // Three edges of each projection: into it, and out of it.
    #expect(wiring.areShortcuts.count(where: \.self) == 12 + 2 * 4)
  }

  @Test func `the longest path stays in the first column`() throws {
    let sketch = try Diagram(of: Network.residual([2, 2]), folding: .never).sketch
    let wiring = Wiring(sketch)
    for (node, column) in zip(sketch.nodes, wiring.columns) {
      #expect(column == (node.label.name.hasSuffix("_0") ? 1 : 0), "\(node.label.name)")
    }
  }

  @Test func `a longer arc runs outside of those that it spans`() throws {
    var network = Network()
    let input = network.input("x")
    var ways = [input]
    for index in 0..<4 { ways.append(try network.convolution("down\(index)", ways[index])) }
    var x = ways[4]
    for index in (0..<4).reversed() {
      x = network.add("up\(index)", try Add(attributes: [:]), x, ways[index])
    }
    let graph = try network.graph(outputs: x)
    let lanes = try SVGDocument(Diagram(of: graph).svg()).runs.filter(\.isLane)
    #expect(lanes.count == 4)
    for (inner, outer) in zip(lanes, lanes.dropFirst()) {
      #expect(outer.x < inner.x)
      #expect(outer.from < inner.from)
      #expect(outer.to > inner.to)
    }
  }

  @Test func `branches of a concatenation stand side by side`() throws {
    var network = Network()
    let input = network.input("x")
    let branches = try (0..<4).map { branch in
      try (0...branch).reduce(input) { try network.convolution("b\(branch)_\($1)", $0) }
    }
    let joined = network.add("join", .layer(try Concatenate(attributes: [:])), branches)
    let sketch = try Diagram(of: network.graph(outputs: joined)).sketch
    let wiring = Wiring(sketch)
    #expect(wiring.columnCount == 4)
    let longest = try #require(sketch.nodes.firstIndex { $0.label.name == "b3_0" })
    #expect(wiring.columns[longest] == 0)
    // Nothing is added up: these are no shortcuts.
    #expect(!wiring.areShortcuts.contains(true))
    #expect(try SVGDocument(Diagram(of: network.graph(outputs: joined)).svg()).collisions == [])
  }

  @Test func `a concatenation of all that came before keeps every arc apart`() throws {
    var network = Network()
    var made = [network.input("x")]
    for index in 0..<8 {
      let joined =
        index == 0
        ? made[0] : network.add("join\(index)", .layer(try Concatenate(attributes: [:])), made)
      made.append(try network.convolution("conv\(index)", joined))
    }
    let graph = try network.graph(outputs: made[8])
    #expect(try SVGDocument(Diagram(of: graph).svg()).collisions == [])
    #expect(try arcs(graph) == shortcuts(graph))
  }

  @Test func `a second head stands beside the first`() throws {
    var network = Network()
    let stem = try network.convolution("stem", network.input("x"))
    let first = try network.convolution("first", stem)
    let second = try network.convolution("second", stem)
    let wiring = Wiring(try Diagram(of: network.graph(outputs: first, second)).sketch)
    #expect(wiring.rows == [0, 1, 2, 2])
    #expect(wiring.columns == [0, 0, 0, 1])
  }

  @Test func `an input that is needed late stands late`() throws {
    var network = Network()
    let early = network.input("early"), late = network.input("late")
    let x = try network.convolution("b", network.convolution("a", early))
    let sum = network.add("sum", try Add(attributes: [:]), late, x)
    let wiring = Wiring(try Diagram(of: network.graph(outputs: sum)).sketch)
    #expect(wiring.rows == [0, 2, 1, 2, 3])
    #expect(wiring.columns == [0, 1, 0, 0, 0])
  }

  @Test(arguments: 0..<100)
  func `nothing lies on anything else in a graph of any form`(seed: UInt64) throws {
    var generator = SeededGenerator(state: seed)
    let graph = try Network.random(&generator, count: Int.random(in: 1...40, using: &generator))
    let diagram = try Diagram(of: graph, folding: .always)
    #expect(diagram.sketch.callCount == graph.calls.count)
    #expect(try SVGDocument(diagram.svg()).collisions == [])
    let full = try SVGDocument(Diagram(of: graph, folding: .never).svg())
    #expect(full.calls.map(\.name) == graph.calls.map(\.name))
    #expect(full.collisions == [])
    #expect(try arcs(graph) >= shortcuts(graph))
  }

  @Test func `nested models are boxes around their content`() throws {
    func body(_ name: String, _ content: LayerNode.Body?) throws -> LayerNode.Body {
      var network = Network()
      var x = network.input("\(name)_input")
      x = try network.block("\(name)_block", x)
      if let content { x = network.add("\(name)_inner", content, [x]) }
      return .graph(try network.graph(name, outputs: x))
    }
    var network = Network()
    var x = network.input("image")
    x = network.add("encoder", try body("outer", body("inner", nil)), [x])
    x = network.call("encoder", node: 1, x)
    let graph = try network.graph(outputs: x)
    let document = try SVGDocument(Diagram(of: graph).svg())
    #expect(document.collisions == [])
    // The second call uses the same weights, and is not drawn again.
    #expect(document.calls.map(\.name).count { $0 == "inner_block_add" } == 1)
    #expect(document.calls.count { $0.parent != nil } == 11)
    #expect(document.calls.last?.title.contains("with the same weights") == true)
  }
}
