internal import OrderedCollections
internal import ModelGraph

extension CaseRun {
  /// Replays each call on its recorded inputs, and compares what the engine makes of them.
  ///
  /// - Parameter keep: Is given the first call that is wrong, or those of which one must be.
  func replay(
    _ progress: (Verifier.Progress) -> Void, keep: ([SuspectCall]) -> Void
  ) throws -> [CallReport] {
    var isWrong = false
    var unrecorded = UnrecordedCalls()
    // What is made of recorded tensors without rounding is known as well as they are.
    var known: Set<Slot> = []
    var holes = Holes()
    let spreads = try cumulativeSpreads(progress)
    var reports = try inputReports()
    var completed = 0
    _ = try double.run(inputs(Double.self)) { passing in
      let visit = try onRecorded(passing)
      let found = try results(of: visit, on: feeds(of: visit))
      let recorded = try recorded(visit)
      let isKnown = isKnown(visit, known)
      let shown = holes.pass(
        through: visit, table.entries[visit.path.description], recorded, known: &known)
      let new = try self.reports(
        on: visit, found: found, shown, standIns: standIns(recorded), isCumulative: !isKnown,
        spreads: spreads)
      if !isWrong, let wrong = new.first(where: { $0.verdict == .wrong }) {
        isWrong = true
        if options.diagnoses { keep(try suspects(wrong, visit, behind: unrecorded)) }
      }
      if options.diagnoses, let entry = table.entries[visit.path.description],
        recorded.contains(where: { $0.standIn == nil })
      {
        unrecorded.append(visit, entry)
      }
      if isKnown { try known.formUnion(exactOutputs(of: visit, recorded)) }
      reports += new
      completed += 1
      progress(self.progress(visit.path, completed))
      // What has another shape is wrong already, and nothing after it could be run on it.
      let isFitting = zip(found, visit.outputShapes).allSatisfy { $0.dimensions == $1 }
      let made = isFitting ? found : visit.outputs
      return made.indices.map { recorded[$0].completed(by: made[$0]) }
    }
    return reports + masksNotRecorded
  }

  /// Whether all that a call is made on is recorded, or known as well.
  private func isKnown(_ visit: Visit, _ known: Set<Slot>) -> Bool {
    guard let entry = table.entries[visit.path.description] else { return false }
    return entry.inputs.allSatisfy { isRecorded($0) || known.contains($0) }
  }

  /// What a call makes without rounding that is not recorded.
  private func exactOutputs(of visit: Visit, _ recorded: [RecordedOutput]) throws -> [Slot] {
    guard recorded.contains(where: { $0.standIn == nil }) else { return [] }
    let bounds = try bounds(of: visit)
    return recorded.indices.filter { recorded[$0].standIn == nil && bounds[$0].isZero }.map {
      .output(path: visit.path.description, index: $0)
    }
  }

  /// A report on each mask that is not recorded though its tensor and other masks are.
  private var masksNotRecorded: [CallReport] {
    index.namesWithoutMask.map { name in
      let slot = table.masks[name]
      var kind = Masking.kind
      if case .output(let path, _)? = slot { kind = table.entries[path]?.layer.kind ?? kind }
      return CallReport(
        path: CallTable.mask(of: name), kind: kind,
        shape: slot.flatMap { table.shape(of: $0)?.known } ?? [], verdict: .unchecked,
        reason: .missing)
    }
  }

  /// What the engine is fed to replay a call: what is recorded, as far as it is.
  private func feeds(of visit: Visit) -> [Tensor] {
    guard let entry = table.entries[visit.path.description] else { return [] }
    return zip(entry.inputs.indices, visit.inputs).map { input, array in
      // What is of the engine's type is fed as it is.
      let recorded = recordedInput(input, of: entry, shape: array.shape)
      if let recorded, recorded.dtype == engine.dtype { return recorded }
      return Tensor(array, for: engine)
    }
  }

