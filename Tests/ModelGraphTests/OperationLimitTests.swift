import ModelBuilder
import ModelGraph
import OrderedCollections
import Testing

@testable import ModelLayers

@Suite struct OperationLimitTests {
  /// A small dense layer, then one that has nearly all operations: 2·3·64·5 of them, and its share.
  private func model() throws -> Model {
    let input = Input(shape: [3], name: "x")
    let wide = Dense(64, name: "wide")(input)
    return try Model(inputs: input, outputs: Dense(5, name: "last")(wide), seed: 1)
  }

  private let inputs: OrderedDictionary = ["x": Tensor(NDArray<Float>(repeating: 1, [3, 3]))]

  /// What all calls come to.
  private func work() throws -> Int {
    try model().graph.resolved(for: [[3, 3]]).calls.reduce(0) {
      $0 + (try $1.definition?.work() ?? 0)
    }
  }

  @Test func `a run of as many operations as the limit is made, and of one more is refused`() throws
  {
    let work = try work()
    #expect(work > 2 * 3 * 64 * 5)
    let engine = ReferenceEngine(Float.self, operationLimit: work)
    #expect(try engine.session(for: model()).run(inputs).count == 1)
    let refusal = ModelError.operationCount(work, limit: work - 1, layer: "last", kind: "Dense")
    #expect(throws: refusal) {
      try ReferenceEngine(Float.self, operationLimit: work - 1).session(for: model()).run(inputs)
    }
    #expect(throws: refusal) {
      try ReferenceExecutor<Double>(model(), operationLimit: work - 1)
        .run(inputs.mapValues { try $0.array() })
    }
    #expect(
      refusal.description
        == "one run has \(work) operations, most of them in layer 'last' (Dense); the limit is "
        + "\(work - 1)")
  }

  @Test func `nothing is computed before a run is refused`() throws {
    let executor = try ReferenceExecutor<Float>(model(), operationLimit: 1)
    #expect(throws: ModelError.self) {
      try executor.run(inputs.mapValues { try $0.array() }) { visit in
        Issue.record("\(visit.path) is run")
        return visit.outputs
      }
    }
  }

  @Test func `a large batch of the largest network is within the limit`() throws {
    // ConvNeXtXLarge on 224 × 224 pixels has 60.98 billion products an image.
    #expect(32 * 2 * 60_980_000_000 < RunLimit.operationCount / 4)
  }

  @Test func `windows as large as a large image are beyond the limit, by each engine's count`()
    throws
  {
    let input = Input(shape: [2048, 2048, 8], name: "x")
    let pool = AveragePooling2D(
      poolSize: (2048, 2048), strides: (1, 1), padding: .same, name: "pool")
    let graph = try Model(inputs: input, outputs: pool(input)).graph
    #expect(
      throws: ModelError.operationCount(
        1 << 47 + 1 << 25 + 1 << 10, limit: RunLimit.operationCount, layer: "pool",
        kind: "AveragePooling2D")
    ) {
      try graph.resolved(for: [[1, 2048, 2048, 8]]).check(operationLimit: RunLimit.operationCount)
    }
  }
}
