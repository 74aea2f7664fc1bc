internal import OrderedCollections
internal import ModelGraph

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
  /// - Throws: `KerasError.inexpressible`, naming the layer, where Keras 3 would do otherwise with
  ///   masks: it reads the words of Keras 2 too.
  init(for graph: Graph) throws {
    self = try graph.hasMasksOfKeras3() || graph.isOnlyForKeras3 ? .keras3 : .keras2
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
    // The call that makes a model counts; a wrapper is none.
    guard nested.form != .timeDistributed else { return 0 }
    return switch self {
    case .keras2: 1
    case .keras3: isOutput && nested.form == .functional ? 1 : 0
    }
  }
}

extension Graph {
  /// Whether masks are used as only Keras 3 uses them.
  ///
  /// - Throws: `KerasError.inexpressible`, naming the layer, where they are as in a Keras before it.
  fileprivate func hasMasksOfKeras3() throws -> Bool {
    if let layer = callsWithoutMasks.first {
      throw KerasError.at(
        layer: layer.name, kind: layer.kind,
        .inexpressible("only Keras 2 takes None for no mask"))
    }
    let arrivals = layersWithMasks
    var isOfKeras3 = false
    let given = pathsGivenMasks
    for call in try resolved().calls {
      guard case .layer(let layer) = call.layer.body else { continue }
      // Keras 2 masks real numbers only.
      if layer is Masking, call.inputTypes.contains(where: { $0?.isReal == false }) {
        isOfKeras3 = true
      }
      guard call.operandMasks.contains(where: { $0 != nil }) || given.contains(call.layerPath)
      else { continue }
      guard !MaskRules.differ(in: layer, arrivals[call.layerPath] ?? MaskRules.Arrival()) else {
        throw KerasError.at(
          layer: "\(call.path)", kind: layer.kind,
          .inexpressible("Keras 3 does otherwise with masks"))
      }
      let rules = try MaskRules.attributes(
        of: layer.kind, .null, KerasVersion(Dialect.keras2.version))
      if !rules.values.isEmpty || arrivals[call.layerPath]?.comesWithStates == true {
        isOfKeras3 = true
      }
    }
    return isOfKeras3
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
      // Keras 2 looks integers up in no type of real numbers.
      case .layer(let layer as IntegerLookup) where layer.output == .number:
        node.computeType.unitRoundoff != nil
      case .layer(let layer): LayerWords.isOnlyForKeras3(layer)
      // Of several calls, Keras 3 may take one for another where Keras 2 numbers them.
      case .graph(let inner):
        inner.form == .timeDistributed || inner.isOnlyForKeras3
          || calls.count { $0.layer == node.name } > 1
      case .unsupported: false
      }
    }
  }
}
