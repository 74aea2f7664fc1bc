internal import OrderedCollections
public import ModelGraph

extension Verifier {
  /// Holds two models against each other: which layers they have and how these are connected,
  /// every attribute, every weight, and what each call makes of the same random inputs.
  ///
  /// Names do not count: layers that are called otherwise are matched by their place in the graph.
  /// Weights and results must be equal; where ``Options`` state a tolerance, they may be that far
  /// apart. What a source file says besides, such as its optimizer's state, is not compared.
  ///
  /// - Parameters:
  ///   - batchSize: The size of the first axis of the inputs, where the models do not state it.
  ///   - size: Every other size that the models do not state.
  ///   - seed: What the random inputs begin with.
  ///   - progress: Is told of every layer whose weights, and of every call whose results, were
  ///     compared.
  /// - Throws: ``VerificationError`` where an input has a size that is not known; what reading
  ///   weights throws. That a model cannot be run is no error, but makes
  ///   ``ComparisonReport/verdict`` at most ``VerificationReport/Verdict/couldNotTell``.
  public func compare(
    _ first: Model, with second: Model, batchSize: Int = 2, size: Int? = nil, seed: UInt64 = 0,
    progress: (Progress) -> Void = { _ in }
  ) throws -> ComparisonReport {
    let (left, right) = (try ComparedModel(first), try ComparedModel(second))
    let matching = try LayerMatching(left, right)
    let calls = matching.callPairs()
    let graphs = GraphComparison(left, right, matching, calls: calls)
    let comparison = RunComparison(
      first: left, second: right, inputPairs: matching.inputs, callPairs: calls, engine: engine,
      tolerance: options.statedTolerance, operationLimit: options.operationLimit)
    let inputs = try comparison.sampleInputs(batchSize: batchSize, size: size, seed: seed)
    let weights = try WeightPairs(
      left, right, layers: matching.pairs, tolerance: options.statedTolerance
    ) { layer, done in
      progress(
        Progress(
          caseName: "weights", call: layer, completed: done, total: matching.pairs.count))
    }
    let run = try comparison.run(on: inputs) { call, done in
      progress(Progress(caseName: "run", call: call, completed: done, total: calls.count))
    }
    return ComparisonReport(
      first: .init(left), second: .init(right), engine: engine.name,
      isToleranceStated: options.statedTolerance != nil, structure: graphs.structure,
      settings: graphs.settings, weights: weights.weights, run: run)
  }
}

extension ComparisonReport.Subject {
  fileprivate init(_ compared: ComparedModel) {
    let layers = compared.model.graph.allLayers
    self.init(
      name: compared.model.graph.name, layerCount: layers.count,
      callCount: compared.calls.count,
      weightCount: layers.reduce(0) { $0 + $1.layer.parameters.count })
  }
}
