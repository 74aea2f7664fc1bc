internal import OrderedCollections
internal import ModelGraph

extension CaseRun {
  /// Runs each call on what the reference pass made before it, rounded to float32 so that both get
  /// the same numbers, and compares what the engine makes of them.
  ///
  /// No tensor is kept longer than the calls need it.
  func referenceReplay(_ progress: (Verifier.Progress) -> Void) throws -> [CallReport] {
    var reports: [CallReport] = []
    var completed = 0
    _ = try double.run(inputs(Double.self)) { visit in
      reports += try self.referenceReports(on: visit)
      completed += 1
      progress(self.progress(visit.path, completed))
      return visit.outputs.map(\.roundedToFloat32)
    }
    return reports
  }

  private func referenceReports(on visit: Visit) throws -> [CallReport] {
    guard let entry = table.entries[visit.path.description] else { return [] }
    let bounds = try options.statedTolerance == nil ? self.bounds(of: visit) : []
    let given = given(to: visit.node)
    lazy var sensitivities = self.sensitivities(of: visit)
    let made = try results(of: visit, on: visit.inputs.map { Tensor($0, for: engine) })
    return try made.enumerated().map { output, found in
      var report = CallReport(
        path: entry.name(of: output), kind: entry.layer.kind, shape: found.dimensions,
        verdict: .unchecked)
      try conclude(
        &report, found: found, standard: Standard(visit.outputs[output], given: given),
        bound: { bounds[output] },
        boundWithJumps: boundWithJumps(
          of: visit, visit.parameters, outputs: visit.outputs, at: output),
        sensitivity: { sensitivities[output] }, spread: nil)
      return report
    }
  }

  /// The type that holds the inputs, which are rounded to float32, and the weights of a layer.
  func given(to node: LayerNode) -> DType {
    let isDouble = node.parameters.values.contains { double.model.tensors[$0]?.dtype == .float64 }
    return isDouble ? .float64 : .float32
  }
}
