internal import OrderedCollections
internal import ModelGraph

extension CaseRun {
  /// A wrong call with all that is needed to try what would make it right.
  func suspect(_ wrong: CallReport, _ visit: Visit) throws -> SuspectCall? {
    guard let slot = table.slots[wrong.path], case .output(let path, let output) = slot,
      let entry = table.entries[path],
      let recorded = index.calls[slot]?.first(where: { $0.name == wrong.path })
        ?? index.calls[slot]?.first
    else { return nil }
    var weights: [String: NDArray<Double>] = [:]
    for role in visit.node.parameters.keys {
      if let weight = visit.parameters.optional(role) { weights[role] = weight }
    }
    return SuspectCall(
      path: wrong.path,
      errorBefore: ReportedNumber(wrong.statistics?.maxAbsolute ?? .infinity), node: visit.node,
      layer: visit.layer, weights: weights, inputs: visit.inputs,
      standard: try standard(recorded.tensor, of: slot),
      output: output,
      areModelInputs: entry.inputs.map { if case .input = $0 { true } else { false } },
      makers: try entry.inputs.map(maker), addends: try addends(to: slot), model: double.model)
  }

  /// What made a tensor, where all that it was made of is known.
  private func maker(of slot: Slot) throws -> Maker? {
    guard case .output(let path, _) = slot, let entry = table.entries[path],
      case .layer(let layer) = entry.layer.body
    else { return nil }
    let inputs = try entry.inputs.compactMap(recorded)
    return inputs.count == entry.inputs.count ? Maker(layer: layer, inputs: inputs) : nil
  }

  /// What is recorded of a tensor.
  private func recorded(_ slot: Slot) throws -> NDArray<Double>? {
    switch slot {
    case .input(let name): try golden.inputs[name]?.array()
    case .output: try index.substitute(for: slot, shape: table.shape(of: slot))?.array()
    }
  }

  /// The recorded tensors that are added to a tensor by the calls that read it.
  private func addends(to slot: Slot) throws -> [NDArray<Double>] {
    let additions = table.entries.values.filter {
      $0.layer.kind == Add.kind && $0.inputs.contains(slot)
    }
    return try additions.flatMap(\.inputs).filter { $0 != slot }.compactMap(recorded)
  }
}
