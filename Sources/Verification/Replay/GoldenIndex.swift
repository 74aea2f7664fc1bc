internal import OrderedCollections
internal import ResidualGraph

/// A case's recorded tensors by what they are of.
struct GoldenIndex {
  /// A recorded tensor and its name in the golden.
  struct Entry {
    var name: String
    var tensor: Tensor
    /// Whether calls can be replayed on it.
    var isFit: Bool

    /// Whether it stands in for a tensor that must have the shape.
    func canStand(for shape: Shape?) -> Bool {
      isFit && (shape?.known == nil || shape?.known == tensor.dimensions)
    }
  }

  /// What is recorded of each call; two names may mean the same tensor (a nested
  /// model's output and that of its last call).
  private(set) var calls: [Slot: [Entry]] = [:]
  /// What is recorded of each of the model's outputs, in the model's order.
  private(set) var outputs: [Entry?] = []
  /// Names of recorded tensors that the model does not have.
  private(set) var unknownNames: [String] = []

  init(_ golden: GoldenCase, table: CallTable) {
    // A pass over all that is recorded.
    let holdsNaN = mappedInParallel(Array(golden.calls.values)) { $0.holdsNaN }
    for ((name, tensor), holdsNaN) in zip(golden.calls, holdsNaN) {
      if let slot = table.slots[name] {
        let type = table.computeType(of: slot) ?? tensor.dtype
        calls[slot, default: []].append(
          Entry(name: name, tensor: tensor, isFit: tensor.canHold(type) && !holdsNaN))
      } else {
        unknownNames.append("calls/\(name)")
      }
    }
    var known: Set<String> = []
    for output in table.outputs {
      known.formUnion(output.names)
      let name = output.names.first { golden.outputs[$0] != nil }
      if let name, let tensor = golden.outputs[name] {
        outputs.append(Entry(name: name, tensor: tensor, isFit: false))
      } else {
        outputs.append(calls[output.slot]?.first)
      }
    }
    unknownNames += golden.outputs.keys.filter { !known.contains($0) }.map { "outputs/\($0)" }
  }

  /// The recorded tensor that stands in for a call's output, if it has the shape
  /// that the output must have, and its elements are fit for it.
  func substitute(for slot: Slot, shape: Shape?) -> Tensor? {
    calls[slot]?.first { $0.canStand(for: shape) }?.tensor
  }
}
