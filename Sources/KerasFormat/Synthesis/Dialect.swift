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
  ///
  /// - Throws: `KerasError.inexpressible` where no version does all that the model does.
  init(for graph: Graph) throws {
    let asMasksWant = try Set(graph.maskDialects)
    let wanted = asMasksWant.union(graph.isOnlyForKeras3 ? [.keras3] : [])
    guard wanted.count < 2 else {
      throw KerasError.inexpressible(
        "its masks go on as in Keras 2, and something else is of Keras 3 alone")
    }
    self = wanted.first ?? .keras2
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
  /// For each call that masks reach: the dialect that does with them as the model does, where the
  /// dialects differ.
  fileprivate var maskDialects: [Dialect] {
    get throws {
      var dialects = takesMasksAway ? [Dialect.keras2] : []
      for call in try resolved().calls where call.operandMasks.contains(where: { $0 != nil }) {
        guard case .layer(let layer) = call.layer.body else { continue }
        let attributes = Attributes(
          layer.attributes.values.filter { MaskRules.names.contains($0.key) })
        if MaskRules.attributes(of: layer.kind, KerasVersion(Dialect.keras2.version)) == attributes
        {
          // Where both do the same, it does not matter.
          if !attributes.values.isEmpty { dialects.append(.keras2) }
        } else if attributes.values.isEmpty {
          dialects.append(.keras3)
        } else {
          throw KerasError.at(
            layer: "\(call.path)", kind: layer.kind,
            .inexpressible("only Keras 3.13 does with masks as it does"))
        }
      }
      return dialects
    }
  }

  /// Whether a call is given None as its mask, which is no mask to Keras 2 alone.
  private var takesMasksAway: Bool {
    for call in calls {
      guard let node = layers[call.layer] else { continue }
      let masks = call.arguments.filter { node.signature?.role(of: $0.key) == .mask }
      if masks.values.contains(.none) { return true }
    }
    return layers.values.contains { node in
      if case .graph(let inner) = node.body { inner.takesMasksAway } else { false }
    }
  }

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
