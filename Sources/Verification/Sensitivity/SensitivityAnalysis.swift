internal import OrderedCollections
public import ModelGraph

/// Finds which changes of a model's weights a golden would notice.
///
/// Each weight is zeroed, perturbed, and exchanged with another of the same role and shape. Where
/// what goes into a call and what comes out of it are recorded, only that call is replayed; for
/// other weights the whole model is run.
public struct SensitivityAnalysis: Sendable {
  /// How many changes may be tried by running the whole model.
  public var wholeRunLimit: Int
  /// The most operations that one of these runs may have.
  public var operationLimit: Int

  /// Makes an analysis.
  public init(wholeRunLimit: Int = 100, operationLimit: Int = RunLimit.operationCount) {
    self.wholeRunLimit = wholeRunLimit
    self.operationLimit = operationLimit
  }

  /// Tries every change.
  ///
  /// - Parameter progress: Is told of every call that was replayed, and every whole run.
  /// - Throws: `ModelError.unsupported` where the model cannot be run; ``VerificationError`` where the
  ///   golden is of another model, or the model differs from it; what reading tensors throws.
  public func report(
    on model: Model, against golden: Golden, progress: (Verifier.Progress) -> Void = { _ in }
  ) throws -> SensitivityReport {
    _ = try WeightComparison(of: model, knownTo: golden)
    let trials = try WeightTrial.all(of: model)
    var unnoticed: [WeightTrial: SensitivityReport.Finding] = [:]
    for trial in trials {
      guard let reason = try trial.idleness(among: model.tensors) else { continue }
      unnoticed[trial] = .init(trial, reason)
    }
    var ledger = TrialLedger(trials.filter { unnoticed[$0] == nil })
    try replay(&ledger, model, golden, progress)
    let rest = ledger.pending.values.flatMap(\.self)
    for trial in rest {
      guard let seen = ledger.evidence[trial] else { continue }
      unnoticed[trial] = .init(trial, seen.reason, boundRatio: seen.boundRatio)
    }
    let open = rest.filter { ledger.evidence[$0] == nil }
    for trial in try missed(open.prefix(wholeRunLimit), model, golden, progress) {
      unnoticed[trial] = .init(trial, .unknown)
    }
    let untried = open.dropFirst(wholeRunLimit)
    return SensitivityReport(
      model: model.graph.name, producer: golden.producerText,
      weightCount: model.weightNames.count, triedCount: trials.count - untried.count,
      unnoticed: trials.compactMap { unnoticed[$0] }, untried: untried.map { .init($0) })
  }

  private func replay(
    _ ledger: inout TrialLedger, _ model: Model, _ golden: Golden,
    _ progress: (Verifier.Progress) -> Void
  ) throws {
    let single = try ReferenceExecutor<Float>(model, operationLimit: operationLimit)
    let double = try ReferenceExecutor<Double>(model, operationLimit: operationLimit)
    for one in golden.resolved(for: model).cases where !ledger.isEmpty {
      do {
        let run = try CaseRun(one, .golden, single: single, double: double, verifier: verifier)
        guard !run.index.calls.isEmpty else { continue }
        try run.replay(&ledger, progress)
      } catch let error as ModelError {
        throw VerificationError.run(case: one.name, error)
      }
    }
  }

  /// The changes that running the whole model does not show.
  private func missed(
    _ trials: some Collection<WeightTrial>, _ model: Model, _ golden: Golden,
    _ progress: (Verifier.Progress) -> Void
  ) throws -> [WeightTrial] {
    guard !trials.isEmpty else { return [] }
    let untouched = try verifier.verify(model, against: golden)
    if let (one, call) = untouched.firstDivergence {
      throw VerificationError.disagrees(case: one.name, call: call.path)
    }
    var missed: [WeightTrial] = []
    for (number, trial) in trials.enumerated() {
      var tensors = model.tensors
      tensors[trial.weight] = try trial.changed(model.tensors).map { Tensor($0) }
      if let partner = trial.partner { tensors[partner] = model.tensors[trial.weight] }
      let changed = try Model(graph: model.graph, tensors: tensors)
      let report = try verifier.verify(changed, against: unbound(golden))
      if report.verdict != .differs { missed.append(trial) }
      progress(
        Verifier.Progress(
          caseName: "", call: trial.weight, completed: number + 1, total: trials.count))
    }
    return missed
  }

  private var verifier: Verifier {
    Verifier(
      engine: ReferenceEngine(Double.self, operationLimit: operationLimit),
      options: Verifier.Options(operationLimit: operationLimit))
  }

  /// A golden that takes a model with changed weights for its own.
  private func unbound(_ golden: Golden) -> Golden {
    var golden = golden
    golden.weightDigests = []
    return golden
  }
}
