@testable import ModelPresentation
import ModelGraph
import TestSupport
import Testing

@Suite struct FoldingTests {
  @Test func `each stage folds into its projection block and one identity block`() throws {
    let diagram = try Diagram(of: Network.residual([3, 8, 36, 3]))
    #expect(diagram.sketch.folds.map(\.count) == [2, 7, 35, 2])
    #expect(
      diagram.sketch.folds.map(\.last) == ["s0b2_relu", "s1b7_relu", "s2b35_relu", "s3b2_relu"])
    let first = try #require(diagram.sketch.folds.first)
    #expect(
      diagram.sketch.nodes[first.nodes].map(\.label.name)
        == ["s0b1_1", "s0b1_2", "s0b1_add", "s0b1_relu"])
    #expect(try SVGDocument(diagram.svg()).multipliers == [2, 7, 35, 2])
  }

  @Test func `what is drawn and what is folded away make all calls`() throws {
    let graph = try Network.residual([3, 8, 36, 3])
    for folding in [Diagram.Folding.automatic, .always, .never] {
      let diagram = try Diagram(of: graph, folding: folding)
      #expect(diagram.sketch.callCount == graph.calls.count)
    }
    let names = try SVGDocument(Diagram(of: graph, folding: .never).svg()).calls.map(\.name)
    #expect(names == graph.calls.map(\.name))
  }

  @Test func `a small graph is drawn in full unless it is asked otherwise`() throws {
    let graph = try Network.residual([3])
    #expect(try Diagram(of: graph).sketch.folds.isEmpty)
    #expect(try Diagram(of: graph, folding: .always).sketch.folds.map(\.count) == [2])
  }

  @Test func `the block behind a fold follows the one that is drawn`() throws {
    let sketch = try Diagram(of: Network.residual([3, 2]), folding: .always).sketch
    let next = try #require(sketch.nodes.firstIndex { $0.label.name == "s1b0_1" })
    let sources = sketch.edges.filter { $0.target == next }.map(\.source.node)
    #expect(sources.map { sketch.nodes[$0].label.name } == ["s0b1_relu"])
  }

  /// A chain of convolutions, ReLUs between them, that differs in one place.
  private func chain(_ filters: [Int], output: Int? = nil) throws -> Graph {
    var network = Network()
    let input = network.input("image")
    var x = input, all = [x]
    for (index, count) in filters.enumerated() {
      x = try network.convolution("conv\(index)", x, filters: count)
      x = network.add("relu\(index)", try ReLU(attributes: [:]), x)
      all.append(x)
    }
    guard let output else { return try network.graph(outputs: x) }
    return try network.graph(outputs: all[output], x)
  }

  @Test func `a block is equal only if its shapes are, and begins with its convolution`() throws {
    let folds = try Diagram(of: chain([4, 4, 4, 8, 8, 8]), folding: .always).sketch.folds
    #expect(folds.map(\.count) == [3, 2])
    #expect(folds.map(\.last) == ["relu2", "relu5"])
  }

  @Test func `a result that others follow is not folded away`() throws {
    let plain = try Diagram(of: chain([4, 4, 4, 4, 4, 4, 4]), folding: .always).sketch.folds
    #expect(plain.map(\.count) == [7])
    let folds = try Diagram(of: chain([4, 4, 4, 4, 4, 4, 4], output: 3), folding: .always).sketch
      .folds
    #expect(folds.map(\.count) == [2, 4])
  }

  @Test func `blocks that are wired otherwise are not equal`() throws {
    var network = Network()
    var x = network.input("image")
    for index in 0..<4 {
      let one = try network.convolution("a\(index)", x)
      let other = try network.convolution("b\(index)", x)
      let inputs = index == 2 ? [other, one] : [one, other]
      x = network.add("minus\(index)", .layer(try Subtract(attributes: [:])), inputs)
    }
    let folds = try Diagram(of: network.graph(outputs: x), folding: .always).sketch.folds
    #expect(folds.map(\.count) == [2])
  }

  @Test func `nested models fold by their content`() throws {
    func body(_ name: String, filters: Int) throws -> LayerNode.Body {
      var network = Network()
      let x = network.input("\(name)_input")
      let conv = try network.convolution("\(name)_conv", x, filters: filters)
      return .graph(try network.graph(name, outputs: conv))
    }
    var network = Network()
    var x = network.input("image")
    for (index, filters) in [4, 4, 4, 2, 4].enumerated() {
      x = network.add("m\(index)", try body("m\(index)", filters: filters), [x])
      x = try network.convolution("c\(index)", x)
    }
    let graph = try network.graph(outputs: x)
    let sketch = try Diagram(of: graph, folding: .always).sketch
    #expect(sketch.folds.map(\.count) == [3])
    #expect(sketch.callCount == 1 + 5 * 4)
  }

  @Test(arguments: [
    ([1, 1, 1, 1], [Repetition(start: 0, period: 1, count: 4)]),
    ([1, 2, 1, 2, 1, 2, 3], [Repetition(start: 0, period: 2, count: 3)]),
    ([9, 1, 1, 2, 1, 1, 2, 8], [Repetition(start: 1, period: 3, count: 2)]),
    ([1, 2, 3, 4], []), ([1], []), ([], []),
  ])
  func `repetitions are found`(kinds: [Int], expected: [Repetition]) {
    let sizes = kinds.map { _ in Repetition.Size(nodes: 1, isHeaded: false) }
    #expect(Repetition.found(in: kinds, sizes: sizes) == expected)
  }
}
