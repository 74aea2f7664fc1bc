import ModelPresentation
import ModelGraph

/// A graph that grows layer by layer.
struct Network {
  private(set) var layers: [LayerNode] = []
  private(set) var calls: [Call] = []
  private var inputs: [TensorReference] = []

  mutating func input(_ name: String, _ shape: Shape = [nil, 8, 8, 4]) -> TensorReference {
    inputs.append(add(name, .layer(InputLayer(batchShape: shape)), []))
    return TensorReference(name)
  }

  @discardableResult
  mutating func add(
    _ name: String, _ body: LayerNode.Body, _ inputs: [TensorReference]
  ) -> TensorReference {
    layers.append(LayerNode(name: name, body: body))
    calls.append(Call(name, inputs: inputs))
    return TensorReference(name)
  }

  mutating func add(
    _ name: String, _ layer: any Layer, _ inputs: TensorReference...
  ) -> TensorReference {
    add(name, .layer(layer), inputs)
  }

  mutating func convolution(
    _ name: String, _ input: TensorReference, filters: Int = 4
  ) throws -> TensorReference {
    let layer = try Conv2D(attributes: [
      "filters": .int(filters), "kernel_size": .ints([3, 3]), "padding": .string("same"),
    ])
    return add(name, layer, input)
  }

  /// Two convolutions with a shortcut around them, and a ReLU behind.
  mutating func block(
    _ name: String, _ input: TensorReference, filters: Int = 4, isProjected: Bool = false
  ) throws -> TensorReference {
    let first = try convolution("\(name)_1", input, filters: filters)
    let second = try convolution("\(name)_2", first, filters: filters)
    let shortcut = isProjected ? try convolution("\(name)_0", input, filters: filters) : input
    let sum = add("\(name)_add", try Add(attributes: [:]), shortcut, second)
    return add("\(name)_relu", try ReLU(attributes: [:]), sum)
  }

  /// Calls a layer that is there.
  mutating func call(_ name: String, node: Int, _ input: TensorReference) -> TensorReference {
    calls.append(Call(name, node: node, inputs: [input]))
    return TensorReference(name, node: node)
  }

  func graph(_ name: String = "model", outputs: TensorReference...) throws -> Graph {
    try Graph(
      name: name, form: .functional, layers: layers, calls: calls, inputs: inputs,
      outputs: outputs)
  }

  /// A residual network: a projection block and then identity blocks, stage by stage.
  static func residual(_ stages: [Int]) throws -> Graph {
    var network = Network()
    var x = network.input("image")
    for (stage, count) in stages.enumerated() {
      for block in 0..<count {
        x = try network.block(
          "s\(stage)b\(block)", x, filters: 8 << stage, isProjected: block == 0)
      }
    }
    return try network.graph(outputs: x)
  }

  /// A network of sums whose inputs a generator chooses among all calls before.
  static func random(_ generator: inout some RandomNumberGenerator, count: Int) throws -> Graph {
    var network = Network()
    var made = [network.input("x0", [nil, 4])]
    if Bool.random(using: &generator) { made.append(network.input("x1", [nil, 4])) }
    for index in 0..<count {
      let name = "n\(index)"
      let isNear = Int.random(in: 0..<4, using: &generator) > 0
      let inputs = (0..<Int.random(in: 1...3, using: &generator)).map { _ in
        made[Int.random(in: (isNear ? max(0, made.count - 4) : 0)..<made.count, using: &generator)]
      }
      let body: LayerNode.Body =
        inputs.count == 1 ? .layer(Identity()) : .layer(try Add(attributes: [:]))
      made.append(network.add(name, body, inputs))
    }
    return try network.graph(outputs: made[made.count - 1])
  }
}

/// A generator of the same numbers every time (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
