internal import OrderedCollections
internal import ModelGraph

extension CaseRun {
  /// What rounding on the way from the model's inputs on may make a tensor differ by, element by
  /// element, if nothing jumps and our passes do not show it: they may be exact by chance where others
  /// are not.
  ///
  /// - Parameter scale: The largest number of the tensor: where nothing shows how errors grow, a bound
  ///   beyond it says nothing, unless it is small beside the numbers that the tensor may be a difference
  ///   of.
  func composedDifferences(of slot: Slot, scale: Double) throws -> [Double] {
    let errors = try composedErrors.errors(compose)
    let differences = errors.differences[slot] ?? []
    guard errors.unlimited.contains(slot) else { return differences }
    let limit = max(2 * scale, 0x1p-10 * errors.largestNumber)
    return differences.map { $0 <= limit ? $0 : 0 }
  }

  /// What steps, and numbers that a type does not have, may make a tensor differ by, element by element.
  func composedJumps(of slot: Slot) throws -> [Double] {
    try composedErrors.errors(compose).jumps[slot] ?? []
  }

  /// How far our passes are apart at an output where nothing jumps; `nil` where nothing does.
  ///
  /// One number that jumps would excuse all others.
  func spreadWithoutJumps(of slot: Slot) throws -> Double? {
    guard table.hasSteps, options.statedTolerance == nil else { return nil }
    let errors = try composedErrors.errors(compose)
    return errors.jumps[slot] == nil ? nil : errors.spreads[slot]
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
    let exact = try inputs(Double.self)
    var kept = ComposedErrors.Kept()
    kept.largestNumber = exact.values.map(largestMagnitude).max() ?? 0
    var doubles = Flow(table, exact)
    var errors = Flow(table, golden.inputs.mapValues { _ in ComposedError() })
    var usual = RoundingDraws(table, exact, count: drawCount, isWorst: false)
    var worst = RoundingDraws(table, exact, count: drawCount, isWorst: true)
    _ = try pass.run(fed) { visit in
      guard let entry = table.entries[visit.path.description] else { return visit.outputs }
      let given = try doubles.inputs(of: entry)
      let parameters = try double.parameters(of: visit.node)
      let made = visit.definition.values(given, parameters)
      let call = BoundedCall(
        definition: visit.definition, inputs: given, parameters: parameters, outputs: made,
        unit: unitRoundoff(of: entry), largest: largestFinite(of: entry),
        roundsInputs: roundsInputs(entry))
      let bounds = call.errors(try errors.inputs(of: entry))
      let drawn = (
        usual: try usual.results(of: call, entry, within: bounds.map(\.smooth)),
        worst: try worst.results(of: call, entry, within: bounds.map(\.smooth))
      )
      var new: [ComposedError] = []
      for index in made.indices {
        let slot = Slot.output(path: entry.path, index: index)
        var error = ComposedError(
          whole: bounds[index].whole, smooth: bounds[index].smooth,
          overflows: overflows(in: made[index].elements, of: slot, beyond: call.largest),
          unit: call.unit)
        func spread(_ draws: [[NDArray<Double>]]) -> Double {
          draws.map { error.spread($0[index].elements, made[index].elements) }.max() ?? 0
        }
        let own = error.spread(visit.outputs[index].elements, made[index].elements)
        let largest = largestMagnitude(made[index])
        // Two draws of the same errors are within that factor of each other.
        let isFair = allowed(by: own) >= spread(drawn.usual)
        error.settle(
          limit: isFair
            ? limit(of: own, rounding: call.unit * largest)
            : max(allowed(by: own), spread(drawn.worst)),
          isMeasured: isFair && own > 0, keepsJumps: visit.definition.hasSteps)
        // A single draw shows little of a few elements.
        let least = made[index].elements.count < Self.fewElements ? 0x1p-24 * largest : 0
        kept.note(error, spread: max(own, least), of: slot, isCompared: isCompared(slot))
        new.append(error)
      }
      kept.largestNumber = made.map(largestMagnitude).reduce(kept.largestNumber, max)
      doubles.add(made, madeBy: entry)
      errors.add(new, madeBy: entry)
      return visit.outputs
    }
    return kept
  }

  /// How often rounding is drawn: of a few elements a single draw shows little.
  private var drawCount: Int {
    let sizes = table.entries.values.flatMap(\.shapes).compactMap { $0?.known?.reduce(1, *) }
    return sizes.contains { $0 < Self.fewElements } ? 1 + Self.nudgedRounds : 1
  }

  /// Which elements a side does not have: beyond its largest number, or its integers.
  private func overflows(in made: [Double], of slot: Slot, beyond largest: Double) -> [Bool] {
    guard let integers = index.narrowIntegers[sourceType(of: slot)] else {
      return made.map { abs($0) > largest }
    }
    return made.map(integers.foreign(to: Double.self))
  }

  /// How far errors grow, by how far our passes are apart; no limit where they are equal, which
  /// numbers can be by chance.
  ///
  /// A few roundings of the largest number are more than a single draw may show of a few elements.
  private func limit(of spread: Double, rounding: Double) -> Double {
    guard spread > 0, spread < .infinity else { return .infinity }
    return max(allowed(by: spread), Tolerance.growthFactor * rounding)
  }

  /// Whether a tensor may be held against a recorded one on what is not recorded.
  private func isCompared(_ slot: Slot) -> Bool {
    index.calls[slot] != nil || table.outputSlots.contains(slot)
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
struct BoundedCall {
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
    func errors(_ given: [[Double]], countsJumps: Bool) -> [[Double]] {
      bounds(given, countsJumps: countsJumps).map { $0.settled(unit).fixed.map { unit * $0 } }
    }
    let smooth = errors(given.map(\.smooth), countsJumps: false)
    guard definition.hasSteps || given.contains(where: { !$0.jumps.isEmpty }) else {
      return smooth.map { ($0, $0) }
    }
    return zip(errors(given.map { $0.smooth.plus($0.jumps) }, countsJumps: true), smooth)
      .map { ($0, $1) }
  }

  /// What the call's own rounding comes to in each output: at worst, or as errors of random sign add up,
  /// by the root of their number.
  func ownErrors(isWorst: Bool) -> [[Double]] {
    bounds(inputs.map { _ in [] }, countsJumps: false).map { bound in
      let share =
        isWorst
        ? RoundingBound<Double>.worstCase(bound.length, unit)
        : Double(bound.length).squareRoot() * unit
      return bound.fixed.map { unit * $0 }.plus(bound.magnitude.map { share * $0 })
    }
  }

  private func bounds(_ given: [[Double]], countsJumps: Bool) -> [RoundingBound<Double>] {
    let within = zip(inputs, given).map { input, errors in
      let own = roundsInputs ? input.elements.map { unit * abs($0) } : []
      return RoundingBound(
        length: 0, magnitude: [], fixed: errors.plus(own).map { $0 / unit })
    }
    let bounds = definition.bounds(
      inputs, within: within, parameters, outputs: outputs, unitRoundoff: unit,
      countsJumps: countsJumps)
    guard roundsInputs else { return bounds }
    return zip(bounds, outputs).map { bound, made in
      var bound = bound
      bound.length += 1
      // A weight that is not summed over, as the scale of a normalization.
      if !definition.weights.isEmpty { bound.fixed = bound.fixed.plus(made.elements.map(abs)) }
      return bound
    }
  }
}