  /// A report on every call where none is recorded.
  var missingCalls: [CallReport] {
    table.entries.values.filter { !$0.makesMask }.flatMap { entry in
      zip(entry.names, entry.shapes).map { name, shape in
        CallReport(
          path: name, kind: entry.kind, shape: shape?.known ?? [], verdict: .unchecked,
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
          &report, found: found,
          standard: Standard(recorded.tensor, source: declaredType(of: name) ?? input.dtype),
          bound: { .exact(count: found.elements.count) }, spread: nil)
        reports.append(report)
      }
    }
    return reports
  }

  /// The type of a model's input that is no real numbers, whatever it is recorded in.
  func declaredType(of input: String) -> DType? {
    guard let declared = single.model.graph.layers[input]?.inputLayer,
      declared.dtype.unitRoundoff == nil
    else { return nil }
    return declared.dtype
  }

  private func reports(
    on visit: Visit, found: [NDArray<Double>], _ recorded: [RecordedOutput],
    standIns: [NDArray<Double>]?, isCumulative: Bool, spreads: [Slot: Double]
  ) throws -> [CallReport] {
    let path = visit.path.description
    guard let entry = table.entries[path], index.hasMasks || !entry.makesMask else { return [] }
    lazy var sensitivities = self.sensitivities(of: visit)
    var bounds: [RoundingBound<Double>]?
    var reports: [CallReport] = []
    for (output, made) in found.enumerated() {
      let slot = Slot.output(path: path, index: output)
      var report = CallReport(
        path: entry.name(of: output), kind: entry.kind, shape: made.dimensions,
        verdict: .unchecked, reason: .missing, isCumulative: isCumulative)
      if recorded[output].tensors.isEmpty { report.checkedThrough = nestedResults[slot] }
      for (number, golden) in recorded[output].tensors.enumerated() {
        if number > 0 { reports.append(report) }
        // What a nested model returns may be recorded of that alone.
        if number > 0 || golden.entry.depth < entry.depth { report.path = golden.entry.name }
        try conclude(
          &report, found: made,
          standard: standard(golden.entry.tensor, golden.elements, of: slot),
          bound: {
            let known = try bounds ?? self.bounds(of: visit, recorded: standIns)
            bounds = known
            return known[output]
          },
          boundWithJumps: boundWithJumps(
            of: visit, visit.parameters, outputs: standIns ?? visit.outputs, at: output),
          sensitivity: { sensitivities[output] },
          spread: isCumulative ? spreads[slot] ?? 0 : nil,
          spreadOfOtherRun: spreadOfOtherRun(golden.entry, of: slot, madeAt: entry.depth),
          from: isCumulative || golden.entry.depth < entry.depth ? slot : nil)
        if report.reason == .notANumber, !golden.entry.hasHoles { report.reason = .givenNaN }
      }
      reports.append(report)
    }
    return reports
  }

  /// What is recorded of each output of a call.
  private func recorded(_ visit: Visit) throws -> [RecordedOutput] {
    try visit.outputShapes.enumerated().map { output, dimensions in
      let slot = Slot.output(path: visit.path.description, index: output)
      return RecordedOutput(
        tensors: try (index.calls[slot] ?? []).map { ($0, try $0.tensor.array()) },
        shape: Shape(dimensions))
    }
  }

  /// What is recorded of all that a call makes; `nil` where something is not, or the reference has
  /// been computed already.
  private func standIns(_ recorded: [RecordedOutput]) -> [NDArray<Double>]? {
    guard !isEngineOurs else { return nil }
    let standIns = recorded.compactMap(\.standIn)
    return standIns.count == recorded.count ? standIns : nil
  }

  /// Whether a tensor of the replay is a recorded one.
  func isRecorded(_ slot: Slot) -> Bool {
    guard case .output = slot else { return true }
    return index.substitute(for: slot, shape: table.shape(of: slot)) != nil
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
    return try spreads(of: slots, upToDepth: .max)
  }
}
