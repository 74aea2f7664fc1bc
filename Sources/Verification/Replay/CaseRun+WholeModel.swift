internal import OrderedCollections
internal import ResidualGraph

/// What came of running a whole model from its inputs alone.
struct WholeRun: Sendable {
  /// What the engine made in the end.
  var found: [NDArray<Double>]
  /// What our pass in float64 made.
  var reference: [NDArray<Double>]
  /// How far our two passes are apart at each of the outputs.
  var spreads: [Double]
  /// The bounds of the calls that made the outputs.
  var bounds: [Slot: RoundingBound<Double>]
  /// How far each tensor is from what it is held against.
  var errors: [Slot: CallReport.Cumulative]
}

extension CaseRun {
  /// Runs the whole model from its inputs alone, by the engine and by both of our passes.
  ///
  /// The model's outputs are the engine's, which may fuse calls. What flows between the calls is
  /// shown by another run, call by call, at the same time.
  func wholeRun(_ progress: (Verifier.Progress) -> Void) throws -> WholeRun {
    guard !isEngineOurs else { return try runCallByCall(progress) }
    var (run, found) = try concurrently {
      try runCallByCall(progress)
    } onOwnThread: {
      try wholeResults()
    }
    run.found = found
    return run
  }

  private func runCallByCall(_ progress: (Verifier.Progress) -> Void) throws -> WholeRun {
    let fed = try inputs(Float.self)
    var singleFlow = Flow(table, fed)
    var engineFlow = Flow(table, try engineInputs())
    var bounds: [Slot: RoundingBound<Double>] = [:]
    var errors: [Slot: CallReport.Cumulative] = [:]
    let wanted = Set(table.outputs.map(\.slot))
    var completed = 0
    let doubles = try double.run(inputs(Double.self)) { visit in
      guard let entry = table.entries[visit.path.description] else { return visit.outputs }
      let singles = visit.layer.forward(
        try singleFlow.inputs(of: entry), try single.parameters(of: visit.node))
      singleFlow.add(singles, madeBy: entry)
      let made = try engineResults(of: visit, entry, &engineFlow, singles)
      for (output, reference) in visit.outputs.enumerated() {
        let slot = Slot.output(path: entry.path, index: output)
        errors[slot] = try error(
          of: made[output], at: slot, reference: reference, single: singles[output])
      }
      let slots = visit.outputs.indices.map { Slot.output(path: entry.path, index: $0) }
      if slots.contains(where: wanted.contains) {
        for (slot, bound) in zip(slots, try self.bounds(of: visit)) { bounds[slot] = bound }
      }
      completed += 1
      progress(self.progress(visit.path, completed))
      return visit.outputs
    }
    return WholeRun(
      found: doubles, reference: doubles,
      spreads: try spreads(fed, singleFlow.outputs(of: table), doubles), bounds: bounds,
      errors: errors)
  }

  /// Compares what the engine made in the end.
  func outputReports(of run: WholeRun) throws -> [CallReport] {
    try run.found.indices.map { output in
      try report(
        output: output, found: run.found[output], reference: run.reference[output],
        bound: run.bounds[table.outputs[output].slot], spread: run.spreads[output])
    }
  }

  /// What the engine makes of a call on what it made of those before.
  private func engineResults(
    of visit: Visit, _ entry: CallTable.Entry, _ flow: inout Flow<Tensor>,
    _ singles: [NDArray<Float>]
  ) throws -> [Tensor] {
    guard !isEngineOurs else { return visit.outputs.map { Tensor($0) } }
    guard !(engine is ReferenceEngine<Float>) else { return singles.map { Tensor($0) } }
    let found = try results(of: visit, on: flow.inputs(of: entry))
    // What has another shape is wrong already, and nothing after it could be run on it.
    let made = zip(found, visit.outputs).map {
      $0.dimensions == $1.dimensions ? $0 : Tensor($1, for: engine)
    }
    flow.add(made, madeBy: entry)
    return made
  }

