internal import OrderedCollections
internal import ModelGraph

/// What tells how far rounding moves a tensor from the model's inputs on: how far our pass in
/// float32 is from another.
enum SpreadSource {
  /// Our pass in float64.
  case doublePass
  /// What the engine makes or what is recorded, whichever is nearer: neither can make room for
  /// itself. Where that is room enough, our pass in float64 is not needed.
  case nearestAtHand
}

extension CaseRun {
  /// Whether other passes than ours are at hand: an engine of float32 that is not our own, and a
  /// golden of every call.
  var hasPassesAtHand: Bool {
    guard yardstick == .golden, engine.dtype == .float32, !(engine is ReferenceEngine<Float>)
    else { return false }
    return table.entries.values.allSatisfy { entry in
      entry.names.indices.allSatisfy { isRecorded(.output(path: entry.path, index: $0)) }
    }
  }

  /// Runs each call on what was made before it, by the engine and by our own passes.
  func runCallByCall(
    _ source: SpreadSource, _ progress: (Verifier.Progress) -> Void
  ) throws -> WholeRun {
    try inSinglePrecision { try runCallByCall(single, inputs(Float.self), source, progress) }
      ?? runCallByCall(double, inputs(Double.self), source, progress)
  }

  private func runCallByCall<Scalar: ReferenceScalar>(
    _ pass: ReferenceExecutor<Scalar>, _ fed: OrderedDictionary<String, NDArray<Scalar>>,
    _ source: SpreadSource, _ progress: (Verifier.Progress) -> Void
  ) throws -> WholeRun {
    var engineFlow = Flow(table, try engineInputs())
    var doubleFlow = source == .doublePass ? Flow(table, try inputs(Double.self)) : nil
    var bounds: [Slot: RoundingBound<Double>] = [:]
    var errors: [Slot: CallReport.Cumulative] = [:]
    var completed = 0
    let passes = try pass.run(fed) { visit in
      guard let entry = table.entries[visit.path.description] else { return visit.outputs }
      let slots = visit.outputs.indices.map { Slot.output(path: entry.path, index: $0) }
      let inputs = try doubleFlow?.inputs(of: entry)
      let doubles = try inputs.map {
        visit.definition.values($0, try double.parameters(of: visit.node))
      }
      if let doubles { doubleFlow?.add(doubles, madeBy: entry) }
      let made = try engineResults(of: visit, entry, &engineFlow, doubles: doubles)
      for (output, slot) in slots.enumerated() {
        errors[slot] = try error(
          of: made[output], at: slot, pass: visit.outputs[output], double: doubles?[output])
      }
      if slots.contains(where: table.outputSlots.contains) {
        let made = try self.bounds(
          of: visit.definition, at: visit.path, inputs ?? visit.inputs.map(\.inDouble),
          double.parameters(of: visit.node), outputs: doubles ?? visit.outputs.map(\.inDouble))
        for (slot, bound) in zip(slots, made) { bounds[slot] = bound }
      }
      completed += 1
      progress(self.progress(visit.path, completed))
      return visit.outputs
    }
    let doubles = try doubleFlow?.outputs(of: table)
    let spreads =
      if let doubles {
        try doubleSpreads(pass, fed, passes, doubles)
      } else {
        try spreadsAtHand(passes, engineFlow.outputs(of: table))
      }
    let reference = doubles ?? passes.map(\.inDouble)
    return WholeRun(
      found: reference, reference: reference, spreads: spreads, bounds: bounds, errors: errors)
  }

  /// What the engine makes of a call on what it made of those before.
  private func engineResults<Scalar: ReferenceScalar>(
    of visit: ReferenceExecutor<Scalar>.Visit, _ entry: CallTable.Entry,
    _ flow: inout Flow<Tensor>, doubles: [NDArray<Double>]?
  ) throws -> [Tensor] {
    if isEngineOurs, let doubles { return doubles.map { Tensor($0) } }
    guard !(engine is ReferenceEngine<Float>) else { return visit.outputs.map { Tensor($0) } }
    let found = try results(
      of: visit.node, at: visit.path, outputCount: visit.outputShapes.count,
      on: flow.inputs(of: entry))
    // What has another shape is wrong already, and nothing after it could be run on it.
    let made = zip(found, visit.outputs).map {
      $0.dimensions == $1.dimensions ? $0 : Tensor($1.inDouble, for: engine)
    }
    flow.add(made, madeBy: entry)
    return made
  }

