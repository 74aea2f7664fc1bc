import OrderedCollections
import ModelGraph
import Testing

@testable import Verification

/// Masks in goldens: each is held against what the model makes.
@Suite struct RecordedMaskTests {
  /// `masking → relu → average`, and what of it two inputs leave out.
  private static func model() throws -> Model {
    let layers: [(String, any Layer)] = [
      ("x", InputLayer(batchShape: [nil, 3, 2])), ("masking", Masking()), ("relu", ReLU()),
      ("average", GlobalAveragePooling1D()),
    ]
    let graph = try Graph(
      name: "m", form: .functional,
      layers: layers.map { LayerNode(name: $0, body: .layer($1)) },
      calls: [Call("x", inputs: [])]
        + zip(layers, layers.dropFirst()).map {
          Call($1.0, inputs: [TensorReference($0.0)])
        }, inputs: [TensorReference("x")], outputs: [TensorReference("average")])
    return try Model(graph: graph, tensors: [:])
  }

  private static func golden() throws -> Golden {
    let inputs: OrderedDictionary = [
      "x": Tensor(NDArray<Float>([2, 3, 2], [1, 2, 0, 0, 3, -4, 5, 6, 7, 8, 0, 0]))
    ]
    var calls: OrderedDictionary<String, Tensor> = [:]
    let made = try GoldenRecorder(model()).record(inputs) { calls[$0] = $1 }
    return Golden(
      producer: "test", producerVersion: "1",
      cases: [
        GoldenCase(
          name: "padded", inputs: inputs, outputs: made.outputs, calls: calls, masks: made.masks)
      ])
  }

  private static func conclusion(_ change: (inout GoldenCase) throws -> Void) throws -> String {
    var golden = try golden()
    try change(&golden.cases[0])
    return try Verifier(engine: ReferenceEngine(Float.self))
      .verify(model(), against: golden).lines.map(\.text)
      .last { $0.contains(": ") && !$0.hasPrefix(" ") } ?? ""
  }

  private static func truths(_ values: [UInt8]) throws -> Tensor {
    try Tensor(dtype: .bool, dimensions: [2, 3], bytes: OwnedBytes(values))
  }

  @Test func `the masks of what calls make are recorded by the names of these`() throws {
    let masks = try Self.golden().cases[0].masks
    #expect(Array(masks.keys) == ["masking", "relu"])
    for mask in masks.values {
      #expect(mask.dtype == .bool)
      #expect(try mask.array(Float.self) == NDArray([2, 3], [1, 0, 1, 1, 1, 0]))
    }
  }

  @Test func `a golden agrees with its masks and without them`() throws {
    let agreement = "agrees: what was compared differs by no more than rounding"
    #expect(try Self.conclusion { _ in } == agreement)
    #expect(try Self.conclusion { $0.masks = [:] } == agreement)
  }

  @Test func `a mask that is another one is found where it is made`() throws {
    let found = try Self.conclusion { one in
      for name in one.masks.keys { one.masks[name] = try Self.truths([1, 0, 1, 0, 1, 0]) }
    }
    #expect(
      found.hasPrefix(
        "differs: case 'padded', call 'masking:mask' (Masking) is the first to diverge: "
          + "at [1, 0] the golden has 0.0, the model 1.0"), "\(found)")
  }

  @Test func `a mask that goes on as another one is found`() throws {
    let found = try Self.conclusion { $0.masks["relu"] = try Self.truths([1, 0, 1, 0, 1, 0]) }
    #expect(found.hasPrefix("differs: case 'padded', call 'relu:mask'"), "\(found)")
  }

  @Test func `a mask that the golden has not is unchecked, one that the model has not is told of`()
    throws
  {
    var golden = try Self.golden()
    golden.cases[0].masks["relu"] = nil
    let report = try Verifier(engine: ReferenceEngine(Float.self))
      .verify(Self.model(), against: golden)
    let unchecked = report.cases[0].calls.filter { $0.verdict == .unchecked }
    #expect(unchecked.map(\.path) == ["relu:mask"] && unchecked[0].reason == .missing)
    #expect(
      try Self.conclusion { $0.masks["average"] = try Self.truths([1, 0, 1, 1, 1, 0]) }
        == "could not tell: the model has no tensors for 'masks/average' of the golden")
  }
}
