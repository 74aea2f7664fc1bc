internal import OrderedCollections
internal import ResidualGraph

extension CaseRun {
  /// Replays each call on its recorded inputs, and compares what it makes.
  func replay<Scalar: ReferenceScalar>(
    _ executor: ReferenceExecutor<Scalar>, _ progress: (Verifier.Progress) -> Void
  ) throws -> [CallReport] {
    guard !index.calls.isEmpty else { return missingCalls }
    let spreads = try cumulativeSpreads(progress)
    var reports = try inputReports()
    var completed = 0
    _ = try executor.run(inputs(Scalar.self)) { visit in
      reports += try self.reports(on: visit, spreads: spreads)
      completed += 1
      progress(self.progress(visit.path, completed))
      return try substituted(visit)
    }
    return reports
  }

  /// How far the pass has come.
  func progress(_ path: CallPath, _ completed: Int) -> Verifier.Progress {
    Verifier.Progress(
      caseName: golden.name, call: path.description, completed: completed,
      total: table.entries.count)
  }

  /// A report on every call where none is recorded.
  private var missingCalls: [CallReport] {
    table.entries.values.flatMap { entry in
      zip(entry.names, entry.shapes).map { name, shape in
        CallReport(
          path: name, kind: entry.layer.kind, shape: shape?.known ?? [], verdict: .unchecked,
          reason: .missing)
      }
    }
  }

  /// A report on each recorded tensor that stands for one of the model's inputs.
  private func inputReports() throws -> [CallReport] {
    var reports: [CallReport] = []
    for (name, input) in golden.inputs {
      for recorded in index.calls[.input(name)] ?? [] {
        var report = CallReport(
          path: recorded.name, kind: InputLayer.kind, shape: input.dimensions, verdict: .unchecked)
        let found = try input.array(Double.self)
        try conclude(
          &report, found: found, golden: recorded.tensor, bound: { .exact(found) },
          source: input.dtype, spread: nil)
        reports.append(report)
      }
    }
    return reports
  }

  private func reports<Scalar: ReferenceScalar>(
    on visit: ReferenceExecutor<Scalar>.Visit, spreads: [Slot: Double]
  ) throws -> [CallReport] {
    let path = visit.path.description
    guard let entry = table.entries[path] else { return [] }
    let isCumulative = !entry.inputs.allSatisfy(isRecorded)
    var bounds: [RoundingBound<Scalar>]?
    var reports: [CallReport] = []
    for (output, made) in visit.outputs.enumerated() {
      let slot = Slot.output(path: path, index: output)
      let name = entry.names.indices.contains(output) ? entry.names[output] : path
      var report = CallReport(
        path: name, kind: entry.layer.kind, shape: made.dimensions, verdict: .unchecked,
        reason: .missing, isCumulative: isCumulative)
      for (number, golden) in (index.calls[slot] ?? []).enumerated() {
        if number > 0 {
          reports.append(report)
          report.path = golden.name
        }
        try conclude(
          &report, found: made, golden: golden.tensor,
          bound: {
            let known = try bounds ?? self.bounds(of: visit)
            bounds = known
            return known[output]
          }, sensitivity: { sensitivities(of: visit)[output] }, source: visit.node.computeType,
          spread: isCumulative ? spreads[slot] ?? 0 : nil)
      }
      reports.append(report)
    }
    return reports
  }

  /// How far our two passes are apart at each call that is recorded but whose
  /// inputs are not; nothing is run where there is none.
  private func cumulativeSpreads(
    _ progress: (Verifier.Progress) -> Void
  ) throws -> [Slot: Double] {
    guard options.statedTolerance == nil else { return [:] }
    var slots: Set<Slot> = []
    for entry in table.entries.values where !entry.inputs.allSatisfy(isRecorded) {
      for output in entry.names.indices {
        let slot = Slot.output(path: entry.path, index: output)
        if index.calls[slot] != nil { slots.insert(slot) }
      }
    }
    guard !slots.isEmpty else { return [:] }
    var kept: [Slot: NDArray<Float>] = [:]
    _ = try single.run(inputs(Float.self)) { visit in
      for (output, made) in visit.outputs.enumerated() {
        let slot = Slot.output(path: visit.path.description, index: output)
        if slots.contains(slot) { kept[slot] = made }
      }
      return try substituted(visit)
    }
    var spreads: [Slot: Double] = [:]
    _ = try double.run(inputs(Double.self)) { visit in
      for (output, made) in visit.outputs.enumerated() {
        let slot = Slot.output(path: visit.path.description, index: output)
        guard let other = kept.removeValue(forKey: slot) else { continue }
        spreads[slot] = largestDifference(other.elements, made.elements)
      }
      return try substituted(visit)
    }
    return spreads
  }

  /// The coarsest type that a layer of the model computes in.
  var coarsestType: DType {
    table.entries.values.map(\.layer.computeType)
      .max { ($0.unitRoundoff ?? 0) < ($1.unitRoundoff ?? 0) } ?? .float32
  }
}

extension Comparison.Allowance {
  /// What a layer's bound on rounding allows.
  init(_ bound: RoundingBound<Scalar>, source: DType, stored: DType, own: DType) {
    self.init(
      tolerance: Tolerance(length: bound.length, source: source, stored: stored, own: own),
      magnitude: bound.length > 0 ? bound.magnitude : [], fixed: bound.fixed)
  }
}

/// The largest difference between two passes; elements that are not finite do
/// not count.
func largestDifference(_ single: [Float], _ double: [Double]) -> Double {
  var largest = 0.0
  for (a, b) in zip(single, double) {
    let difference = abs(Double(a) - b)
    if difference.isFinite { largest = max(largest, difference) }
  }
  return largest
}
