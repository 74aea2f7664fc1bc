internal import OrderedCollections
internal import ModelGraph
internal import Synchronization

/// How far our two passes are apart at what nested models return, by the depth that it is recorded
/// at; known once it was asked for.
final class NestedSpreads: Sendable {
  private let known = Mutex<[Int: [Slot: Double]]>([:])

  /// The spreads at a depth, computed if they are asked for the first time.
  func spreads(at depth: Int, _ make: () throws -> [Slot: Double]) throws -> [Slot: Double] {
    try known.withLock { known in
      if let spreads = known[depth] { return spreads }
      let spreads = try make()
      known[depth] = spreads
      return spreads
    }
  }
}

extension CaseRun {
  /// How far rounding moves what a nested model returns, for a tensor that is recorded of that; `nil`
  /// for one that is recorded where it is made.
  ///
  /// A recorder may run the model a second time for what is inside of it, and runs are fused and
  /// rounded otherwise. Then the two recorded tensors are one result all the same, computed twice
  /// from what the nested model was given: all its calls count, not the last one alone.
  func spreadOfOtherRun(
    _ recorded: GoldenIndex.Entry, of slot: Slot, madeAt depth: Int
  ) -> (() throws -> Double)? {
    guard recorded.depth < depth else { return nil }
    return {
      let returned = try nestedSpreads.spreads(at: recorded.depth) {
        try self.spreads(of: returnedSlots(upToDepth: recorded.depth), upToDepth: recorded.depth)
      }
      return returned[slot] ?? 0
    }
  }

  /// What is recorded of nested models' results at a depth or further out.
  private func returnedSlots(upToDepth depth: Int) -> Set<Slot> {
    Set(
      index.calls.filter { slot, recorded in
        guard case .output(let path, _) = slot, let entry = table.entries[path] else {
          return false
        }
        return entry.depth > depth && recorded.contains { $0.depth <= depth }
      }.keys)
  }

  /// How far our two passes are apart at some tensors; nothing is run where there is none.
  ///
  /// - Parameter depth: How many nested models the tensors may be recorded in on which calls are
  ///   replayed. Nested models further in are run as one.
  func spreads(of slots: Set<Slot>, upToDepth depth: Int) throws -> [Slot: Double] {
    guard !slots.isEmpty else { return [:] }
    guard
      var kept = try inSinglePrecision({
        try made(slots, upToDepth: depth, by: single, inputs(Float.self))
      })
    else { return [:] }
    var spreads: [Slot: Double] = [:]
    for (slot, made) in try made(slots, upToDepth: depth, by: double, inputs(Double.self)) {
      guard let other = kept.removeValue(forKey: slot) else { continue }
      spreads[slot] = spreadOfPasses(other.elements, made.elements)
    }
    return spreads
  }

  /// What a pass makes of some tensors where calls are replayed on what is recorded.
  private func made<Scalar: ReferenceScalar>(
    _ slots: Set<Slot>, upToDepth depth: Int, by pass: ReferenceExecutor<Scalar>,
    _ inputs: OrderedDictionary<String, NDArray<Scalar>>
  ) throws -> [Slot: NDArray<Scalar>] {
    var kept: [Slot: NDArray<Scalar>] = [:]
    _ = try pass.run(inputs) { passing in
      let visit = try onRecorded(passing, upToDepth: depth)
      for (output, made) in visit.outputs.enumerated() {
        let slot = Slot.output(path: visit.path.description, index: output)
        if slots.contains(slot) { kept[slot] = made }
      }
      return try substituted(visit.outputs, path: visit.path, upToDepth: depth)
    }
    return kept
  }
}
