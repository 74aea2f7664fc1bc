internal import OrderedCollections
internal import ModelGraph

/// One case and what is needed to run the model on it.
///
/// Engines differ in what they compute in; what they are held to is computed by the reference pass
/// in float64.
struct CaseRun: Sendable {
  typealias Visit = ReferenceExecutor<Double>.Visit

  /// What the calls are held against.
  enum Yardstick {
    /// What is recorded.
    case golden
    /// What the reference pass makes in float64 of inputs in float32.
    case reference
  }

  let golden: GoldenCase
  let yardstick: Yardstick
  let single: ReferenceExecutor<Float>
  let double: ReferenceExecutor<Double>
  let engine: any Engine
  let options: Verifier.Options
  let table: CallTable
  let index: GoldenIndex
  /// The coarsest type that made what the model is held against, or makes what is held.
  let sourceType: DType
  /// Calls that the engine has made ready.
  private let ready = ReadyCalls()
  /// What is known of the tensor that the fault is named after.
  private let firstWrong = FirstWrong()
  /// What is recorded of nested models' results, by the tensors that are checked through it.
  let nestedResults: [Slot: String]
  let nestedSpreads = NestedSpreads()
  let composedErrors = ComposedErrors()

  /// Prepares a case.
  ///
  /// - Throws: `ModelError` where the case's inputs do not fit the model.
  init(
    _ golden: GoldenCase, _ yardstick: Yardstick, single: ReferenceExecutor<Float>,
    double: ReferenceExecutor<Double>, verifier: Verifier
  ) throws(ModelError) {
    self.golden = golden
    self.yardstick = yardstick
    self.single = single
    self.double = double
    engine = verifier.engine
    options = verifier.options
    let graph = single.model.graph
    let inputs = try graph.fed(golden.inputs)
    table = try CallTable(graph, inputs: inputs.map(\.shape))
    index = GoldenIndex(golden, table: table)
    nestedResults = index.nestedResults(table)
    sourceType =
      switch yardstick {
      case .golden:
        DType.coarsest(of: table.entries.values.lazy.map(\.layer.computeType)) ?? .float32
      case .reference: engine.dtype
      }
  }

  /// Runs the case, each call by itself and the whole model.
  func report(progress: (Verifier.Progress) -> Void) throws -> VerificationReport.Case {
    var suspects: [SuspectCall] = []
    var (calls, whole) = try runs(progress) { suspects = $0 }
    let outputs = try outputReports(of: whole)
    try allowComposedErrors(in: &whole.errors, calls)
    for index in calls.indices {
      calls[index].cumulative = table.slots[calls[index].path].flatMap { whole.errors[$0] }
    }
    let blame = Blame(table, index, calls: calls, outputs: outputs)
    for index in calls.indices { calls[index].passesOn = blame.isTainted(calls[index]) }
    var fault = blame.fault(in: double.model)
    if fault?.path == firstWrong.path { fault?.detail = firstWrong.detail }
    if options.diagnoses, let path = fault?.path, path == suspects.first?.path {
      fault?.diagnoses = suspects.flatMap { Diagnostician($0).diagnoses() }
        .sorted { $0.errorAfter.value < $1.errorAfter.value }
    }
    return VerificationReport.Case(
      name: golden.name, description: golden.description, calls: calls, outputs: outputs,
      unknownTensors: index.unknownNames, fault: fault)
  }

  /// Replays each call and runs the whole model, both at once: they need nothing of each other, and
  /// much of each is done on one core.
  private func runs(
    _ progress: (Verifier.Progress) -> Void, keep: ([SuspectCall]) -> Void
  ) throws -> ([CallReport], WholeRun) {
    if yardstick == .golden, index.calls.isEmpty {
      return (missingCalls, try wholeRun(.doublePass, progress))
    }
    let source: SpreadSource = hasPassesAtHand ? .nearestAtHand : .doublePass
    var (calls, whole) = try concurrently {
      switch yardstick {
      case .golden: try replay(progress, keep: keep)
      case .reference: try referenceReplay(progress)
      }
    } onOwnThread: {
      try wholeRun(source) { _ in }
    }
    if source == .nearestAtHand, try !isSettled(whole, calls) {
      whole = try wholeRun(.doublePass) { _ in }
    }
    return (calls, whole)
  }

  /// The case's inputs in the precision of a pass.
  func inputs<Scalar: ReferenceScalar>(
    _: Scalar.Type
  ) throws -> OrderedDictionary<String, NDArray<Scalar>> {
    try golden.inputs.mapValues { try $0.array() }
  }

  /// How far the pass has come.
  func progress(_ path: CallPath, _ completed: Int) -> Verifier.Progress {
    Verifier.Progress(
      caseName: golden.name, call: path.description, completed: completed,
      total: table.entries.count)
  }

  /// What the engine makes of a call by itself; ours is what the pass makes.
  ///
  /// - Parameter inputs: What it is fed, of the shapes that the pass has.
  func results(
    of visit: Visit, on inputs: @autoclosure () throws -> [Tensor]
  ) throws -> [NDArray<Double>] {
    guard !isEngineOurs else { return visit.outputs }
    return try results(
      of: visit.node, at: visit.path, outputCount: visit.outputShapes.count, on: inputs()
    ).map { try $0.array() }
  }

