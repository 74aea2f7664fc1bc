import OrderedCollections
import ModelGraph

/// A reproducible source of numbers.
struct Noise: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  /// SplitMix64.
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  mutating func tensor(_ dimensions: [Int], in range: ClosedRange<Float> = -1...1) -> Tensor {
    let count = dimensions.reduce(1, *)
    return Tensor(
      NDArray(dimensions, (0..<count).map { _ in Float.random(in: range, using: &self) }))
  }
}

/// A small residual block on 12 channels: `out = relu(norm(first(x)))·second + x`.
enum Block {
  static let channels = 12

  static func model(
    epsilon: Double = 1.001e-5, swapsWeights: Bool = false, computeType: DType = .float32
  ) throws -> Model {
    var noise = Noise(seed: 1)
    let size = channels
    let tensors: OrderedDictionary<String, Tensor> = [
      "first/kernel": noise.tensor([size, size]), "first/bias": noise.tensor([size]),
      "second/kernel": noise.tensor([size, size]), "second/bias": noise.tensor([size]),
      "norm/mean": noise.tensor([size]), "norm/variance": noise.tensor([size], in: 0.01...0.2),
    ]
    func node(
      _ name: String, _ layer: any Layer, weights: [String] = [], of source: String? = nil
    ) -> LayerNode {
      LayerNode(
        name: name, body: .layer(layer),
        parameters: OrderedDictionary(
          uniqueKeysWithValues: weights.map { ($0, "\(source ?? name)/\($0)") }),
        computeType: computeType)
    }
    let (one, two) = swapsWeights ? ("second", "first") : ("first", "second")
    let graph = try Graph(
      name: "block", form: .functional,
      layers: [
        node("input", InputLayer(batchShape: [nil, size])),
        node("first", Linear(size), weights: ["kernel", "bias"], of: one),
        node("norm", Standardization(epsilon: epsilon), weights: ["mean", "variance"]),
        node("relu", Rectifier()),
        node("second", Linear(size), weights: ["kernel", "bias"], of: two),
        node("add", Sum()),
      ],
      calls: [
        Call("input", inputs: []), Call("first", inputs: [TensorReference("input")]),
        Call("norm", inputs: [TensorReference("first")]),
        Call("relu", inputs: [TensorReference("norm")]),
        Call("second", inputs: [TensorReference("relu")]),
        Call("add", inputs: [TensorReference("second"), TensorReference("input")]),
      ], inputs: [TensorReference("input")], outputs: [TensorReference("add")])
    return try Model(graph: graph, tensors: tensors)
  }

  static func input(rows: Int = 3) -> Tensor {
    var noise = Noise(seed: 2)
    return noise.tensor([rows, channels])
  }
}

extension Golden {
  /// What a model computes in float32 in every call.
  static func recorded(
    from model: Model, inputs: OrderedDictionary<String, Tensor>, name: String = "random"
  ) throws -> Golden {
    var calls: OrderedDictionary<String, Tensor> = [:]
    let executor = try ReferenceExecutor<Float>(model)
    let outputs = try executor.run(inputs.mapValues { try $0.array() }) { visit in
      for (index, output) in visit.outputs.enumerated() {
        let suffix = index == 0 ? "" : ":0:\(index)"
        calls[visit.path.description + suffix] = Tensor(output)
      }
      return visit.outputs
    }
    let names = model.graph.outputs.map { $0.node == 0 ? $0.layer : "\($0.layer):\($0.node)" }
    return Golden(
      producer: "test", producerVersion: "1",
      cases: [
        GoldenCase(
          name: name, inputs: inputs,
          outputs: OrderedDictionary(uniqueKeysWithValues: zip(names, outputs.map { Tensor($0) })),
          calls: calls)
      ])
  }

  /// What the block computes.
  static func block(rows: Int = 3) throws -> Golden {
    try recorded(from: Block.model(), inputs: ["input": Block.input(rows: rows)])
  }
}

extension Tensor {
  /// This tensor with its elements changed.
  func changed(_ change: (inout [Float]) -> Void) throws -> Tensor {
    var array = try array(Float.self)
    change(&array.elements)
    return Tensor(array)
  }
}
