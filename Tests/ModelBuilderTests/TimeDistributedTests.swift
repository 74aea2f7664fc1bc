import ModelBuilder
import ModelGraph
import OrderedCollections
import TestSupport
import Testing

/// Models that are applied to each step of a sequence.
@Suite struct TimeDistributedTests {
  /// A model of `(batch, 3)` that makes `(batch, 2)`.
  private func encoder() throws -> Model {
    let x = Input(shape: [3], name: "x")
    let hidden = Dense(4, activation: .tanh, name: "hidden")(x)
    return try Model(inputs: x, outputs: Dense(2, name: "out")(hidden), name: "encoder", seed: 3)
  }

  private func run(_ model: Model, _ input: NDArray<Double>) throws -> NDArray<Double> {
    try ReferenceExecutor<Double>(model).run([model.graph.inputNames[0]: input])[0]
  }

  @Test func `each step is what the model makes of it, with the same weights`() throws {
    let encoder = try encoder()
    let steps = Input(shape: [nil, 3], name: "steps")
    let every = try encoder.timeDistributed(name: "every")
    let model = try Model(inputs: steps, outputs: every(steps))
    #expect(
      model.graph.layers["every"]?.kind == "TimeDistributed"
        && Array(model.tensors.keys).first == "every/encoder/hidden/kernel")
    let values = (0..<12).map { Double($0) / 7 - 0.8 }
    let made = try run(model, NDArray([2, 2, 3], values))
    #expect(made.dimensions == [2, 2, 2])
    #expect(made.elements == (try run(encoder, NDArray([4, 3], values))).elements)
    #expect(made.elements[0] != made.elements[2])
  }

  @Test func `it is called as a layer, and named as one`() throws {
    let steps = Input(shape: [5, 3], name: "steps")
    let every = try encoder().timeDistributed()
    let model = try Model(inputs: steps, outputs: [every(steps), every(steps * 2)])
    #expect(model.graph.layers["time_distributed"] != nil)
    #expect(model.tensors.count == 4)
    #expect(
      try model.graph.outputShapes(for: model.graph.inputShapes) == [
        Shape([nil, 5, 2]), Shape([nil, 5, 2]),
      ])
  }

  @Test func `steps may have steps`() throws {
    let encoder = try encoder()
    let all = try encoder.timeDistributed(name: "steps").timeDistributed(name: "all")
    let x = Input(shape: [2, nil, 3], name: "x")
    let model = try Model(inputs: x, outputs: all(x))
    let values = (0..<12).map { Double($0) / 7 - 0.8 }
    let made = try run(model, NDArray([1, 2, 2, 3], values))
    #expect(made.dimensions == [1, 2, 2, 2])
    #expect(made.elements == (try run(encoder, NDArray([4, 3], values))).elements)
  }

  @Test func `a model of several tensors is refused by name`() throws {
    let x = Input(shape: [3], name: "x")
    let both = try Model(inputs: x, outputs: [Dense(2)(x), Dense(2)(x)], name: "both")
    #expect(
      refusal { try both.timeDistributed(name: "every") }
        == "'every' is TimeDistributed of the model 'both', which has 1 input and 2 outputs; expected 1 of "
        + "each: join what goes in along one axis and take it apart in the model, and make a model of its "
        + "own for each output")
  }

  @Test func `what only looks like one is refused`() throws {
    let graph = try encoder().timeDistributed(name: "every").graph
    func changed(
      _ layers: [LayerNode]? = nil, _ calls: [Call]? = nil, outputs: [TensorReference]? = nil
    ) throws(ModelError) -> Graph {
      try Graph(
        name: "every", form: .timeDistributed, layers: layers ?? Array(graph.layers.values),
        calls: calls ?? graph.calls, inputs: graph.inputs, outputs: outputs ?? graph.outputs)
    }
    #expect(try changed().distributedModel?.name == "encoder")
    var calls = graph.calls
    calls[3] = Call(
      calls[3].layer, inputs: [TensorReference("encoder"), TensorReference("encoder_joined")])
    #expect(throws: ModelError.timeDistributed("every")) { try changed(nil, calls) }
    #expect(throws: ModelError.timeDistributed("every")) {
      try changed(outputs: [TensorReference("encoder")])
    }
    let extra = LayerNode(name: "extra", body: .layer(Identity()))
    #expect(throws: ModelError.timeDistributed("every")) {
      try changed(graph.layers.values + [extra])
    }
    var layers = Array(graph.layers.values)
    layers[2] = LayerNode(name: "encoder", body: .layer(Dense(2)))
    #expect(throws: ModelError.timeDistributed("every")) { try changed(layers) }
  }

  @Test(arguments: [
    (DType.int32, DType.float32, false), (.float16, .float32, false), (.int64, .int32, true),
    (.int32, .int64, false), (.float32, .float16, true), (.float32, .int32, false),
  ])
  func `a nested model is not fed what would have to be cast`(
    declared: DType, fed: DType, isTaken: Bool
  ) throws {
    let inside = Input(shape: [5, 3], dtype: declared, name: "inside")
    let inner = try Model(inputs: inside, outputs: Flatten()(inside), name: "inner")
    let outside = Input(shape: [5, 3], dtype: fed, name: "outside")
    let steps = Input(shape: [2, 5, 3], dtype: fed, name: "steps")
    let every = try? inner.timeDistributed(name: "every")
    #expect(((try? Model(inputs: outside, outputs: inner(outside))) != nil) == isTaken)
    #expect((every.flatMap { try? Model(inputs: steps, outputs: $0(steps)) } != nil) == isTaken)
  }
}