  /// The bounds on rounding in a call of the pass.
  ///
  /// - Parameter recorded: What is recorded of the outputs, which saves computing them.
  func bounds(
    of visit: Visit, recorded: [NDArray<Double>]? = nil
  ) throws -> [RoundingBound<Double>] {
    try bounds(
      of: visit.definition, at: visit.path, visit.inputs, visit.parameters,
      outputs: recorded ?? visit.outputs)
  }

  /// The bound of one output where what is beside a step may be on its other side; `nil` where the
  /// layer has no steps.
  func boundWithJumps(
    of visit: Visit, _ parameters: Parameters<Double>, outputs: [NDArray<Double>], at output: Int
  ) -> (() throws -> RoundingBound<Double>)? {
    guard visit.definition.hasSteps else { return nil }
    return {
      try bounds(
        of: visit.definition, at: visit.path, visit.inputs, parameters, outputs: outputs,
        countsJumps: true)[output]
    }
  }

  /// Whether the engine is the pass itself, whose results need not be computed again.
  var isEngineOurs: Bool { engine is ReferenceEngine<Double> }

  /// What the engine makes of a call by itself.
  func results(
    of node: LayerNode, at path: CallPath, outputCount: Int, on inputs: [Tensor]
  ) throws -> [Tensor] {
    do {
      let call = try ready.call(at: path) {
        try IsolatedCall(
          node, inputs: inputs.map(\.dimensions),
          types: table.entries[path.description]?.inputTypes ?? inputs.map { _ in .float32 },
          outputCount: outputCount,
          tensors: double.model.tensors, engine: engine)
      }
      let made = try call.run(inputs)
      guard made.count == outputCount else {
        throw VerificationError.outputs(
          call: path.description, found: made.count, expected: outputCount)
      }
      return made
    } catch let error as ModelError {
      if case .at = error { throw error }
      throw ModelError.at(layer: path.description, kind: node.kind, error)
    }
  }

  /// The bounds on rounding in what a call computes, one for each output.
  func bounds(
    of definition: Definition, at path: CallPath, _ inputs: [NDArray<Double>],
    _ parameters: Parameters<Double>, outputs: [NDArray<Double>], countsJumps: Bool = false
  ) throws -> [RoundingBound<Double>] {
    let unit = table.entries[path.description].map(unitRoundoff)
    let bounds = definition.bounds(
      inputs, parameters, outputs: outputs, unitRoundoff: unit ?? 0x1p-24,
      countsJumps: countsJumps)
    for (output, made) in outputs.enumerated() {
      let expected = made.elements.count
      guard bounds.indices.contains(output) else {
        throw VerificationError.bounds(
          call: path.description, found: 0, expected: expected)
      }
      for found in [bounds[output].magnitude.count, bounds[output].fixed.count]
      where found != expected && found != 0 {
        throw VerificationError.bounds(
          call: path.description, found: found, expected: expected)
      }
    }
    return bounds
  }

  /// Compares what was found with what it is held against, and draws the verdict; looks closer
  /// where it is the first wrong one of the case.
  ///
  /// - Parameters:
  ///   - bound: The layer's bound on rounding, if nothing jumps; asked for only where it is needed.
  ///   - boundWithJumps: The same where what is beside a step may be on its other side; `nil` where the
  ///     layer has no steps.
  ///   - sensitivity: How sensitive the result is to its inputs; asked for only
  ///     where they are rounded.
  ///   - spread: How far our two passes are apart, where what was found carries
  ///     the errors of the calls before.
  ///   - spreadOfOtherRun: The same for what may be recorded in another run than what the call was
  ///     given; asked for only where it is needed.
  ///   - slot: The tensor, where what it is held against does not come from the same inputs of the
  ///     call.
  func conclude(
    _ report: inout CallReport, found: NDArray<Double>, standard: Standard,
    bound: () throws -> RoundingBound<Double>,
    boundWithJumps: (() throws -> RoundingBound<Double>)? = nil,
    sensitivity: () -> [Double] = { [] }, spread: Double?,
    spreadOfOtherRun: (() throws -> Double)? = nil, from slot: Slot? = nil
  ) throws {
    guard standard.array.dimensions == found.dimensions else {
      report.refuse(shape: standard.array.dimensions)
      firstWrong.note(report.path) { nil }
      return
    }
    guard standard.isPrecise, !standard.lacks(found) else {
      report.refuse(type: standard.stored)
      return
    }
    var allowance: Comparison.Allowance
    if let stated = options.statedTolerance {
      allowance = .init(tolerance: stated)
    } else {
      allowance = .init(try bound(), standard, own: engine.dtype)
      if allowance.tolerance.inputs > 0 { allowance.sensitivity = sensitivity() }
      if let spread {
        allowance.tolerance = allowance.tolerance.grown(by: spread, source: sourceType)
      }
    }
    func compare() {
      report.conclude(
        Comparison(
          found: found.elements, golden: standard.array.elements, within: allowance,
          isDouble: standard.countsDoubleUnits(for: engine.dtype)))
    }
    compare()
    if report.verdict == .wrong, options.statedTolerance == nil,
      let spread = try spreadOfOtherRun?()
    {
      allowance.tolerance = allowance.tolerance.grown(by: spread, source: sourceType)
      compare()
      if report.verdict != .wrong { report.isCumulative = true }
    }
    if report.verdict == .wrong, options.statedTolerance == nil {
      // What is wrong all the same is told by the narrower bounds.
      let narrow = (report, allowance)
      if let slot {
        let scale = max(largestMagnitude(found), largestMagnitude(standard.array))
        allowance.composed = try composedDifferences(of: slot, scale: scale)
        if !allowance.composed.isEmpty { compare() }
      }
      if report.verdict == .wrong,
        try allowJumps(in: &allowance, standard, boundWithJumps, of: slot)
      {
        compare()
        // Numbers that a type does not have are no steps.
        if report.verdict != .wrong, report.reason != .unbounded {
          (report.verdict, report.reason) = (.unchecked, .step)
        }
      }
      if report.verdict == .wrong { (report, allowance) = narrow }
    }
    guard report.verdict == .wrong else { return }
    firstWrong.note(report.path) {
      Fault.Detail(
        found: found, golden: standard.array, within: allowance,
        format: table.dataFormat(of: report.path))
    }
  }

