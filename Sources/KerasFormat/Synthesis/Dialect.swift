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
    let wishes = try graph.maskDialects
    let isForKeras3 = graph.isOnlyForKeras3 || wishes.contains { $0.dialect == .keras3 }
    if isForKeras3, let other = wishes.first(where: { $0.dialect == .keras2 }) {
      throw KerasError.at(
        layer: other.call, kind: other.kind,
        .inexpressible(
          "it does with masks as Keras 2 does, and the model has what only Keras 3 has"))
    }
    self = isForKeras3 ? .keras3 : wishes.first?.dialect ?? .keras2
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
  fileprivate var maskDialects: [(dialect: Dialect, call: String, kind: String)] {
    get throws {
      var dialects = callsWithoutMasks.map {
        (dialect: Dialect.keras2, call: $0.name, kind: $0.kind)
      }
      for call in try resolved().calls {
        guard case .layer(let layer) = call.layer.body else { continue }
        func add(_ dialect: Dialect) { dialects.append((dialect, "\(call.path)", layer.kind)) }
        // Keras 2 masks real numbers only.
        if layer is Masking, call.inputTypes.contains(where: { $0?.isReal == false }) {
          add(.keras3)
        }
        guard call.operandMasks.contains(where: { $0 != nil }) else { continue }
        let attributes = Attributes(
          layer.attributes.values.filter { MaskRules.names.contains($0.key) })
        if MaskRules.attributes(of: layer.kind, KerasVersion(Dialect.keras2.version)) == attributes
        {
          // Where both do the same, it does not matter.
          if !attributes.values.isEmpty { add(.keras2) }
        } else if attributes.values.isEmpty {
          add(.keras3)
        } else {
          throw KerasError.at(
            layer: "\(call.path)", kind: layer.kind,
            .inexpressible("only Keras 3.13 does with masks as it does"))
        }
      }
      return dialects
    }
  }

  /// The layers whose calls are given None as their mask, which is no mask to Keras 2 alone.
  private var callsWithoutMasks: [(name: String, kind: String)] {
    let own = calls.filter { call in
      guard let node = layers[call.layer] else { return false }
      return call.arguments.contains {
        node.signature?.role(of: $0.key) == .mask && $0.value == .none
      }
    }
    return own.map { ($0.name, layers[$0.layer]?.kind ?? "") }
      + layers.values.flatMap { node -> [(name: String, kind: String)] in
        guard case .graph(let inner) = node.body else { return [] }
        return inner.callsWithoutMasks
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
