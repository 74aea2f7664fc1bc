import Residual

/// An engine of another's: it lets the reference run what it has looked at.
struct OwnEngine: Engine {
  var name: String { "own" }
  var dtype: DType { .float32 }

  func session(for model: Model) throws -> any Session {
    OwnSession(graph: model.graph, runner: try ReferenceEngine(Float.self).session(for: model))
  }
}

private struct OwnSession: Session {
  let graph: Graph
  let runner: any Session

  var outputNames: [String] { graph.outputNames }

  func run(_ inputs: OrderedDictionary<String, Tensor>, taps: [String]) throws -> TappedRun {
    let fed = try graph.fed(inputs)
    return try runner.run(
      OrderedDictionary(uniqueKeysWithValues: zip(graph.inputNames, fed)), taps: taps)
  }

  func profile(_ inputs: OrderedDictionary<String, Tensor>, runs: Int) throws -> RunProfile {
    try runner.profile(inputs, runs: runs)
  }
}