  /// How far what an engine made is from what it is held against, if there is something of the
  /// same shape, and how far it may be.
  private func error(
    of made: Tensor, at slot: Slot, reference: NDArray<Double>, single: NDArray<Float>
  ) throws -> CallReport.Cumulative? {
    let standard: Tensor
    switch yardstick {
    case .reference: standard = Tensor(reference)
    case .golden:
      guard let tensor = index.substitute(for: slot, shape: made.shape) else { return nil }
      standard = tensor
    }
    let spread = largestDifference(single.elements, reference.elements)
    let allowed =
      if let stated = options.statedTolerance {
        stated.absolute
          + stated.relative * (try standard.array(Double.self).elements.map(abs).max() ?? 0)
      } else {
        Tolerance(absolute: 0, relative: 0).grown(by: spread, source: sourceType).absolute
      }
    return CallReport.Cumulative(
      maxAbsolute: ReportedNumber(try largestDifference(made, standard)),
      allowed: ReportedNumber(allowed))
  }

  /// How far our two passes are apart at each of the model's outputs.
  private func spreads(
    _ fed: OrderedDictionary<String, NDArray<Float>>, _ singles: [NDArray<Float>],
    _ doubles: [NDArray<Double>]
  ) throws -> [Double] {
    var spreads = zip(singles, doubles).map { largestDifference($0.elements, $1.elements) }
    if options.statedTolerance == nil,
      doubles.contains(where: { $0.elements.count < Self.fewElements })
    {
      for round in 0..<Self.nudgedRounds {
        let nudged = try single.run(fed.mapValues { Self.nudged($0, round: round) })
        for (output, array) in nudged.enumerated() {
          let spread = largestDifference(array.elements, doubles[output].elements)
          spreads[output] = max(spreads[output], spread)
        }
      }
    }
    return spreads
  }

  /// The case's inputs as the engine is fed them.
  private func engineInputs() throws -> OrderedDictionary<String, Tensor> {
    try inputs(Double.self).mapValues { Tensor($0, for: engine) }
  }

  /// What the engine makes of the whole model.
  private func wholeResults() throws -> [NDArray<Double>] {
    let made = try engine.session(for: double.model)
      .run(engineInputs())
    guard made.count == table.outputs.count else {
      throw VerificationError.outputs(
        call: double.model.graph.name, found: made.count, expected: table.outputs.count)
    }
    return try made.map { try $0.array() }
  }

  private func report(
    output: Int, found: NDArray<Double>, reference: NDArray<Double>,
    bound: RoundingBound<Double>?, spread: Double
  ) throws -> CallReport {
    let (names, slot) = table.outputs[output]
    var layer: LayerNode?
    if case .output(let path, _) = slot { layer = table.entries[path]?.layer }
    var report = CallReport(
      path: names[0], kind: layer?.kind ?? InputLayer.kind, shape: found.dimensions,
      verdict: .unchecked, reason: .missing, isCumulative: true)
    guard let standard = try standard(of: output, layer: layer, reference) else { return report }
    try conclude(
      &report, found: found, standard: standard, bound: { bound ?? .exact(found) }, spread: spread)
    report.ranking = CallReport.Ranking(found: found, standard: standard.array)
    return report
  }

  /// What one of the model's outputs is held against, if there is something.
  private func standard(
    of output: Int, layer: LayerNode?, _ reference: NDArray<Double>
  ) throws -> Standard? {
    switch yardstick {
    case .golden:
      try index.outputs[output].map {
        try Standard($0.tensor, source: layer?.computeType ?? .float32)
      }
    case .reference:
      Standard(reference, given: layer.map(given) ?? .float32)
    }
  }

  /// Below this many elements the largest difference between two passes may be
  /// small by chance: of a single element one draw in 25 is below 1/16 of another.
  private static let fewElements = 16
  /// More draws then: all of four are that small in one of 50,000.
  private static let nudgedRounds = 3

  /// The inputs with a random half of the elements moved to the next number away
  /// from zero: less than half a unit of float32's rounding on average, so that
  /// each round is another draw of the rounding errors that follow.
  private static func nudged(_ input: NDArray<Float>, round: Int) -> NDArray<Float> {
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
