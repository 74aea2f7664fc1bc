import OrderedCollections
import ModelGraph
import TestSupport
import Testing

/// Where masks come from, what hands them on, and what they are to values.
@Suite struct MaskTests {
  /// Two tensors of one feature, with masks of three steps each.
  private static let inputs: OrderedDictionary<String, NDArray<Float>> = [
    "x": NDArray([2, 3, 1], [1, 2, 3, 4, 5, 6]), "y": NDArray([2, 3, 1], [7, -8, 9, 10, 11, -12]),
    "xMask": NDArray([2, 3], [1, 1, 0, 0, 0, 0]), "yMask": NDArray([2, 3], [1, 0, 0, 1, 0, 0]),
  ]

  /// A model in which `x` and `y` get masks by a layer that passes them on, and some layers more.
  private func model(
    _ layers: [(String, any Layer, OrderedDictionary<String, CallArgument>)], output: String,
    masksY: Bool = true
  ) throws -> Model {
    try Model(graph: graph(layers, output: output, masksY: masksY), tensors: [:])
  }

  private func graph(
    _ layers: [(String, any Layer, OrderedDictionary<String, CallArgument>)], output: String,
    masksY: Bool = true
  ) throws -> Graph {
    let feeds = Self.inputs.map { name, array in
      LayerNode(
        name: name,
        body: .layer(
          InputLayer(
            batchShape: Shape([nil] + array.dimensions.dropFirst().map { $0 }),
            dtype: name.hasSuffix("Mask") ? .bool : .float32)))
    }
    let names = Self.inputs.keys.map { TensorReference($0) }
    var passing: OrderedDictionary<String, OrderedDictionary<String, CallArgument>> = [
      "a": ["inputs": Self.tensor("x"), "mask": Self.tensor("xMask")],
      "b": ["inputs": Self.tensor("y")],
    ]
    if masksY { passing["b"]?["mask"] = Self.tensor("yMask") }
    return try Graph(
      name: "m", form: .functional,
      layers: feeds + passing.keys.map { LayerNode(name: $0, body: .layer(ReLU())) }
        + layers.map { LayerNode(name: $0.0, body: .layer($0.1)) },
      calls: names.map { Call($0.layer, inputs: []) }
        + passing.map { Call($0, arguments: $1) }
        + layers.map { Call($0.0, arguments: $0.2) },
      inputs: names, outputs: [TensorReference(output)])
  }

  private static func tensor(_ name: String) -> CallArgument { .tensor(TensorReference(name)) }

  private static let both = CallArgument.list([tensor("a"), tensor("b")])

  private func values(_ model: Model) throws -> [Float] {
    try ReferenceExecutor<Float>(model).run(Self.inputs)[0].elements
  }

  /// The mask that a layer hands on, of ones and zeros; `nil` where there is none.
  private func mask(
    _ layer: any Layer, _ arguments: OrderedDictionary<String, CallArgument>, masksY: Bool = true
  ) throws -> [Float]? {
    let model = try model([("layer", layer, arguments)], output: "layer", masksY: masksY)
    let resolution = try model.graph.resolved()
    let call = try #require(resolution.calls.last)
    guard let number = call.masks[0] else { return nil }
    var found: [Float]?
    _ = try ReferenceExecutor<Float>(model).run(Self.inputs) { visit in
      if visit.path == call.path.ofMask { found = visit.outputs[0].elements }
      return visit.outputs
    }
    if let found { return found }
    // One that is handed on is one of those that are fed.
    let place = try #require(resolution.inputs.firstIndex(of: number))
    return Self.inputs.values[place].elements
  }

  // MARK: - What goes on

  @Test func `a merge joins the masks of its inputs, by the rule of its version`() throws {
    let arguments: OrderedDictionary = ["inputs": Self.both]
    let all: Attributes = ["mask_rule": .string("all")]
    #expect(try mask(Add(), arguments) == [1, 1, 0, 1, 0, 0])
    #expect(try mask(Add(attributes: all), arguments) == [1, 0, 0, 0, 0, 0])
    #expect(try mask(Subtract(), arguments, masksY: false) == nil)
    #expect(try mask(Subtract(attributes: all), arguments, masksY: false) == [1, 1, 0, 0, 0, 0])
  }

