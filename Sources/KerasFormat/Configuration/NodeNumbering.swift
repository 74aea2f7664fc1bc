internal import ResidualGraph

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
    for (name, numbering) in nested {
      let inner = calls.flatMap { $0.inputs.filter { $0.layer == name }.map(\.node) }
      let outer = outputs.filter { $0.layer == name }.map(\.node)
      let shifts: (calls: Bool, outputs: Bool)
      if isKeras3 {
        let isOuterShifted =
          numbering.isFunctional ? !outer.contains(0) : outer.contains(numbering.callCount)
        shifts = (inner.contains(numbering.callCount), isOuterShifted && !outer.isEmpty)
      } else {
        let isShifted = !(inner + outer).contains(0)
        shifts = (isShifted, isShifted)
      }
      func shifted(_ reference: TensorReference, _ shift: Bool) -> TensorReference {
        guard shift, reference.layer == name else { return reference }
        return TensorReference(name, node: max(0, reference.node - 1), index: reference.index)
      }
      if shifts.calls {
        for index in calls.indices {
          calls[index].inputs = calls[index].inputs.map { shifted($0, true) }
        }
      }
      if shifts.outputs { outputs = outputs.map { shifted($0, true) } }
    }
  }
}
