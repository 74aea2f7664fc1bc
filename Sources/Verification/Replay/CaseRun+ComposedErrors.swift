internal import OrderedCollections
internal import ModelGraph

extension CaseRun {
  /// What rounding on the way from the model's inputs on may make a tensor differ by, element by
  /// element, where no comparison of our passes has shown it: a pass jumps only by chance, and may
  /// be exact where another is not.
  ///
  /// - Parameter scale: The largest number of the tensor. A bound beyond it says nothing: infinite
  ///   where something jumps on the way, as nothing can be said then, and else none.
  func composedDifferences(of slot: Slot, scale: Double) throws -> [Double] {
    let errors = try composedErrors.errors(compose)
    let rest = errors.jumping.contains(slot) ? Double.infinity : 0
    return (errors.differences[slot] ?? []).map { $0 <= 2 * scale ? $0 : rest }
  }

  /// Allows tensors to be as far off as composed errors are, where no call is wrong by itself.
  func allowComposedErrors(
    in errors: inout [Slot: CallReport.Cumulative], _ calls: [CallReport]
  ) throws {
    guard options.statedTolerance == nil, errors.values.contains(where: \.isBeyond),
      !calls.contains(where: { $0.verdict == .wrong })
    else { return }
    for (slot, largest) in try composedErrors.errors(compose).largest {
      guard let error = errors[slot] else { continue }
      errors[slot]?.allowed = ReportedNumber(max(error.allowed.value, largest))
    }
  }

  /// Bounds errors call by call, from the model's inputs on.
  private func compose() throws -> ComposedErrors.Kept {
    try inSinglePrecision { try compose(single, inputs(Float.self)) }
      ?? compose(double, inputs(Double.self))
  }

  private func compose<Scalar: ReferenceScalar>(
    _ pass: ReferenceExecutor<Scalar>, _ fed: OrderedDictionary<String, NDArray<Scalar>>
  ) throws -> ComposedErrors.Kept {
    var kept = ComposedErrors.Kept()
    var doubles = Flow(table, try inputs(Double.self))
    var errors = Flow(table, golden.inputs.mapValues { _ in ComposedError() })
    _ = try pass.run(fed) { visit in
      guard let entry = table.entries[visit.path.description] else { return visit.outputs }
      let given = try doubles.inputs(of: entry)
      let off = try errors.inputs(of: entry)
      let parameters = try double.parameters(of: visit.node)
      let made = visit.definition.values(given, parameters)
      let call = BoundedCall(
        definition: visit.definition, inputs: given, parameters: parameters, outputs: made,
        unit: unitRoundoff(of: entry.layer), largest: largestFinite(of: entry.layer),
        roundsInputs: roundsInputs(entry))
      let new = zip(call.errors(off), zip(made, visit.outputs)).map { error, passes in
        let (double, single) = passes
        return ComposedError(
          whole: error.whole, smooth: error.smooth,
          overflows: double.elements.map { abs($0) > call.largest },
          limit: limit(of: spreadOfPasses(single.elements, double.elements), on: double, call))
      }
      doubles.add(made, madeBy: entry)
      errors.add(new, madeBy: entry)
      for (index, error) in new.enumerated() {
        let slot = Slot.output(path: entry.path, index: index)
        let difference = error.difference
        kept.largest[slot] = difference.max()
        if !error.jumps.isEmpty { kept.jumping.insert(slot) }
        if isCompared(slot), !difference.isEmpty { kept.differences[slot] = difference }
      }
      return visit.outputs
    }
    return kept
  }

  /// How far errors grow, by how far our passes are apart; no limit where they are equal, which
  /// numbers can be by chance.
  ///
  /// A few roundings of the largest number are more than a single draw may show of a few elements.
  private func limit(of spread: Double, on made: NDArray<Double>, _ call: BoundedCall) -> Double {
    guard spread > 0, spread < .infinity else { return .infinity }
    let largest = made.elements.reduce(0) { max($0, abs($1)) }
    return max(allowed(by: spread), Tolerance.growthFactor * call.unit * largest)
  }

  /// Whether a tensor may be held against a recorded one on what is not recorded.
  private func isCompared(_ slot: Slot) -> Bool {
    index.calls[slot] != nil || table.outputs.contains { $0.slot == slot }
  }

  /// Whether the source rounds what it gives to a layer, as Keras casts to a layer's own type.
  private func roundsInputs(_ entry: CallTable.Entry) -> Bool {
    guard yardstick == .golden, let unit = entry.layer.computeType.unitRoundoff, unit > 0x1p-24,
      case .layer(let layer) = entry.layer.body
    else { return false }
    return !(layer is Operation)
  }
}

/// A call on which errors are composed.
private struct BoundedCall {
  let definition: Definition
  let inputs: [NDArray<Double>]
  let parameters: Parameters<Double>
  let outputs: [NDArray<Double>]
  /// The unit roundoff of the coarsest type that the call is computed in.
  let unit: Double
  /// The largest number of that type: what is larger may be infinite, or no number.
  let largest: Double
  /// Whether inputs and weights are rounded to that type first.
  let roundsInputs: Bool

  /// How far each output may be off, and how far if nothing jumps.
  func errors(_ given: [ComposedError]) -> [(whole: [Double], smooth: [Double])] {
    let whole = bounds(given.map { $0.smooth.plus($0.jumps) })
    guard !definition.hasSteps else { return whole.map { ($0, []) } }
    guard given.contains(where: { !$0.jumps.isEmpty }) else { return whole.map { ($0, $0) } }
    return zip(whole, bounds(given.map(\.smooth))).map { ($0, $1) }
  }

  private func bounds(_ given: [[Double]]) -> [[Double]] {
    let within = zip(inputs, given).map { input, errors in
      let own = roundsInputs ? input.elements.map { unit * abs($0) } : []
      return RoundingBound(
        length: 0, magnitude: [], fixed: errors.plus(own).map { $0 / unit })
    }
    let bounds = definition.bounds(
      inputs, within: within, parameters, outputs: outputs, unitRoundoff: unit)
    return zip(bounds, outputs).map { bound, made in
      let sum = RoundingBound<Double>.worstCase(bound.length + (roundsInputs ? 1 : 0), unit)
      let fixed = bound.fixed.map { unit * $0 }.plus(bound.magnitude.map { sum * $0 })
      // A weight that is not summed over, as the scale of a normalization.
      guard roundsInputs, !definition.weights.isEmpty else { return fixed }
      return fixed.plus(made.elements.map { unit * abs($0) })
    }
  }
}
