internal import ModelGraph

/// Which graph of a file is nested in which: a tree, as every graph but the first
/// is the body of exactly one layer of a graph before it.
struct GraphTree {
  /// The place of each graph in a walk through the model, outermost first.
  private(set) var walkIndices: [Int]
  /// The layer that each graph is the body of, and the graph that the layer is in.
  private var owners: [(graph: Int, layer: String)?]

  /// Checks the references between graphs.
  init(_ graphs: [GraphRecord], limits: ProtobufLimits) throws(ProtobufFormatError) {
    guard !graphs.isEmpty else { throw .missing(field: "graph", of: "model") }
    var depths = [Int](repeating: 1, count: graphs.count)
    var references = [Int](repeating: 0, count: graphs.count)
    owners = [(graph: Int, layer: String)?](repeating: nil, count: graphs.count)
    for (index, graph) in graphs.enumerated() {
      for layer in graph.layers {
        guard case .graph(let body) = layer.body else { continue }
        guard body > index, body < graphs.count else {
          throw .value(
            field: "graph", of: "layer '\(layer.name)'", found: "\(body)",
            expected: "an index above \(index) and below \(graphs.count)")
        }
        references[body] += 1
        owners[body] = (index, layer.name)
        depths[body] = depths[index] + 1
        guard depths[body] <= Graph.maximumDepth else {
          throw .model(.nestingTooDeep(limit: Graph.maximumDepth))
        }
      }
    }
    for index in 1..<max(1, graphs.count) where references[index] != 1 {
      throw .graphReferences(index: index, count: references[index])
    }
    try Self.checkCallCount(graphs, limit: limits.callCount)
    walkIndices = Self.walk(graphs)
  }

  /// The path of a layer in a graph: `encoder/block1/conv`.
  func path(of layer: String, graph: Int) -> String {
    var names = [layer]
    var index = graph
    while let owner = owners[index] {
      names.append(owner.layer)
      index = owner.graph
    }
    return names.reversed().joined(separator: "/")
  }

  private static func walk(_ graphs: [GraphRecord]) -> [Int] {
    var indices = [Int](repeating: 0, count: graphs.count)
    var waiting = [0]
    var next = 0
    while let index = waiting.popLast() {
      indices[index] = next
      next += 1
      for layer in graphs[index].layers.reversed() {
        if case .graph(let body) = layer.body { waiting.append(body) }
      }
    }
    return indices
  }

  /// Counts the calls as a run makes them: a model that is nested twice in one that is
  /// nested twice runs four times, and a small file can ask for 2^64 runs.
  private static func checkCallCount(
    _ graphs: [GraphRecord], limit: Int
  ) throws(ProtobufFormatError) {
    var counts = [Int](repeating: 0, count: graphs.count)
    var total = 0
    for index in graphs.indices.reversed() {
      var bodies: [String: Int] = [:]
      for layer in graphs[index].layers {
        if case .graph(let body) = layer.body { bodies[layer.name] = body }
      }
      for record in graphs[index].calls {
        counts[index] += 1 + (bodies[record.call.layer].map { counts[$0] } ?? 0)
        guard counts[index] <= limit else { throw .exceeds(what: "calls", limit: limit) }
      }
      total += counts[index]
      guard total <= limit else { throw .exceeds(what: "calls", limit: limit) }
    }
  }
}
