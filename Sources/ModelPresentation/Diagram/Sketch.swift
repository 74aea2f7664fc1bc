internal import ModelGraph

/// What a diagram shows of a graph, before anything has a place.
struct Sketch: Sendable {
  /// An output of a node.
  struct Port: Hashable, Sendable {
    var node: Int
    var output: Int
  }

  /// A call.
  struct Node: Sendable {
    /// The call's name.
    var call: String
    var label: LayerLabel
    /// What equal nodes share: kind, attributes, shapes and content, by number.
    var structure: Int
    /// The shape of each output.
    var outputs: [String]
    /// The content of a nested model, at its first call.
    var inner: Sketch?

    var group: LayerGroup { label.group }
  }

  /// A tensor on its way into a call.
  struct Edge: Hashable, Sendable {
    var source: Port
    var target: Int
    /// Which input of the target it is.
    var input: Int
  }

  /// A block that stands for several equal ones in a row.
  struct Fold: Hashable, Sendable {
    var nodes: Range<Int>
    var count: Int
    /// The name of the last call of the last block.
    var last: String
  }

  /// The model's name.
  var name: String
  /// The calls in execution order, so that every edge leads onwards.
  var nodes: [Node]
  /// The edges in the order of their targets and inputs.
  var edges: [Edge]
  var folds: [Fold] = []
  /// The nodes that are fed.
  var inputs: [Int]
  /// The tensors that are the result.
  var results: [Port]
  /// The number of elements of all weights.
  var parameterCount: Int

  /// How many calls each node stands for.
  var multiplicities: [Int] {
    var counts = [Int](repeating: 1, count: nodes.count)
    for fold in folds {
      for node in fold.nodes { counts[node] = fold.count }
    }
    return counts
  }

  /// The number of calls that are drawn or stood for, those in nested models included.
  var callCount: Int {
    zip(nodes, multiplicities).reduce(0) { $0 + $1.1 * (1 + ($1.0.inner?.callCount ?? 0)) }
  }

  /// The shape of an edge's tensor.
  func shape(of port: Port) -> String {
    let shapes = nodes[port.node].outputs
    return shapes.indices.contains(port.output) ? shapes[port.output] : LabelText.unknown
  }

  /// The edges that lead into each node.
  var edgesByTarget: [Range<Int>] {
    var ranges: [Range<Int>] = []
    var end = 0
    for node in nodes.indices {
      let start = end
      while end < edges.count, edges[end].target == node { end += 1 }
      ranges.append(start..<end)
    }
    return ranges
  }
}
