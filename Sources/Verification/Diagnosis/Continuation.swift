internal import ModelGraph

/// A tensor that no golden holds, and how far rounding may move it.
struct Unrecorded {
  var value: NDArray<Double>
  var bound: RoundingBound<Double>
}

/// The calls between one that may be wrong and the next tensor that is recorded.
struct Continuation {
  /// What is known before the call is made.
  var known: [Slot: Unrecorded]
  /// The call itself: its outputs.
  var outputs: [Slot]
  /// The calls behind it, in the order of running.
  var calls: ArraySlice<UnrecordedCall>
  /// The tensor that is recorded.
  var end: Slot
  /// The shapes that the call makes, as the model has it.
  var shapes: [[Int]]

  /// What the recorded tensor comes to; `nil` where the calls cannot take what is made.
  func followed(_ made: [Unrecorded], unit: Double) -> Unrecorded? {
    guard made.map(\.value.dimensions) == shapes else { return nil }
    var known = known
    for (slot, tensor) in zip(outputs, made) { known[slot] = tensor }
    for call in calls {
      guard let new = call.results(of: known, unit: unit) else { return nil }
      for (slot, tensor) in zip(call.outputs, new) { known[slot] = tensor }
    }
    return known[end]
  }
}

/// A call whose results are not recorded.
struct UnrecordedCall {
  let visit: CaseRun.Visit
  let inputs: [Slot]
  let outputs: [Slot]

  /// What it makes; `nil` where something that it reads is not known.
  func results(of known: [Slot: Unrecorded], unit: Double) -> [Unrecorded]? {
    let given = inputs.compactMap { known[$0] }
    guard given.count == inputs.count else { return nil }
    let values = given.map(\.value)
    let made = visit.definition.values(values, visit.parameters)
    let bounds = visit.definition.bounds(
      values, within: given.map(\.bound), visit.parameters, outputs: made, unitRoundoff: unit,
      countsJumps: false)
    return zip(made, bounds).map { Unrecorded(value: $0, bound: $1.settled(unit)) }
  }
}