  @Test func `masks are joined along features and laid end to end along steps`() throws {
    let arguments: OrderedDictionary = ["inputs": Self.both]
    let all: Attributes = ["mask_rule": .string("all")]
    #expect(try mask(Concatenate(), arguments) == [1, 1, 0, 1, 0, 0])
    #expect(try mask(Concatenate(attributes: all), arguments) == [1, 0, 0, 0, 0, 0])
    // What has no mask counts everywhere.
    #expect(try mask(Concatenate(), arguments, masksY: false) == [1, 1, 1, 1, 1, 1])
    #expect(try mask(Concatenate(attributes: all), arguments, masksY: false) == [1, 1, 0, 0, 0, 0])
    let expected: [Float] = [1, 1, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0]
    #expect(try mask(Concatenate(axis: 1), arguments) == expected)
    let oneMask: [Float] = [1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 1, 1]
    #expect(try mask(Concatenate(axis: 1), arguments, masksY: false) == oneMask)
  }

  @Test func `a mask that a call is given replaces the one that its input has`() throws {
    let x = Self.tensor("a")
    #expect(try mask(ReLU(), ["inputs": x]) == [1, 1, 0, 0, 0, 0])
    #expect(try mask(ReLU(), ["inputs": x, "mask": Self.tensor("yMask")]) == [1, 0, 0, 1, 0, 0])
    #expect(try mask(ReLU(), ["inputs": x, "mask": .none]) == nil)
  }

  @Test func `a layer hands its mask on, drops it, or does so since Keras 3`() throws {
    let x: OrderedDictionary = ["inputs": Self.tensor("a")]
    let kept: [any Layer] = [
      Activation(.tanh), ActivityRegularization(), AlphaDropout(0.5), BatchNormalization(),
      Dense(4), Dropout(0.5), ELU(), GaussianDropout(0.5), GaussianNoise(1), Identity(),
      LayerNormalization(), LeakyReLU(), Normalization(), PReLU(), ReLU(), Rescaling([2]),
      SpatialDropout1D(0.5),
    ]
    for layer in kept {
      #expect(try masks(behind: layer, x) == [true], "\(layer.kind)")
    }
    let dropped: [any Layer] = [
      Conv1D(2, kernelSize: 1), Flatten(), Permute([2, 1]), Reshape([3]), UpSampling1D(size: 2),
      MaxPooling1D(poolSize: 1), GlobalMaxPooling1D(), GlobalAveragePooling1D(), LayerScale(1),
    ]
    for layer in dropped {
      #expect(try masks(behind: layer, x) == [false], "\(layer.kind)")
    }
    let off: Attributes = ["passes_mask": .bool(false)]
    for layer: any Layer in [
      try Identity(attributes: off), try Normalization(attributes: off),
      try Rescaling(attributes: off.merging(["scale": .doubles([2])])),
    ] {
      #expect(try masks(behind: layer, x) == [false], "\(layer.kind)")
    }
  }

  /// Whether the outputs of a layer that is called on what has a mask have one.
  private func masks(
    behind layer: any Layer, _ arguments: OrderedDictionary<String, CallArgument>
  ) throws -> [Bool] {
    let whole = try model([], output: "a").graph
    let graph = try Graph(
      name: "m", form: .functional,
      layers: whole.layers.values + [LayerNode(name: "layer", body: .layer(layer))],
      calls: whole.calls + [Call("layer", arguments: arguments)], inputs: whole.inputs,
      outputs: [TensorReference("layer")])
    return try #require(try graph.resolved().calls.last).masks.map { $0 != nil }
  }

  @Test func `a constant has no mask`() throws {
    let arguments: OrderedDictionary = [
      "inputs": CallArgument.list([.setting(.double(2)), Self.tensor("a")])
    ]
    let all: Attributes = ["mask_rule": .string("all")]
    #expect(try mask(Add(), arguments) == nil)
    #expect(try mask(Add(attributes: all), arguments) == [1, 1, 0, 0, 0, 0])
    // A product with one: what is hidden leaves it as it is.
    let product = try model([("p", Multiply(), arguments)], output: "p")
    #expect(try values(product) == [2, 4, 2, 2, 2, 2])
  }

