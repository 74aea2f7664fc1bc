internal import OrderedCollections
internal import ModelGraph

/// What a golden shows of changes that it has not noticed yet.
struct TrialLedger {
  /// What the case that comes nearest to noticing a change shows of it.
  struct Evidence {
    var reason: SensitivityReport.Reason
    var boundRatio: Double
  }

  /// The changes that are not noticed, by the weight that is changed; none for a weight of which all
  /// are, which is not removed: that would take as long as there are weights.
  private(set) var pending: OrderedDictionary<String, [WeightTrial]>
  /// How many these are.
  private var pendingCount: Int
  /// What was seen of those that were tried; a change without any has not been tried.
  private(set) var evidence: [WeightTrial: Evidence] = [:]
  private(set) var noticed: Set<WeightTrial> = []

  init(_ trials: [WeightTrial]) {
    pending = OrderedDictionary(grouping: trials, by: \.weight)
    pendingCount = trials.count
  }

  var isEmpty: Bool { pendingCount == 0 }

  mutating func notice(_ trial: WeightTrial) {
    guard noticed.insert(trial).inserted else { return }
    pending[trial.weight]?.removeAll { $0 == trial }
    pendingCount -= 1
  }

  mutating func note(_ trial: WeightTrial, _ new: Evidence) {
    if let old = evidence[trial], old.boundRatio >= new.boundRatio { return }
    evidence[trial] = new
  }
}

extension CaseRun {
  /// Replays each call with its weights changed, on inputs that are recorded, where what it makes is
  /// recorded too.
  ///
  /// - Throws: `VerificationError.disagrees` where the model as it is does not fit the golden.
  func replay(
    _ ledger: inout TrialLedger, _ progress: (Verifier.Progress) -> Void
  ) throws {
    var completed = 0
    _ = try double.run(inputs(Double.self)) { passing in
      let visit = try onRecorded(passing)
      try self.attempt(&ledger, on: visit)
      completed += 1
      progress(self.progress(visit.path, completed))
      return try substituted(visit.outputs, path: visit.path)
    }
  }

  private func attempt(_ ledger: inout TrialLedger, on visit: Visit) throws {
    let trials = Set(visit.node.parameters.values).flatMap { ledger.pending[$0] ?? [] }
    guard !trials.isEmpty, let entry = table.entries[visit.path.description],
      entry.inputs.allSatisfy(isRecorded),
      entry.names.indices.contains(where: {
        index.calls[.output(path: entry.path, index: $0)] != nil
      })
    else { return }
    let untouched = try judge(visit, entry, visit.parameters)
    if let wrong = untouched.reports.first(where: { $0.verdict == .wrong }) {
      throw VerificationError.disagrees(case: golden.name, call: wrong.path)
    }
    for trial in trials {
      guard let changed = try trial.changed(double.model.tensors) else { continue }
      var arrays: [String: NDArray<Double>] = [:]
      for (role, name) in visit.node.parameters {
        arrays[role] = name == trial.weight ? changed : visit.parameters.optional(role)
      }
      let (made, reports) = try judge(visit, entry, Parameters(arrays))
      if reports.contains(where: { $0.verdict == .wrong }) {
        ledger.notice(trial)
      } else {
        let ratios = reports.compactMap { $0.statistics?.maxBoundRatio.value }
        ledger.note(
          trial,
          .init(
            reason: reason(visit, made: made, reports), boundRatio: ratios.max() ?? 0))
      }
    }
  }

  /// Holds what a call makes with some weights against what is recorded of it.
  private func judge(
    _ visit: Visit, _ entry: CallTable.Entry, _ parameters: Parameters<Double>
  ) throws -> (made: [NDArray<Double>], reports: [CallReport]) {
    let made = visit.definition.values(visit.inputs, parameters)
    let bounds = try self.bounds(
      of: visit.definition, at: visit.path, visit.inputs, parameters, outputs: made)
    // How sensitive the result is to its inputs hardly depends on the change.
    lazy var sensitivities = self.sensitivities(of: visit)
    var reports: [CallReport] = []
    for (output, array) in made.enumerated() where bounds.indices.contains(output) {
      let slot = Slot.output(path: entry.path, index: output)
      for recorded in index.calls[slot] ?? [] {
        var report = CallReport(
          path: recorded.name, kind: entry.layer.kind, shape: array.dimensions,
          verdict: .unchecked)
        try conclude(
          &report, found: array,
          standard: standard(recorded.tensor, of: slot),
          bound: { bounds[output] },
          boundWithJumps: boundWithJumps(of: visit, parameters, outputs: made, at: output),
          sensitivity: { sensitivities[output] },
          spread: nil,
          spreadOfOtherRun: spreadOfOtherRun(recorded, of: slot, madeAt: entry.depth))
        reports.append(report)
      }
    }
    return (made, reports)
  }

  /// Why a call's changed result passes.
  private func reason(
    _ visit: Visit, made: [NDArray<Double>], _ reports: [CallReport]
  ) -> SensitivityReport.Reason {
    if visit.inputs.allSatisfy({ $0.elements.allSatisfy { $0 == 0 } }) { return .zeroInput }
    switch reports.lazy.compactMap(\.reason).first {
    case .zero: return .zeroOutput
    case .constant: return .constantOutput
    case .notANumber: return .notANumber
    default: break
    }
    if visit.outputs.allSatisfy(\.isSaturated) { return .saturated }
    let isSame = zip(made, visit.outputs).allSatisfy { $0.elements == $1.elements }
    return isSame ? .noEffect : .rounding
  }
}

extension NDArray<Double> {
  /// Whether each row is a one among zeros, as far as float32 shows.
  fileprivate var isSaturated: Bool {
    guard let width = dimensions.last, width > 1, !elements.isEmpty else { return false }
    return stride(from: 0, to: elements.count, by: width).allSatisfy { start in
      let row = elements[start..<start + width]
      return row.count { $0 > 0.999 } == 1 && row.count { abs($0) < 0.001 } == width - 1
    }
  }
}
