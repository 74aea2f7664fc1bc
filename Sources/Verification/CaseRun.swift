internal import OrderedCollections
internal import ResidualGraph

/// One case of a golden and what is needed to run the model on it.
struct CaseRun {
  let golden: GoldenCase
  let single: ReferenceExecutor<Float>
  let double: ReferenceExecutor<Double>
  let options: Verifier.Options
  let table: CallTable
  let index: GoldenIndex

  /// Prepares a case.
  ///
  /// - Throws: `ModelError` where the case's inputs do not fit the model.
  init(
    _ golden: GoldenCase, single: ReferenceExecutor<Float>, double: ReferenceExecutor<Double>,
    options: Verifier.Options
  ) throws(ModelError) {
    self.golden = golden
    self.single = single
    self.double = double
    self.options = options
    let graph = single.model.graph
    let inputs = try graph.feeds(golden.inputs) { $0.dimensions }
    table = try CallTable(graph, inputs: inputs.map(\.shape))
    index = GoldenIndex(golden, table: table)
  }

  /// Runs the case, each call by itself and the whole model.
  func report(progress: (Verifier.Progress) -> Void) throws -> VerificationReport.Case {
    let calls =
      switch options.precision {
      case .float32: try replay(single, progress)
      case .float64: try replay(double, progress)
      }
    return VerificationReport.Case(
      name: golden.name, description: golden.description, calls: calls,
      outputs: try wholeModel(progress), unknownTensors: index.unknownNames)
  }

  /// The case's inputs in the precision of a pass.
  func inputs<Scalar: ReferenceScalar>(
    _: Scalar.Type
  ) throws -> OrderedDictionary<String, NDArray<Scalar>> {
    try golden.inputs.mapValues { try $0.array() }
  }

  /// Whether a tensor of the replay is a recorded one.
  func isRecorded(_ slot: Slot) -> Bool {
    guard case .output(let path, let output) = slot else { return true }
    guard let entry = table.entries[path], entry.shapes.indices.contains(output) else {
      return false
    }
    return index.substitute(for: slot, shape: entry.shapes[output]) != nil
  }

  /// What goes on from a call in the replay: what is recorded, as far as it is.
  func substituted<Scalar: ReferenceScalar>(
    _ visit: ReferenceExecutor<Scalar>.Visit
  ) throws -> [NDArray<Scalar>] {
    let path = visit.path.description
    return try visit.outputs.enumerated().map { output, made in
      let slot = Slot.output(path: path, index: output)
      return try index.substitute(for: slot, shape: made.shape)?.array() ?? made
    }
  }

  /// The layer's bounds on rounding, one for each output.
  func bounds<Scalar: ReferenceScalar>(
    of visit: ReferenceExecutor<Scalar>.Visit
  ) throws -> [RoundingBound<Scalar>] {
    let bounds = visit.layer.roundingBounds(
      visit.inputs, visit.parameters, outputs: visit.outputs)
    for (output, made) in visit.outputs.enumerated() {
      let expected = made.elements.count
      guard bounds.indices.contains(output) else {
        throw VerificationError.bounds(
          call: visit.path.description, found: 0, expected: expected)
      }
      for found in [bounds[output].magnitude.count, bounds[output].fixed.count]
      where found != expected && found != 0 {
        throw VerificationError.bounds(
          call: visit.path.description, found: found, expected: expected)
      }
    }
    return bounds
  }

  /// Compares what was found with what is recorded, and draws the verdict.
  ///
  /// - Parameters:
  ///   - bound: The layer's bound on rounding; asked for only where it is needed.
  ///   - sensitivity: How sensitive the result is to its inputs; asked for only
  ///     where the source rounds them.
  ///   - source: The type that the layer's source computes in.
  ///   - spread: How far our two passes are apart, where what was found carries
  ///     the errors of the calls before.
  func conclude<Scalar: ReferenceScalar>(
    _ report: inout CallReport, found: NDArray<Scalar>, golden: Tensor,
    bound: () throws -> RoundingBound<Scalar>, sensitivity: () -> [Scalar] = { [] },
    source: DType, spread: Double?
  ) throws {
    guard golden.dimensions == found.dimensions else {
      report.refuse(shape: golden.dimensions)
      return
    }
    var allowance: Comparison.Allowance<Scalar>
    if let stated = options.statedTolerance {
      allowance = .init(tolerance: stated)
    } else {
      // What is computed in float64 for an answer in float32 was rounded there.
      let own = options.precision == .float32 ? DType.float32 : Scalar.dtype
      allowance = .init(try bound(), source: source, stored: golden.dtype, own: own)
      if allowance.tolerance.inputs > 0 { allowance.sensitivity = sensitivity() }
      if let spread {
        allowance.tolerance = allowance.tolerance.grown(by: spread, source: coarsestType)
      }
    }
    report.conclude(
      Comparison(
        found: found.elements, golden: try golden.array(Scalar.self).elements, within: allowance,
        isDouble: golden.dtype == .float64))
  }
}