  // MARK: - Values

  @Test func `Masking finds the steps that count, and clears the others`() throws {
    let masking = Masking(maskValue: -1)
    let x = NDArray<Float>([1, 4, 2], [-1, -1, 0, -1, 0, 0, -1, .nan])
    let made = masking.forward([x], Parameters())[0]
    #expect(made.elements[..<7] == [0, 0, 0, -1, 0, 0, -1] && made.elements[7].isNaN)
    let definition = try Definition(for: [TensorType([nil, 4, 2])]) {
      (values: [Definition.Value], definition: inout Definition) throws(ModelError) in
      try masking.defineMasks(values, masks: [nil], in: &definition).compactMap(\.self)
    }
    #expect(definition.values([x], Parameters())[0].elements == [0, 1, 1, 1])
  }

  @Test func `a value to mask is the one of float32 in any precision`() throws {
    let rows = NDArray([1, 2, 1], [Double(Float(0.1)), 0.2])
    #expect(Masking(maskValue: 0.1).forward([rows], Parameters())[0].elements == [0, 0.2])
  }

  @Test func `the mean of a sequence is of the steps that count, and of none not a number`() throws
  {
    let mean = try model(
      [("m", GlobalAveragePooling1D(), ["inputs": Self.tensor("a")])], output: "m")
    let made = try values(mean)
    #expect(made[0] == 1.5 && made[1].isNaN)
    let without = try model(
      [("m", GlobalAveragePooling1D(), ["inputs": Self.tensor("a"), "mask": .none])], output: "m")
    #expect(try values(without) == [2, 5])
    let kept = GlobalAveragePooling1D(keepDimensions: true)
    let wide = try model([("m", kept, ["inputs": Self.tensor("b")])], output: "m")
    #expect(try values(wide) == [7, 10])
  }

