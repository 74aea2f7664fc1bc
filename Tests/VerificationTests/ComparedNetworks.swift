import ModelBuilder
import OrderedCollections
import ModelGraph

/// Small networks, to be held against each other.
enum Network {
  /// `sum = second(act(norm(first(image)))) + shortcut(image)`, on pixels of 3 channels.
  static func model(
    prefix: String = "", epsilon: Double = 1e-3, axis: Int = -1, channels: Int = 4,
    usesBias: Bool = true, size: Int = 6,
    activation: ((String) -> any Layer)? = { ReLU(name: $0) }, shortcut: String = "image"
  ) throws -> Model {
    let image = Input(shape: [size, size, 3], name: "image")
    let first = Conv2D(
      channels, kernelSize: (3, 3), padding: .same, kernelInitializer: .glorotUniform(seed: 1),
      name: prefix + "first")(image)
    let norm = BatchNormalization(axis: axis, epsilon: epsilon, name: prefix + "norm")(first)
    var act = norm
    if let activation {
      let layer = activation(prefix + "act")
      act = layer.callAsFunction([norm])
    }
    let second = Conv2D(
      4, kernelSize: (3, 3), padding: .same, kernelInitializer: .glorotUniform(seed: 2),
      name: prefix + "second")(act)
    let sides = ["image": image, "first": first]
    let side = Conv2D(
      4, kernelSize: (1, 1), useBias: usesBias, kernelInitializer: .glorotUniform(seed: 3),
      name: prefix + "shortcut")(
        sides[shortcut] ?? image)
    return try Model(inputs: image, outputs: Add(name: prefix + "sum")(second, side), seed: 1)
  }

  /// Six convolutions one after the other, named as Keras counts them.
  static func chain(
    from start: Int, seed: UInt64 = 1, activationAfter: Int? = nil
  ) throws -> Model {
    let image = Input(shape: [4, 4, 2], name: "image")
    var tensor = image
    for index in 0..<6 {
      let name = counted(start + index)
      tensor = Conv2D(
        2, kernelSize: (1, 1), kernelInitializer: .glorotUniform(seed: 10 * seed + UInt64(index)),
        name: name)(tensor)
      if index == activationAfter { tensor = ReLU()(tensor) }
    }
    return try Model(inputs: image, outputs: tensor)
  }

  static func counted(_ index: Int) -> String { index == 0 ? "conv2d" : "conv2d_\(index)" }

  /// Two branches that are alike, and their sum.
  static func twins(names: [String], seed: UInt64 = 1) throws -> Model {
    let image = Input(shape: [5], name: "image")
    let branches = names.enumerated().map { index, name in
      Dense(3, kernelInitializer: .glorotUniform(seed: seed + UInt64(index)), name: name)(image)
    }
    let head = Dense(2, name: "head")(Add(name: "sum")(branches))
    return try Model(inputs: image, outputs: head, seed: 1)
  }

  /// A network that is a layer of another.
  static func nested(name: String) throws -> Model {
    let inside = Input(shape: [4], name: "inside")
    let encoder = try Model(inputs: inside, outputs: body(inside), name: name, seed: 1)
    let image = Input(shape: [4], name: "image")
    return try Model(inputs: image, outputs: Dense(2, name: "head")(encoder(image)), seed: 1)
  }

  /// The same network without the nesting.
  static func flat() throws -> Model {
    let image = Input(shape: [4], name: "image")
    return try Model(inputs: image, outputs: Dense(2, name: "head")(body(image)), seed: 1)
  }

  private static func body(_ tensor: SymbolicTensor) -> SymbolicTensor {
    ReLU(name: "act")(Dense(3, kernelInitializer: .glorotUniform(seed: 1), name: "first")(tensor))
  }

  /// One layer, called so many times in a row, and another.
  static func shared(name: String, count: Int) throws -> Model {
    let image = Input(shape: [4], name: "image")
    let layer = Dense(4, kernelInitializer: .glorotUniform(seed: 1), name: name)
    let last = (0..<count).reduce(image) { tensor, _ in layer(tensor) }
    return try Model(inputs: image, outputs: ReLU(name: "act")(last), seed: 1)
  }

  /// The difference of two inputs.
  static func twoInputs(names: [String]) throws -> Model {
    let inputs = names.map { Input(shape: [4], name: $0) }
    return try Model(
      inputs: inputs, outputs: Subtract(name: "difference")(inputs[0], inputs[1]))
  }
}

extension Model {
  /// The same model with one weight changed.
  func editing(_ name: String, _ change: (inout [Float]) -> Void) throws -> Model {
    var tensors = tensors
    tensors[name] = try tensors[name]?.changed(change)
    return try Model(graph: graph, tensors: tensors)
  }

  /// The same model with two weights exchanged.
  func exchanging(_ first: String, _ second: String) throws -> Model {
    var exchanged = tensors
    (exchanged[first], exchanged[second]) = (tensors[second], tensors[first])
    return try Model(graph: graph, tensors: exchanged)
  }

  /// The same model with its weights rounded to float16.
  func storedAsFloat16() throws -> Model {
    let rounded = try tensors.mapValues { tensor in
      let elements = try tensor.array(Float.self).elements
      let bytes = elements.flatMap { element in
        let pattern = Float16(element).bitPattern
        return [UInt8(truncatingIfNeeded: pattern), UInt8(truncatingIfNeeded: pattern >> 8)]
      }
      return try Tensor(dtype: .float16, dimensions: tensor.dimensions, bytes: OwnedBytes(bytes))
    }
    return try Model(graph: graph, tensors: rounded)
  }
}

extension Block {
  /// The block with a layer behind it that cannot be run.
  static func withUnknownLayer(configuration: String = "{\"name\": \"code\"}") throws -> Model {
    let model = try model()
    let code = UnsupportedLayer(
      path: "code", kind: "Lambda", reason: "stores Python code", configuration: configuration)
    let graph = try Graph(
      name: "block", form: .functional,
      layers: Array(model.graph.layers.values) + [
        LayerNode(name: "code", body: .unsupported(code))
      ],
      calls: model.graph.calls + [Call("code", inputs: model.graph.outputs)],
      inputs: model.graph.inputs, outputs: [TensorReference("code")])
    return try Model(graph: graph, tensors: model.tensors)
  }
}
