internal import OrderedCollections
internal import ModelGraph

extension CaseRun {
  /// A call on what is recorded of its inputs under the names that they have where it is.
  ///
  /// What a nested model returns may be recorded twice, inside and outside. Where the two are of
  /// two runs, they are rounded otherwise: calls outside were given the one, calls inside the other.
  ///
  /// - Parameter depth: How many nested models the inputs may be recorded in at most.
  func onRecorded<Scalar: ReferenceScalar>(
    _ visit: ReferenceExecutor<Scalar>.Visit, upToDepth depth: Int = .max
  ) throws -> ReferenceExecutor<Scalar>.Visit {
    guard let entry = table.entries[visit.path.description],
      entry.inputs.contains(where: { index.calls[$0, default: []].count > 1 })
    else { return visit }
    var inputs = visit.inputs
    for (input, slot) in entry.inputs.enumerated() where index.calls[slot, default: []].count > 1 {
      let recorded = recordedInput(input, of: entry, shape: inputs[input].shape, upToDepth: depth)
      if let recorded { inputs[input] = try recorded.array() }
    }
    return visit.replacing(inputs: inputs)
  }

  /// The recorded tensor that a call is given in the replay.
  func recordedInput(
    _ input: Int, of entry: CallTable.Entry, shape: Shape?, upToDepth depth: Int = .max
  ) -> Tensor? {
    let slot = entry.inputs[input]
    return switch slot {
    case .input(let name): golden.inputs[name]
    case .output:
      index.substitute(
        for: slot, named: entry.inputNames[input], shape: shape, upToDepth: depth)
    }
  }

  /// What goes on from a call in the replay: what is recorded, as far as it is.
  func substituted<Scalar: ReferenceScalar>(
    _ outputs: [NDArray<Scalar>], path: CallPath, upToDepth depth: Int = .max
  ) throws -> [NDArray<Scalar>] {
    try outputs.enumerated().map { output, made in
      let slot = Slot.output(path: path.description, index: output)
      let recorded = index.substitute(for: slot, shape: made.shape, upToDepth: depth)
      return try recorded?.array() ?? made
    }
  }
}