  @Test(arguments: [
    (Softmax.HiddenElements.zero, [0, 0, 0] as [Float]), (.replace, [1.0 / 3, 1.0 / 3, 1.0 / 3]),
    // 10⁹ less, float32 has 64, 0 and 0 of them.
    (.add, [1, 0, 0]),
  ])
  func `a softmax leaves out what is hidden; where all is, versions differ`(
    masking: Softmax.HiddenElements, whole: [Float]
  ) throws {
    let layer = try Softmax(attributes: [
      "axis": .ints([-1]), "masking": .string(masking.rawValue),
    ])
    let definition = try Definition(for: [TensorType([2, 3]), TensorType([2, 3], .bool)]) {
      (values: [Definition.Value], definition: inout Definition) throws(ModelError) in
      try layer.define([values[0]], masks: [values[1]], in: &definition)
    }
    let x = NDArray<Float>([2, 3], [1, 2, 50, 40, 30, 3])
    let mask = NDArray<Float>([2, 3], [1, 1, 0, 0, 0, 0])
    let made = definition.values([x, mask], Parameters())[0].elements
    let first: [Float] = [0.26894142, 0.7310586, 0] + whole
    for (found, expected) in zip(made, first) { #expect(abs(found - expected) < 1e-6) }
  }

  @Test func `a product and an extreme leave out what is hidden`() throws {
    let both: OrderedDictionary = ["inputs": Self.both]
    func made(_ layer: any Layer, masksY: Bool = true) throws -> [Float] {
      try values(model([("m", layer, both)], output: "m", masksY: masksY))
    }
    // y is 7, 0, 9, 10, 11, 0 behind the rectifier.
    #expect(try made(Multiply()) == [7, 2, 0, 10, 0, 0])
    #expect(try made(Multiply(), masksY: false) == [7, 0, 9, 10, 11, 0])
    #expect(try made(Maximum()) == [7, 2, 3, 10, 5, 6])
    #expect(try made(Minimum(), masksY: false) == [1, 0, 9, 10, 11, 0])
    let all: Attributes = ["mask_rule": .string("all")]
    #expect(try made(Multiply(attributes: all)) == [7, 0, 27, 40, 55, 0])
    #expect(try made(Maximum(attributes: all)) == [7, 2, 9, 10, 11, 6])
    #expect(try made(Add()) == [8, 2, 12, 14, 16, 6])
  }

  // MARK: - What is refused

  @Test func `a mask that does not fit is refused`() throws {
    let long =
      "layer 's' (Softmax): inputs have shapes [None, 3, 1] and [None, 3]; "
      + "a mask must be as large as its input or have sizes of 1"
    #expect(
      refusal { try model([("s", Softmax(axis: [1]), ["inputs": Self.tensor("a")])], output: "s") }
        == long)
    #expect(
      refusal {
        try model(
          [
            ("g", GlobalAveragePooling1D(), ["inputs": Self.tensor("x"), "mask": Self.tensor("y")])
          ],
          output: "g")
      }
        == "layer 'g' (GlobalAveragePooling1D): is called with mask=a tensor of type float32; "
        + "expected truth values; cast it to bool")
  }

  @Test func `an index that a table does not have is an error`() throws {
    let table = Embedding(3, 2, masksZero: true)
    let graph = try Graph(
      name: "m", form: .functional,
      layers: [
        LayerNode(name: "x", body: .layer(InputLayer(batchShape: [nil, 2], dtype: .int32))),
        LayerNode(name: "e", body: .layer(table), parameters: ["embeddings": "w"]),
      ], calls: [Call("x", inputs: []), Call("e", inputs: [TensorReference("x")])],
      inputs: [TensorReference("x")], outputs: [TensorReference("e")])
    let model = try Model(
      graph: graph, tensors: ["w": Tensor(NDArray<Float>([3, 2], [0, 1, 10, 11, 20, 21]))])
    let executor = try ReferenceExecutor<Float>(model)
    #expect(
      try executor.run(["x": NDArray([1, 2], [2, 0])])[0].elements == [20, 21, 0, 1])
    for outside in [3, -1, .nan] as [Float] {
      #expect(
        refusal { try executor.run(["x": NDArray([1, 2], [0, outside])]) }
          == "layer 'e' (Embedding): is given the element \(outside); expected 0 to 2")
    }
  }

  /// Keras from 3.8 on takes the masks of what heads are called on away.
  @Test func `of two calls of which one takes a mask, the other's place has to be known`() throws {
    let heads = MultiHeadAttention(1, keyDimension: 2)
    let onItself: OrderedDictionary<String, CallArgument> = [
      "query": Self.tensor("a"), "value": Self.tensor("a"),
    ]
    let average = GlobalAveragePooling1D()
    let apart = try graph(
      [("heads", heads, onItself), ("average", average, ["inputs": Self.tensor("a")])],
      output: "average")
    #expect(
      refusal { try apart.resolved() }.contains("one of the two to need the other"))
    // Behind the heads the tensor has no mask any more.
    let behind = try graph(
      [
        ("heads", heads, onItself),
        ("sum", Add(), ["inputs": .list([Self.tensor("a"), Self.tensor("heads")])]),
      ], output: "sum")
    let calls = try behind.resolved().calls
    #expect(try #require(calls.last).operandMasks.map { $0 != nil } == [false, true])
  }

  @Test func `the order of many calls that take masks is found near them`() throws {
    var layers: [(String, any Layer, OrderedDictionary<String, CallArgument>)] = []
    var last = "a"
    for block in 0..<500 {
      layers.append(
        (
          "heads\(block)", MultiHeadAttention(1, keyDimension: 1),
          ["query": Self.tensor(last), "value": Self.tensor(last)]
        ))
      layers.append(
        (
          "sum\(block)", Add(),
          ["inputs": .list([Self.tensor(last), Self.tensor("heads\(block)")])]
        ))
      last = "sum\(block)"
    }
    let resolution = try graph(layers, output: last).resolved()
    #expect(resolution.calls.count > 1000)
  }
}
