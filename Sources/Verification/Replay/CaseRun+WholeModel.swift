internal import OrderedCollections
internal import ModelGraph

/// What came of running a whole model from its inputs alone.
struct WholeRun: Sendable {
  /// What the engine made in the end.
  var found: [NDArray<Double>]
  /// What our own pass made, in float64 where that was run.
  var reference: [NDArray<Double>]
  /// How far rounding moves each of the outputs.
  var spreads: [Double]
  /// The bounds of the calls that made the outputs.
  var bounds: [Slot: RoundingBound<Double>]
  /// How far each tensor is from what it is held against.
  var errors: [Slot: CallReport.Cumulative]
}

extension CaseRun {
  /// Runs the whole model from its inputs alone, by the engine and by our own passes.
  ///
  /// The model's outputs are the engine's, which may fuse calls. What flows between the calls is
  /// shown by another run, call by call, at the same time.
  func wholeRun(
    _ source: SpreadSource, _ progress: (Verifier.Progress) -> Void
  ) throws -> WholeRun {
    guard !isEngineOurs else { return try runCallByCall(source, progress) }
    var (run, found) = try concurrently {
      try runCallByCall(source, progress)
    } onOwnThread: {
      try wholeResults()
    }
    run.found = found
    return run
  }

  /// Whether a run is within the spreads of what is at hand, and every call by itself within what
  /// rounding probably does: our pass in float64 has nothing to add then.
  func isSettled(_ run: WholeRun, _ calls: [CallReport]) throws -> Bool {
    guard calls.allSatisfy({ $0.verdict == .ok }), !run.errors.values.contains(where: \.isBeyond)
    else { return false }
    return try run.found.indices.allSatisfy { output in
      guard let recorded = index.outputs[output]?.tensor,
        recorded.dimensions == run.found[output].dimensions
      else { return false }
      return try largestDifference(Tensor(run.found[output]), recorded)
        <= allowed(by: run.spreads[output])
    }
  }

  /// Compares what the engine made in the end.
  func outputReports(of run: WholeRun) throws -> [CallReport] {
    try run.found.indices.map { output in
      try report(
        output: output, found: run.found[output], reference: run.reference[output],
        bound: run.bounds[table.outputs[output].slot], spread: run.spreads[output])
    }
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
    var kind = InputLayer.kind
    if case .output(let path, _) = slot, let entry = table.entries[path] {
      (layer, kind) = (entry.layer, entry.kind)
    }
    var report = CallReport(
      path: names[0], kind: kind, shape: found.dimensions,
      verdict: .unchecked, reason: .missing, isCumulative: true)
    guard let standard = try standard(of: output, layer: layer, reference) else { return report }
    let spread = try spreadWithoutJumps(of: slot) ?? spread
    try conclude(
      &report, found: found, standard: standard,
      bound: { bound ?? .exact(count: found.elements.count) }, spread: spread, from: slot)
    if !table.isText(slot) {
      report.ranking = CallReport.Ranking(found: found, standard: standard.array)
    }
    return report
  }

  /// What one of the model's outputs is held against, if there is something.
  private func standard(
    of output: Int, layer: LayerNode?, _ reference: NDArray<Double>
  ) throws -> Standard? {
    switch yardstick {
    case .golden:
      try index.outputs[output].map { try standard($0.tensor, of: table.outputs[output].slot) }
    case .reference:
      Standard(reference, given: layer.map(given) ?? .float32)
    }
  }
}
