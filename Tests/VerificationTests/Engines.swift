import OrderedCollections
import ModelGraph
import Synchronization

/// The reference engine in both precisions.
enum Reference {
  static let engines: [any Engine] = [ReferenceEngine(Float.self), ReferenceEngine(Double.self)]
}

/// The reference engine in float32, with a fault in the layers of one kind.
final class FaultyEngine: Engine {
  let name = "faulty"
  let dtype = DType.float32
  private let kind: String
  private let fault: @Sendable ([NDArray<Float>]) -> [NDArray<Float>]
  /// The calls of each model that was made ready, and the types of what it was fed.
  let log = Mutex<[(calls: [String], fed: [DType])]>([])

  init(_ kind: String, _ fault: @escaping @Sendable ([NDArray<Float>]) -> [NDArray<Float>]) {
    self.kind = kind
    self.fault = fault
  }

  /// Adds to one element of each output of a kind.
  convenience init(_ kind: String, adding offset: Float) {
    self.init(kind) { outputs in
      outputs.map { output in
        var output = output
        output.elements[5] += offset
        return output
      }
    }
  }

  func session(for model: Model) throws -> any Session {
    Run(engine: self, executor: try ReferenceExecutor<Float>(model))
  }

  private struct Run: Session {
    let engine: FaultyEngine
    let executor: ReferenceExecutor<Float>

    var outputNames: [String] { executor.model.graph.outputNames }

    func run(_ inputs: OrderedDictionary<String, Tensor>, taps: [String]) throws -> TappedRun {
      var calls: [String] = []
      var made = try executor.run(inputs.mapValues { try $0.array() }, taps: taps) { visit in
        calls.append(visit.path.description)
        let isFaulty = visit.node.kind == engine.kind
        let made = isFaulty ? engine.fault(visit.outputs) : visit.outputs
        // A fault of shape ends a run: nothing can be computed from it.
        return made.map(\.dimensions) == visit.outputs.map(\.dimensions) ? made : visit.outputs
      }
      if calls.count == 1, executor.model.graph.layers.values.last?.kind == engine.kind {
        made.outputs = engine.fault(try executor.run(inputs.mapValues { try $0.array() }))
      }
      engine.log.withLock { $0.append((calls, inputs.values.map(\.dtype))) }
      return TappedRun(
        outputs: made.outputs.map { Tensor($0) },
        taps: OrderedDictionary(uniqueKeysWithValues: zip(taps, made.taps.map { Tensor($0) })))
    }

    func profile(_: OrderedDictionary<String, Tensor>, runs: Int) throws -> RunProfile {
      RunProfile(steps: [], seconds: 0)
    }
  }
}
