@testable import ModelBuilder
import OrderedCollections
import ModelGraph
import Testing

/// The functional API.
@Suite struct BuilderTests {
  /// The example of the documentation, of a smaller size.
  private func tutorial() throws -> Model {
    let input = Input(shape: [8, 8, 4])
    let conv1 = Conv2D(4, kernelSize: (3, 3), padding: .same, activation: .relu)(input)
    let conv2 = Conv2D(4, kernelSize: (3, 3), padding: .same, activation: .relu)(conv1)
    let output = Add()(conv2, input)
    return try Model(inputs: input, outputs: output)
  }

  private func calls(_ model: Model) -> [String] {
    model.graph.calls.map { call in
      "\(call.name)(" + call.inputs.map(\.description).joined(separator: ", ") + ")"
    }
  }

  @Test func `a model is made of calls, named as Keras names them`() throws {
    let model = try tutorial()
    #expect(model.graph.name == "functional")
    #expect(Array(model.graph.layers.keys) == ["input_layer", "conv2d", "conv2d_1", "add"])
    #expect(
      calls(model) == [
        "input_layer()", "conv2d(input_layer:0:0)", "conv2d_1(conv2d:0:0)",
        "add(conv2d_1:0:0, input_layer:0:0)",
      ])
    #expect(
      Array(model.tensors.keys) == [
        "conv2d/kernel", "conv2d/bias", "conv2d_1/kernel", "conv2d_1/bias",
      ])
    #expect(model.weight("kernel", of: "conv2d_1")?.dimensions == [3, 3, 4, 4])
    #expect(model["conv2d_1"]?.kind == "Conv2D")
    #expect(model["conv2d_2"] == nil)
  }

  @Test func `a layer that is called twice has one set of weights`() throws {
    let shared = Dense(3, name: "shared")
    let (first, second) = (Input(shape: [5], name: "a"), Input(shape: [5], name: "b"))
    let model = try Model(
      inputs: [first, second], outputs: Subtract()(shared(first), shared(second)))
    #expect(
      Set(calls(model)) == [
        "a()", "b()", "shared(a:0:0)", "shared:1(b:0:0)", "subtract(shared:0:0, shared:1:0)",
      ])
    #expect(Array(model.tensors.keys) == ["shared/kernel", "shared/bias"])
  }

  // What Keras 2.15 and 3.15 list: a shared layer is as deep as its deepest call, and so is what
  // its other calls need.
  @Test(arguments: [
    (false, ["a", "b", "s", "c", "r1", "d", "r2", "add"]),
    (true, ["b", "c", "d", "a", "s", "r1", "r2", "add"]),
  ])
  func `layers stand in Keras's order where one is shared`(
    isReversed: Bool, names: [String]
  ) throws {
    let (first, second) = (Input(shape: [4], name: "a"), Input(shape: [4], name: "b"))
    let shared = Dense(4, name: "s")
    let long = ReLU(name: "r2")(ReLU(name: "r1")(shared(first)))
    let short = shared(ReLU(name: "d")(Dense(4, name: "c")(second)))
    let model = try Model(
      inputs: [first, second],
      outputs: Add(name: "add")(isReversed ? [short, long] : [long, short]))
    #expect(Array(model.graph.layers.keys) == names)
  }

  @Test func `two layers of equal settings have weights of their own`() throws {
    let input = Input(shape: [5])
    let model = try Model(inputs: input, outputs: Add()(Dense(5)(input), Dense(5)(input)))
    let kernels = try ["dense", "dense_1"].map {
      try #require(model.weight("kernel", of: $0)).bytes.withBytes { $0.byteCount }
    }
    #expect(kernels == [100, 100])
    let (first, second) = (
      try values(model, "kernel", of: "dense"), try values(model, "kernel", of: "dense_1")
    )
    #expect(first != second)
  }

  private func values(_ model: Model, _ role: String, of layer: String) throws -> [Float] {
    try #require(model.weight(role, of: layer)).array(Float.self).elements
  }

  @Test func `equal seeds make equal weights, others do not`() throws {
    func kernel(seed: UInt64) throws -> [Float] {
      let input = Input(shape: [5])
      let model = try Model(inputs: input, outputs: Dense(4, name: "d")(input), seed: seed)
      return try values(model, "kernel", of: "d")
    }
    #expect(try kernel(seed: 1) == kernel(seed: 1))
    #expect(try kernel(seed: 1) != kernel(seed: 2))
  }

  @Test func `weights begin as they are told`() throws {
    let input = Input(shape: [2])
    let dense = Dense(
      2, kernelInitializer: .constant(0.5), biasInitializer: .ones, name: "d")(input)
    let model = try Model(inputs: input, outputs: BatchNormalization(name: "bn")(dense))
    #expect(try values(model, "kernel", of: "d") == [0.5, 0.5, 0.5, 0.5])
    #expect(try values(model, "bias", of: "d") == [1, 1])
    #expect(try values(model, "gamma", of: "bn") == [1, 1])
    #expect(try values(model, "beta", of: "bn") == [0, 0])
    #expect(try values(model, "moving_mean", of: "bn") == [0, 0])
    #expect(try values(model, "moving_variance", of: "bn") == [1, 1])
  }

  @Test func `a model is a layer of another and brings its weights`() throws {
    let inside = Input(shape: [4], name: "inside")
    let encoder = try Model(
      inputs: inside, outputs: Dense(3, name: "code")(inside), name: "encoder", seed: 7)
    let input = Input(shape: [4], name: "x")
    let model = try Model(inputs: input, outputs: ReLU()(encoder(input)))
    #expect(Array(model.graph.layers.keys) == ["x", "encoder", "re_lu"])
    #expect(model["encoder/code"]?.kind == "Dense")
    #expect(
      try values(model, "kernel", of: "encoder/code") == values(encoder, "kernel", of: "code"))
    #expect(Array(model.tensors.keys) == ["encoder/code/kernel", "encoder/code/bias"])
  }

  @Test func `models without names of their own do not collide`() throws {
    func inner(_ units: Int) throws -> Model {
      let input = Input(shape: [4])
      return try Model(inputs: input, outputs: Dense(units)(input))
    }
    let input = Input(shape: [4])
    let model = try Model(inputs: input, outputs: try inner(3)(try inner(4)(input)))
    #expect(
      Array(model.graph.layers.keys).sorted() == ["functional", "functional_1", "input_layer"])
  }

  @Test func `layers in a row are a sequential model`() throws {
    let model = try Sequential([
      InputLayer(shape: [28, 28, 1]), Conv2D(8, kernelSize: (3, 3), activation: .relu),
      MaxPooling2D(), Flatten(), Dense(10, activation: .softmax),
    ])
    #expect(model.graph.form == .sequential)
    #expect(model.graph.name == "sequential")
    #expect(
      Array(model.graph.layers.keys)
        == ["input_layer", "conv2d", "max_pooling2d", "flatten", "dense"])
    #expect(model.weight("kernel", of: "dense")?.dimensions == [1352, 10])
  }

  @Test func `unknown sizes stay unknown`() throws {
    let input = Input(shape: [nil, nil, 3])
    let output = Conv2D(8, kernelSize: (3, 3), strides: (2, 2), padding: .same)(input)
    #expect(output.shape == [nil, nil, nil, 8])
    #expect(try Model(inputs: input, outputs: output).graph.inputShapes == [[nil, nil, nil, 3]])
  }

  @Test func `a part of a model ends at a layer, with the same names and weights`() throws {
    let model = try tutorial()
    let part = try model.upTo("conv2d_1")
    #expect(Array(part.graph.layers.keys) == ["input_layer", "conv2d", "conv2d_1"])
    #expect(part.graph.outputs == [TensorReference("conv2d_1")])
    #expect(
      try values(part, "kernel", of: "conv2d_1") == values(model, "kernel", of: "conv2d_1"))
  }

  @Test func `a part that ends at a layer of several outputs has all of them`() throws {
    let input = Input(shape: [6], name: "x")
    let parts = input.operation(
      "Split", settings: ["sections": .int(3), "axis": .int(-1)], named: "parts")
    let model = try Model(inputs: input, outputs: Add(name: "sum")(parts[0], parts[2]))
    #expect(
      try model.upTo("parts").graph.outputs == (0..<3).map { TensorReference("parts", index: $0) })
    let encoder = try Model(inputs: input, outputs: parts, name: "encoder")
    let outer = Input(shape: [6], name: "outer")
    let whole = try Model(inputs: outer, outputs: encoder.outputs(of: [outer])[1])
    #expect(
      try whole.upTo("encoder").graph.outputs
        == (0..<3).map { TensorReference("encoder", index: $0) })
  }

  @Test func `a layer that a part cannot end at is named, with the one that was perhaps meant`()
    throws
  {
    let model = try tutorial()
    #expect(throws: ModelError.unknownLayer("conv2b_1", nearest: "conv2d_1")) {
      try model.upTo("conv2b_1")
    }
    let typo = ModelError.unknownLayer("conv2b_1", nearest: "conv2d_1")
    #expect("\(typo)" == "there is no layer 'conv2b_1'; did you mean 'conv2d_1'?")
    #expect(throws: ModelError.unknownLayer("pool", nearest: nil)) { try model.upTo("pool") }
  }

  @Test func `a layer keeps its name in the models that are made of the same tensors`() throws {
    let input = Input(shape: [4])
    let (first, second) = (Dense(4)(input), Dense(4)(input))
    _ = try Model(inputs: input, outputs: Add()(first, second))
    let part = try Model(inputs: input, outputs: second)
    #expect(Array(part.graph.layers.keys) == ["input_layer", "dense_1"])
  }

  @Test func `an input that nothing needs belongs to the model`() throws {
    let (used, unused) = (Input(shape: [4], name: "used"), Input(shape: [2], name: "unused"))
    let model = try Model(inputs: [used, unused], outputs: ReLU(name: "r")(used))
    #expect(model.graph.inputs.map(\.layer) == ["used", "unused"])
    #expect(Set(model.graph.layers.keys) == ["used", "unused", "r"])
  }

  @Test func `frozen layers are not trainable`() throws {
    let input = Input(shape: [4])
    let model = try Model(inputs: input, outputs: Dense(2, name: "d").frozen()(input))
    #expect(model["d"]?.isTrainable == false)
  }

  @Test func `a model of 20,000 layers is built`() throws {
    let input = Input(shape: [1])
    let last = (0..<20_000).reduce(input) { tensor, _ in ReLU()(tensor) }
    let model = try Model(inputs: input, outputs: last)
    #expect(model.graph.layers.count == 20_001)
    #expect(model.graph.layers.keys.last == "re_lu_19999")
  }
}