  /// How far what an engine made is from what it is held against, if there is something of the
  /// same shape, and how far it may be.
  private func error<Scalar: ReferenceScalar>(
    of made: Tensor, at slot: Slot, pass: NDArray<Scalar>, double: NDArray<Double>?
  ) throws -> CallReport.Cumulative? {
    let recorded = index.substitute(for: slot, shape: made.shape)
    guard let standard = yardstick == .golden ? recorded : double.map({ Tensor($0) }) else {
      return nil
    }
    let allowed =
      if let stated = options.statedTolerance {
        stated.absolute
          + stated.relative * (try standard.array(Double.self).elements.map(abs).max() ?? 0)
      } else if let double {
        allowed(by: spreadOfPasses(pass.elements, double.elements))
      } else {
        allowed(by: try spread(of: pass, made, standard))
      }
    return CallReport.Cumulative(
      maxAbsolute: ReportedNumber(try largestDifference(made, standard)),
      allowed: ReportedNumber(allowed))
  }

  /// What rounding may do to a tensor that carries the errors of all calls before it.
  func allowed(by spread: Double) -> Double {
    Tolerance(absolute: 0, relative: 0).grown(by: spread, source: sourceType).absolute
  }

  /// How far our pass in float32 is from what is at hand, whichever is nearer.
  private func spread<Scalar: ReferenceScalar>(
    of pass: NDArray<Scalar>, _ made: Tensor, _ recorded: Tensor
  ) throws -> Double {
    let pass = Tensor(pass)
    let spread = min(try largestDifference(pass, made), try largestDifference(pass, recorded))
    return spread < .infinity ? spread : 0
  }

  /// How far our pass in float32 is from what is at hand at each of the model's outputs.
  private func spreadsAtHand<Scalar: ReferenceScalar>(
    _ passes: [NDArray<Scalar>], _ made: [Tensor]
  ) throws -> [Double] {
    try passes.indices.map { output in
      guard let recorded = index.outputs[output]?.tensor,
        recorded.dimensions == passes[output].dimensions
      else { return 0 }
      return try spread(of: passes[output], made[output], recorded)
    }
  }

  /// How far our two passes are apart at each of the model's outputs.
  private func doubleSpreads<Scalar: ReferenceScalar>(
    _ pass: ReferenceExecutor<Scalar>, _ fed: OrderedDictionary<String, NDArray<Scalar>>,
    _ passes: [NDArray<Scalar>], _ doubles: [NDArray<Double>]
  ) throws -> [Double] {
    var spreads = zip(passes, doubles).map { spreadOfPasses($0.elements, $1.elements) }
    if options.statedTolerance == nil,
      doubles.contains(where: { $0.elements.count < Self.fewElements })
    {
      for round in 0..<Self.nudgedRounds {
        var inputs = fed
        for (name, array) in fed where declaredType(of: name) == nil {
          inputs[name] = Self.nudged(array, round: round)
        }
        let nudged = try pass.run(inputs)
        for (output, array) in nudged.enumerated() {
          let spread = spreadOfPasses(array.elements, doubles[output].elements)
          spreads[output] = max(spreads[output], spread)
        }
      }
    }
    return spreads
  }

  /// The case's inputs as the engine is fed them.
  func engineInputs() throws -> OrderedDictionary<String, Tensor> {
    try inputs(Double.self).mapValues { Tensor($0, for: engine) }
  }

  /// Below this many elements the largest difference between two passes may be
  /// small by chance: of a single element one draw in 25 is below 1/16 of another.
  static let fewElements = 16
  /// More draws then: all of four are that small in one of 50,000.
  static let nudgedRounds = 3

  /// The inputs with a random half of the elements moved to the next number away
  /// from zero: less than half a unit of float32's rounding on average, so that
  /// each round is another draw of the rounding errors that follow.
  private static func nudged<Scalar: ReferenceScalar>(
    _ input: NDArray<Scalar>, round: Int
  ) -> NDArray<Scalar> {
    var state = UInt64(round) &+ 1
    var nudged = input
    for index in nudged.elements.indices {
      // One step of a linear congruential generator; the top bit decides.
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      let element = nudged.elements[index]
      guard state >> 63 == 1, element != 0 else { continue }
      nudged.elements[index] = element > 0 ? element.nextUp : element.nextDown
    }
    return nudged
  }
}
