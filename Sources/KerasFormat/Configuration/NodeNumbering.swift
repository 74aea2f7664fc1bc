internal import ModelGraph

/// How a file numbers the calls of a nested model.
///
/// Making a model calls it once, hidden. Keras 2 counts that call: references to
/// the first visible one say 1 (but not for a Sequential model that was built
/// later). Keras 3 does not count it, except in `output_layers` for a functional
/// model.
struct NodeNumbering {
  /// How many calls the configuration lists.
  let callCount: Int
  /// Whether the nested model is functional.
  let isFunctional: Bool

  /// Makes every reference to a nested model count its visible calls from 0.
  static func renumber(
    calls: inout [Call], outputs: inout [TensorReference], nested: [String: NodeNumbering],
    isKeras3: Bool
  ) {
    guard !nested.isEmpty else { return }
    let inner = nodes(of: nested, in: calls.lazy.flatMap(\.inputs))
    let outer = nodes(of: nested, in: outputs)
    var shiftedInCalls: Set<String> = []
    var shiftedInOutputs: Set<String> = []
    for (name, numbering) in nested {
      let (inner, outer) = (inner[name] ?? [], outer[name] ?? [])
      if isKeras3 {
        let isOuterShifted =
          numbering.isFunctional ? !outer.contains(0) : outer.contains(numbering.callCount)
        if inner.contains(numbering.callCount) { shiftedInCalls.insert(name) }
        if isOuterShifted { shiftedInOutputs.insert(name) }
      } else if !inner.contains(0), !outer.contains(0) {
        shiftedInCalls.insert(name)
        shiftedInOutputs.insert(name)
      }
    }
    func shifted(_ old: TensorReference, _ layers: Set<String>) -> TensorReference {
      guard layers.contains(old.layer) else { return old }
      return TensorReference(old.layer, node: max(0, old.node - 1), index: old.index)
    }
    calls = calls.map { $0.mapTensors { shifted($0, shiftedInCalls) } }
    outputs = outputs.map { shifted($0, shiftedInOutputs) }
  }

  /// The numbers of the calls of nested models that are referred to.
  private static func nodes(
    of nested: [String: NodeNumbering], in references: some Sequence<TensorReference>
  ) -> [String: Set<Int>] {
    var nodes: [String: Set<Int>] = [:]
    for reference in references where nested[reference.layer] != nil {
      nodes[reference.layer, default: []].insert(reference.node)
    }
    return nodes
  }
}
