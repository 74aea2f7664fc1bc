internal import OrderedCollections
internal import ResidualGraph

/// The words that a composed Keras file is written in.
enum Dialect: Hashable {
  /// Those of Keras 2.15, which Keras 3 reads alike, but for the calls of nested
  /// models: there it refuses the file.
  case keras2
  /// Those of Keras 3, for a model that Keras 2 cannot have or Keras 3 would
  /// misread in the words of Keras 2. Keras 2 refuses the file.
  case keras3

  /// The words for a model.
  init(for graph: Graph) {
    self = graph.isOnlyForKeras3 ? .keras3 : .keras2
  }

  /// The version that the file states.
  var version: String {
    switch self {
    case .keras2: "2.15.0"
    case .keras3: "3.15.1"
    }
  }

  /// What the file adds to the number of a nested model's call: see `NodeNumbering`.
  func shift(_ nested: Graph, isOutput: Bool) -> Int {
    switch self {
    case .keras2: 1
    case .keras3: isOutput && nested.form == .functional ? 1 : 0
    }
  }
}

extension Graph {
  fileprivate var isOnlyForKeras3: Bool {
    // Keras 2 writes constants without their types and reads none of them again.
    if calls.contains(where: { !$0.isOnTensorsAlone }) { return true }
    return layers.values.contains { node in
      switch node.body {
      case .layer(let layer): LayerWords.isOnlyForKeras3(layer)
      // Of several calls, Keras 3 may take one for another where Keras 2 numbers them.
      case .graph(let inner):
        inner.isOnlyForKeras3 || calls.count { $0.layer == node.name } > 1
      case .unsupported: false
      }
    }
  }
}
