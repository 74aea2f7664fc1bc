internal import OrderedCollections
internal import ModelGraph

/// The last calls of a replay whose results are not recorded.
struct UnrecordedCalls {
  /// Of more there are too many mistakes to try.
  private static let mostCalls = 8

  private(set) var calls: [UnrecordedCall] = []

  /// Takes a call, and lets go of an earlier one where there are too many.
  mutating func append(_ visit: CaseRun.Visit, _ entry: CallTable.Entry) {
    if calls.count == Self.mostCalls { calls.removeFirst() }
    calls.append(UnrecordedCall(visit, entry))
  }
}

extension UnrecordedCall {
  init(_ visit: CaseRun.Visit, _ entry: CallTable.Entry) {
    self.init(
      visit: visit, inputs: entry.inputs,
      outputs: entry.names.indices.map { .output(path: entry.path, index: $0) })
  }
}

extension CaseRun {
  /// The calls of which one must be wrong, with all that is needed to try what would make it right:
  /// one alone where all that it was given is recorded.
  func suspects(
    _ wrong: CallReport, _ visit: Visit, behind unrecorded: UnrecordedCalls
  ) throws -> [SuspectCall] {
    guard let slot = table.slots[wrong.path], case .output(let path, let output) = slot,
      let entry = table.entries[path],
      let recorded = index.calls[slot]?.first(where: { $0.name == wrong.path })
        ?? index.calls[slot]?.first
    else { return [] }
    let standard = try standard(recorded.tensor, of: slot)
    let error = ReportedNumber(wrong.statistics?.maxAbsolute ?? .infinity)
    func suspect(
      _ call: UnrecordedCall, _ inputs: [NDArray<Double>], _ standard: Standard, _ output: Int
    ) throws -> SuspectCall {
      var weights: [String: NDArray<Double>] = [:]
      for role in call.visit.node.parameters.keys {
        if let weight = call.visit.parameters.optional(role) { weights[role] = weight }
      }
      return SuspectCall(
        path: wrong.path, errorBefore: error, node: call.visit.node, layer: call.visit.layer,
        weights: weights, inputs: inputs, standard: standard, output: output,
        areModelInputs: call.inputs.map { if case .input = $0 { true } else { false } },
        makers: try call.inputs.map(maker), addends: try addends(to: slot), model: double.model)
    }
    let last = UnrecordedCall(visit, entry)
    guard wrong.isCumulative else { return [try suspect(last, visit.inputs, standard, output)] }
    let calls = leading(to: last, of: unrecorded.calls)
    let unit = standard.computed.unitRoundoff ?? 0x1p-24
    guard var known = try recordedInputs(of: calls) else { return [] }
    var suspects: [SuspectCall] = []
    for (place, call) in calls.enumerated() {
      guard let made = call.results(of: known, unit: unit) else { return [] }
      let given = call.inputs.compactMap { known[$0] }
      let behind = calls[(place + 1)...]
      // What only puts steps in their place shows the call itself.
      let isShown = behind.count == 1 && visit.layer is SplitSteps && made.count == 1
      var own = standard
      if isShown { own.array = standard.array.reshaped(made[0].value.dimensions) }
      var one = try suspect(call, given.map(\.value), own, behind.isEmpty ? output : 0)
      one.inputErrors = given.map { $0.bound.fixed.max() ?? 0 }
      if !behind.isEmpty, !isShown {
        one.continuation = Continuation(
          known: known, outputs: call.outputs, calls: behind, end: slot,
          shapes: made.map(\.value.dimensions))
      }
      suspects.append(one)
      for (slot, tensor) in zip(call.outputs, made) { known[slot] = tensor }
    }
    return suspects
  }

  /// A call and those that lead to it from recorded tensors, in the order of running.
  private func leading(
    to last: UnrecordedCall, of calls: [UnrecordedCall]
  ) -> ArraySlice<UnrecordedCall> {
    var needed = Set(last.inputs)
    var leading = [last]
    for call in calls.reversed() where call.outputs.contains(where: needed.contains) {
      needed.formUnion(call.inputs)
      leading.append(call)
    }
    return ArraySlice(leading.reversed())
  }

  /// What calls are given that none of them makes; `nil` where that is not recorded.
  private func recordedInputs(
    of calls: ArraySlice<UnrecordedCall>
  ) throws -> [Slot: Unrecorded]? {
    let made = Set(calls.flatMap(\.outputs))
    var known: [Slot: Unrecorded] = [:]
    for slot in calls.flatMap(\.inputs) where known[slot] == nil && !made.contains(slot) {
      guard let value = try recorded(slot) else { return nil }
      known[slot] = Unrecorded(value: value, bound: .exact)
    }
    return known
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
