internal import ModelGraph

/// What is recorded as no number, while calls are replayed on the numbers that are made there.
///
/// Nobody knows which of both the source went on with: what that reaches shows nothing of a call, and all
/// else as much as ever.
struct Holes {
  /// The tensors that have holes, or were made of some, with these in them.
  private var tensors: [Slot: NDArray<Double>] = [:]

  /// Lets holes pass through a call.
  ///
  /// - Parameters:
  ///   - recorded: What is recorded of each output.
  ///   - known: Takes the outputs that are recorded but for holes.
  /// - Returns: What is recorded, without what holes reach.
  mutating func pass(
    through visit: CaseRun.Visit, _ entry: CallTable.Entry?, _ recorded: [RecordedOutput],
    known: inout Set<Slot>
  ) -> [RecordedOutput] {
    let reached = results(of: visit, entry)
    for (output, tensor) in recorded.enumerated() where tensor.standIn == nil {
      let slot = Slot.output(path: visit.path.description, index: output)
      tensors[slot] = tensor.withHoles ?? reached?[output]
      if tensor.withHoles != nil { known.insert(slot) }
    }
    guard let reached else { return recorded }
    return recorded.indices.map {
      recorded[$0].hidden(where: reached[$0], differsFrom: visit.outputs[$0])
    }
  }

  /// What a call makes of tensors with holes; `nil` where it is given none.
  private func results(
    of visit: CaseRun.Visit, _ entry: CallTable.Entry?
  ) -> [NDArray<Double>]? {
    guard let entry, entry.inputs.contains(where: { tensors[$0] != nil }) else { return nil }
    let inputs = zip(entry.inputs, visit.inputs).map { tensors[$0] ?? $1 }
    // What is no number is no integer either.
    guard (try? visit.definition.check(inputs)) != nil else {
      return visit.outputShapes.map { NDArray(repeating: .nan, $0) }
    }
    return visit.definition.values(inputs, visit.parameters)
  }
}
