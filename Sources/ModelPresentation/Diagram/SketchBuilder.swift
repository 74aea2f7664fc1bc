internal import OrderedCollections
internal import ModelGraph

/// Makes the sketch of a graph and of the models nested in it.
struct SketchBuilder {
  /// What two calls must share to be drawn as one.
  private struct Structure: Hashable {
    var kind: String
    var attributes: Attributes
    var inputs: [Shape?]
    var outputs: [Shape?]
    var isShared: Bool
    var body: Body?
  }

  /// The structure of a nested model.
  private struct Body: Hashable {
    var nodes: [Int]
    var edges: [Sketch.Edge]
    var results: [Sketch.Port]
  }

  /// All calls in execution order, a nested model's behind those in it.
  private let calls: [ResolvedCall]
  private let isFolded: Bool
  private var next = 0
  private var structures: [Structure: Int] = [:]

  init(calls: [ResolvedCall], isFolded: Bool) {
    self.calls = calls
    self.isFolded = isFolded
  }

  /// The sketch of the graph whose calls come next.
  mutating func sketch(of graph: Graph) -> Sketch {
    let sketch = unfolded(graph).sketch
    return isFolded ? sketch.folded() : sketch
  }

  private mutating func unfolded(_ graph: Graph) -> (sketch: Sketch, body: Body) {
    var sketch = Sketch(
      name: graph.name, nodes: [], edges: [], inputs: [], results: [], parameterCount: 0)
    var positions: [String: Int] = [:]
    func port(_ reference: TensorReference) -> Sketch.Port? {
      positions[Call(reference.layer, node: reference.node, inputs: []).name]
        .map { Sketch.Port(node: $0, output: reference.index) }
    }
    var called: Set<String> = []
    for call in graph.calls {
      let isShared = !called.insert(call.layer).inserted
      let (node, parameterCount) = self.node(call, isShared: isShared, in: graph)
      if !isShared { sketch.parameterCount += parameterCount }
      positions[call.name] = sketch.nodes.count
      for (input, reference) in call.inputs.enumerated() {
        guard let source = port(reference) else { continue }
        sketch.edges.append(.init(source: source, target: sketch.nodes.count, input: input))
      }
      sketch.nodes.append(node)
    }
    sketch.inputs = graph.inputs.compactMap { port($0)?.node }
    sketch.results = graph.outputs.compactMap(port)
    let body = Body(
      nodes: sketch.nodes.map(\.structure), edges: sketch.edges, results: sketch.results)
    return (sketch, body)
  }

  private mutating func node(
    _ call: Call, isShared: Bool, in graph: Graph
  ) -> (Sketch.Node, parameterCount: Int) {
    var inner: (sketch: Sketch, body: Body)?
    if case .graph(let body)? = graph.layers[call.layer]?.body {
      // A model that is called again is not drawn again.
      if isShared { next += body.runCallCount } else { inner = unfolded(body) }
    }
    let found = calls[next]
    next += 1
    let parameterCount = inner?.sketch.parameterCount ?? Self.parameterCount(found)
    let label = LayerLabel(
      found, name: call.name, parameterCount: parameterCount, isShared: isShared)
    let structure = Structure(
      kind: found.layer.kind, attributes: found.layer.shownAttributes, inputs: found.inputs,
      outputs: found.outputs, isShared: isShared, body: inner?.body)
    let number = structures[structure, default: structures.count]
    structures[structure] = number
    let node = Sketch.Node(
      call: call.name, label: label, structure: number, outputs: found.outputs.map(LabelText.shape),
      inner: isFolded ? inner?.sketch.folded() : inner?.sketch)
    return (node, parameterCount)
  }

  private static func parameterCount(_ call: ResolvedCall) -> Int {
    // A graph without weights may ask for any: the sum stays a number that a model can have.
    (call.definition?.weights ?? []).reduce(0) {
      min($0 + min($1.shape.checkedProduct() ?? 0, 1 << 40), 1 << 50)
    }
  }
}

extension LayerNode {
  /// The attributes that tell one layer from another of its kind.
  var shownAttributes: Attributes {
    switch body {
    case .layer(let layer): layer.attributes
    case .graph: [:]
    case .unsupported(let layer): ["configuration": .string(layer.configuration)]
    }
  }
}
