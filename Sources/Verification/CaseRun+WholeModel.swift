internal import OrderedCollections
internal import ResidualGraph

extension CaseRun {
  /// Runs the whole model from its inputs alone, by the engine and by both of our passes, and
  /// compares the engine's outputs.
  func wholeModel(_ progress: (Verifier.Progress) -> Void) throws -> [CallReport] {
    let fed = try inputs(Float.self)
    let singles = try single.run(fed)
    var bounds: [Slot: RoundingBound<Double>] = [:]
    let wanted = Set(table.outputs.map(\.slot))
    var completed = 0
    let doubles = try double.run(inputs(Double.self)) { visit in
      let path = visit.path.description
      let slots = visit.outputs.indices.map { Slot.output(path: path, index: $0) }
      if slots.contains(where: wanted.contains) {
        for (slot, bound) in zip(slots, try self.bounds(of: visit)) { bounds[slot] = bound }
      }
      completed += 1
      progress(self.progress(visit.path, completed))
      return visit.outputs
    }
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
    let found = isEngineOurs ? doubles : try wholeResults()
    return try zip(found, doubles).enumerated().map { output, arrays in
      try report(
        output: output, found: arrays.0, reference: arrays.1,
        bound: bounds[table.outputs[output].slot], spread: spreads[output])
    }
  }

  /// What the engine makes of the whole model.
  private func wholeResults() throws -> [NDArray<Double>] {
    let made = try engine.session(for: double.model)
      .run(inputs(Double.self).mapValues { Tensor($0, for: engine) })
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
