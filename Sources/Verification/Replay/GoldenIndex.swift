internal import OrderedCollections
internal import ModelGraph

/// A case's recorded tensors by what they are of.
struct GoldenIndex {
  /// A recorded tensor and its name in the golden.
  struct Entry {
    var name: String
    var tensor: Tensor
    /// How many nested models it is recorded in.
    var depth: Int
    /// Whether calls can be replayed on it.
    var isFit: Bool
    /// Whether they can, but for elements that are no numbers.
    var hasHoles = false

    /// Whether it stands in for a tensor that must have the shape.
    func canStand(for shape: Shape?) -> Bool {
      isFit && (shape?.known == nil || shape?.known == tensor.dimensions)
    }
  }

  /// What is recorded of each call, what is recorded where the call is first.
  ///
  /// Two names may mean the same tensor (a nested model's output and that of its last call), each
  /// recorded in a run of its own.
  private(set) var calls: [Slot: [Entry]] = [:]
  /// What is recorded of each of the model's outputs, in the model's order.
  private(set) var outputs: [Entry?] = []
  /// The narrower type that integers of a type are recorded in, and so may have been computed in: JAX
  /// has none of 64 bits.
  private(set) var narrowIntegers: [DType: DType] = [:]
  /// Names of recorded tensors that the model does not have.
  private(set) var unknownNames: [String] = []
  /// Whether masks are recorded.
  let hasMasks: Bool
  /// Recorded tensors whose masks are not, though masks are and they have one.
  private(set) var namesWithoutMask: [String] = []

  init(_ golden: GoldenCase, table: CallTable) {
    hasMasks = !golden.masks.isEmpty
    // A pass over all that is recorded.
    let holdsNaN = mappedInParallel(Array(golden.calls.values)) { $0.holdsNaN }
    for ((name, tensor), holdsNaN) in zip(golden.calls, holdsNaN) {
      if let slot = table.slots[name] {
        let tensor = Self.fitted(tensor, to: slot, table)
        let type = table.computeType(of: slot) ?? tensor.dtype
        note(tensor.dtype, of: type)
        calls[slot, default: []].append(
          Entry(
            name: name, tensor: tensor, depth: table.depths[name] ?? 0,
            isFit: tensor.canHold(type) && !holdsNaN,
            hasHoles: tensor.canHold(type) && holdsNaN))
      } else {
        unknownNames.append("calls/\(name)")
      }
    }
    for (name, tensor) in golden.masks {
      guard let slot = table.masks[name] else {
        unknownNames.append("masks/\(name)")
        continue
      }
      calls[slot, default: []].append(
        Entry(
          name: CallTable.mask(of: name), tensor: tensor, depth: table.depths[name] ?? 0,
          isFit: tensor.canHold(.bool)))
    }
    if hasMasks {
      let masked = Set(golden.masks.keys.compactMap { table.slots[$0] })
      namesWithoutMask = golden.calls.keys.filter { name in
        table.masks[name] != nil && table.slots[name].map(masked.contains) == false
      }
    }
    for case .output(let path, let output) in calls.keys {
      let slot = Slot.output(path: path, index: output)
      calls[slot] = calls[slot]?.ownFirst(depth: table.entries[path]?.depth)
    }
    var known: Set<String> = []
    for output in table.outputs {
      known.formUnion(output.names)
      let name = output.names.first { golden.outputs[$0] != nil }
      if let name, let tensor = golden.outputs[name] {
        note(tensor.dtype, of: table.computeType(of: output.slot) ?? tensor.dtype)
        let fitted = Self.fitted(tensor, to: output.slot, table)
        outputs.append(Entry(name: name, tensor: fitted, depth: 0, isFit: false))
      } else {
        let recorded = calls[output.slot] ?? []
        outputs.append(recorded.first { output.names.contains($0.name) } ?? recorded.first)
      }
    }
    unknownNames += golden.outputs.keys.filter { !known.contains($0) }.map { "outputs/\($0)" }
  }

  /// A recorded tensor; of texts, with as many bytes of each as the model makes, if they fit in: files have
  /// as many as the longest of them.
  private static func fitted(_ tensor: Tensor, to slot: Slot, _ table: CallTable) -> Tensor {
    guard tensor.dtype == .string, let length = table.shape(of: slot)?.dimensions.last ?? nil,
      length != tensor.dimensions.last
    else { return tensor }
    // Bytes that cannot be read will say so to who reads them.
    return (try? tensor.texts(ofLength: length)) ?? tensor
  }

  /// Takes down in which type a tensor is recorded that is of another in the model.
  private mutating func note(_ recorded: DType, of type: DType) {
    if recorded.isNarrowerInteger(than: type) { narrowIntegers[type] = recorded }
  }

  /// What is recorded of nested models' results, by the tensors that are not recorded and lead to it.
  func nestedResults(_ table: CallTable) -> [Slot: String] {
    var results: [Slot: String] = [:]
    for entry in table.entries.values.reversed() {
      let slots = entry.names.indices.map { Slot.output(path: entry.path, index: $0) }
      let names = slots.compactMap { slot in
        guard let recorded = calls[slot] else { return results[slot] }
        return recorded.allSatisfy { $0.depth < entry.depth } ? recorded.first?.name : nil
      }
      guard let name = names.first else { continue }
      for slot in entry.inputs where results[slot] == nil { results[slot] = name }
    }
    return results
  }

  /// The recorded tensor that stands in for a call's output, if it has the shape
  /// that the output must have, and its elements are fit for it.
  ///
  /// - Parameters:
  ///   - names: What it is called where it is read, the best name first: of several recorded
  ///     tensors that is the one which the reader was given.
  ///   - depth: How many nested models it may be recorded in at most.
  func substitute(
    for slot: Slot, named names: [String] = [], shape: Shape?, upToDepth depth: Int = .max
  ) -> Tensor? {
    let fit = (calls[slot] ?? []).filter { $0.depth <= depth && $0.canStand(for: shape) }
    guard fit.count > 1 else { return fit.first?.tensor }
    for name in names {
      if let named = fit.first(where: { $0.name == name }) { return named.tensor }
    }
    return fit.first?.tensor
  }
}

extension [GoldenIndex.Entry] {
  /// Those that are recorded in so many nested models, then the others.
  fileprivate func ownFirst(depth: Int?) -> [Element] {
    filter { $0.depth == depth } + filter { $0.depth != depth }
  }
}
