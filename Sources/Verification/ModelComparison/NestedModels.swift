internal import OrderedCollections
internal import ModelGraph

/// The models that are nested in one, and which layer is in which.
struct NestedModels {
  /// A nested model.
  struct Item {
    var path: String
    var node: LayerNode
    var graph: Graph
    /// The one that it is in, by its place in ``NestedModels/items``; `nil` in the whole model.
    var parent: Int?
  }

  private(set) var items: [Item] = []
  /// The nested model that each layer is in.
  private var homes: [String: Int] = [:]

  init(_ graph: Graph) {
    add(graph, prefix: "", parent: nil)
  }

  private mutating func add(_ graph: Graph, prefix: String, parent: Int?) {
    for (name, node) in graph.layers {
      let path = prefix + name
      if case .graph(let inner) = node.body {
        items.append(Item(path: path, node: node, graph: inner, parent: parent))
        add(inner, prefix: path + "/", parent: items.count - 1)
      } else {
        homes[path] = parent
      }
    }
  }

  /// The nested models that a layer is in, the innermost first.
  private func ancestors(of layer: String) -> [Int] {
    Array(sequence(first: homes[layer]) { $0.map { items[$0].parent } }.prefix { $0 != nil })
      .compactMap(\.self)
  }

  /// Which nested model is which of another model: those that share most layers, then those that
  /// share a path.
  ///
  /// - Parameter layers: The paths of the layers that are the same.
  func pairs(
    with other: NestedModels, layers: [(first: String, second: String)]
  ) -> [(first: Int, second: Int)] {
    var votes: [[Int]: Int] = [:]
    for layer in layers {
      for (left, right) in zip(ancestors(of: layer.first), other.ancestors(of: layer.second)) {
        votes[[left, right], default: 0] += 1
      }
    }
    // Symmetric in both models: what is left of two that are level does not exclude each other.
    let ranked = votes.map { pair, count in
      [-count, pair[0] + pair[1], abs(pair[0] - pair[1])] + pair
    }.sorted { $0.lexicographicallyPrecedes($1) }
    var partners: [Int: Int] = [:]
    var taken: Set<Int> = []
    for entry in ranked where partners[entry[3]] == nil && !taken.contains(entry[4]) {
      partners[entry[3]] = entry[4]
      taken.insert(entry[4])
    }
    let places = Dictionary(
      other.items.enumerated().map { ($1.path, $0) }
    ) { first, _ in first }
    for (index, item) in items.enumerated() where partners[index] == nil {
      guard let same = places[item.path],
        taken.insert(same).inserted
      else { continue }
      partners[index] = same
    }
    return partners.map { (first: $0, second: $1) }.sorted { $0.first < $1.first }
  }
}