  /// Allows what steps may do, of a call by itself and on the way to it; says whether there are any.
  private func allowJumps(
    in allowance: inout Comparison.Allowance, _ standard: Standard,
    _ boundWithJumps: (() throws -> RoundingBound<Double>)?, of slot: Slot?
  ) throws -> Bool {
    let jumps = try slot.map(composedJumps) ?? []
    if let boundWithJumps {
      let own = Comparison.Allowance(try boundWithJumps(), standard, own: engine.dtype)
      (allowance.magnitude, allowance.fixed) = (own.magnitude, own.fixed)
      allowance.tolerance.fixed = max(allowance.tolerance.fixed, own.tolerance.fixed)
    }
    allowance.composed = allowance.composed.plus(jumps)
    return boundWithJumps != nil || !jumps.isEmpty
  }

  /// The unit roundoff of the coarsest type that either side computes a call in.
  func unitRoundoff(of entry: CallTable.Entry) -> Double {
    typesComputing(entry).compactMap(\.unitRoundoff).max() ?? 0x1p-24
  }

  /// The largest number that both sides have that compute a call.
  func largestFinite(of entry: CallTable.Entry) -> Double {
    typesComputing(entry).compactMap(\.greatestFinite).min() ?? .infinity
  }

  private func typesComputing(_ entry: CallTable.Entry) -> [DType] {
    yardstick == .golden ? [realType(of: entry), engine.dtype] : [engine.dtype]
  }

  /// The type of real numbers that the source computes a call in: where it makes integers or truth
  /// values, the coarsest that these are made of.
  func realType(of entry: CallTable.Entry) -> DType {
    if entry.layer.computeType.unitRoundoff != nil { return entry.layer.computeType }
    let given = entry.inputs.compactMap { slot -> DType? in
      guard case .input(let name) = slot else { return table.layer(of: slot)?.computeType }
      return single.model.graph.layers[name]?.inputLayer?.dtype
    }
    return DType.coarsest(of: given) ?? .float32
  }

  /// What needs our pass in float32; `nil` where that does not hold the integers that are made:
  /// nothing is known of how far rounding moves what is made of them then.
  func inSinglePrecision<Value>(_ body: () throws -> Value) throws -> Value? {
    do {
      return try body()
    } catch let error as ModelError {
      guard engine.dtype == .float64, error.isInexactInteger else { throw error }
      return nil
    }
  }

  /// The type that a tensor was made in where the model comes from.
  func sourceType(of slot: Slot) -> DType { table.computeType(of: slot) ?? .float32 }

  /// What a tensor that was recorded for a slot is as a standard.
  func standard(
    _ recorded: Tensor, _ elements: NDArray<Double>? = nil, of slot: Slot
  ) throws -> Standard {
    var computed = DType.float32
    if case .output(let path, _) = slot, let entry = table.entries[path] {
      computed = realType(of: entry)
    }
    return Standard(
      recorded, try elements ?? recorded.array(), source: sourceType(of: slot),
      computed: computed)
  }
}

/// The largest finite number of an array.
func largestMagnitude(_ array: NDArray<Double>) -> Double {
  array.elements.reduce(0) { $1.isFinite ? max($0, abs($1)) : $0 }
}

extension Comparison.Allowance {
  /// What a layer's bound on rounding allows an engine that computes in a type.
  init(_ bound: RoundingBound<Double>, _ standard: Standard, own: DType) {
    self.init(
      tolerance: Tolerance(
        length: bound.length, source: standard.source, stored: standard.stored, own: own,
        given: standard.given),
      magnitude: bound.length > 0 ? bound.magnitude : [], fixed: bound.fixed)
    if standard.source.unitRoundoff == nil {
      tolerance.fixed += standard.computed.unitRoundoff ?? 0
    }
  }
}
