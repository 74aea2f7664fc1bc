import OrderedCollections
import ModelGraph
import TestSupport
import Testing

@testable import KerasFormat

/// The Keras files that are composed for models that did not come from one.
@Suite struct SynthesisTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  /// Writes a model without its source, and reads the file.
  private func written(_ model: Model, for line: KerasLine? = nil) throws -> Model {
    let bare = try Model(graph: model.graph, tensors: model.tensors)
    try KerasWriter().write(bare, for: line, to: folder.file("composed.h5"))
    return try KerasReader().read(path: folder.file("composed.h5")).model
  }

  /// What is said of a model that cannot be written.
  private func refusal(_ model: Model) -> String {
    do {
      _ = try written(model)
      return "no error"
    } catch {
      return "\(error)"
    }
  }

  // MARK: - Fixtures

  /// The fixtures that no Keras file is composed of, and what is said of them.
  private static let refused = [
    "attention_takes_masks/keras2.h5": "layer 'heads' (MultiHeadAttention): " + masks,
    "category_encoding/keras2.h5": "layer 'multi_hot' (CategoryEncoding): cannot be written to a "
      + "Keras file: Keras 3 passes over tokens that have no place",
    "mask_argument/keras2.h5": "layer 'average_none' (GlobalAveragePooling1D): "
      + "cannot be written to a Keras file: only Keras 2 takes None for no mask",
    "mask_replaced/keras2.h5": "layer 'inner/inner_add' (Add): " + masks,
    "masking_dropped/keras2.h5": "layer 'rescaling' (Rescaling): " + masks,
    "masking_softmax/keras2.h5": "layer 'implicit' (Softmax): " + masks,
    "multi_head_attention_masks/keras2.h5": "layer 'handed_on' (MultiHeadAttention): " + masks,
    "recurrent_masks/keras2.h5": "layer 'from_state' (GRU): " + masks,
    "old/keras224_cudnn.h5": "layer 'lstm' (CuDNNLSTM): cannot be written to a Keras file: only "
      + "Keras 2 has it",
    "bfloat16/keras2.h5": "layer 'conv' (Conv2D): " + bfloat16,
    "bfloat16/keras3.h5": "layer 'conv' (Conv2D): " + bfloat16,
    "merge_constant/keras2.h5": "layer 'multiply' (Multiply): cannot be written to a Keras file: "
      + "Keras 3 calls no layer on a list that begins with a constant",
    "ops_arithmetic/keras2.h5": absent("tf.math.add_n", "AddN"),
    "ops_constants/keras2.h5": absent("tf.math.reduce_mean_1", "IntegerMean"),
    "ops_contractions/keras2.h5": absent("tf.compat.v1.norm", "EuclideanNorm"),
    "ops_graph_nodes/keras2.h5": unset("tf_op_layer_MatMul", "Matmul", "transpose_b"),
    "ops_integer_functions/keras2.h5": absent("tf.math.reduce_sum", "IntegerSum"),
    "ops_integers/keras2.h5": absent("tf.math.reduce_mean", "IntegerMean"),
    "ops_normalizing/keras2.h5": absent("tf.math.squared_difference", "SquaredDifference"),
    "ops_numpy/keras2.h5": unset("tf.math.cumsum", "Cumsum", "exclusive"),
    "ops_positions/keras2.h5": unset("tf.compat.v1.gather", "Take", "batch_dims"),
    "ops_products/keras2.h5": unset("tf.linalg.matmul_2", "Matmul", "transpose_b"),
    "ops_reductions/keras2.h5": absent("tf.compat.v1.norm", "EuclideanNorm"),
    "ops_repeat/keras2.h5": absent("tf.linalg.band_part", "BandPart"),
    "ops_resize/keras2.h5":
      unset("tf.compat.v1.image.resize_bilinear", "Resize", "align_corners"),
    "ops_resize_filters/keras2.h5":
      unset("tf.compat.v1.image.resize_nearest_neighbor", "Resize", "align_corners"),
    "ops_search/keras2.h5": unset("tf.math.cumsum_2", "Cumsum", "reverse"),
    "ops_shape/keras2.h5": absent("tf.compat.v1.shape", "Shape"),
    "ops_softmax/keras2.h5": absent("tf.math.squared_difference", "SquaredDifference"),
    "random_crop/keras2.h5": "layer 'part' (RandomCrop): cannot be written to a Keras file: Keras "
      + "from 3.8 on passes images on as they are",
    "recurrent_masks/keras3.h5": "layer 'given' (GRU): " + masks,
  ]

  /// The fixtures that Keras 3 would misread, of which a file is composed for those alone who ask for one
  /// for Keras 2, and what is said to others.
  private static let onlyForKeras2 = [
    "activations/keras2.h5": "layer 'act_hard_sigmoid' (Activation): " + hardSigmoid,
    "activations_inside/keras2.h5": "layer 'with_hard_sigmoid' (Conv1D): " + hardSigmoid,
    "adapted_vocabularies/keras2.keras": "layer 'weighted' (StringLookup): " + counts,
    "conv_lstm/keras2.h5": "layer 'one' (ConvLSTM1D): " + hardSigmoid,
    "discretization/keras2.h5": "layer 'bins' (Discretization): cannot be written to a Keras file: "
      + "Keras 3 makes int32 of bins",
    "dot_normalized/keras2.h5": "layer 'cosines' (Dot): " + lengths,
    "embedding_mask/keras2.h5": "layer 'sum' (Add): " + masks,
    "gru/keras2.h5": "layer 'hard' (GRU): " + hardSigmoid,
    "lstm/keras2.h5": "layer 'hard' (LSTM): " + hardSigmoid,
    "masking_concatenate/keras2.h5": "layer 'features' (Concatenate): " + masks,
    "masking_merges/keras2.h5": "layer 'add_both' (Add): " + masks,
    "string_lookup/keras2.h5": "layer 'one_hot' (StringLookup): " + counts,
    "text_vectorization/keras2.h5": "layer 'seen' (TextVectorization): " + counts,
    "unit_normalization/keras2.h5": "layer 'default' (UnitNormalization): " + lengths,
  ]
  private static let masks =
    "cannot be written to a Keras file: Keras 3 does otherwise with masks"
  private static let hardSigmoid =
    "cannot be written to a Keras file: 'hard_sigmoid' of Keras 2 is another function in Keras 3"
  private static let bfloat16 =
    "cannot be written to a Keras file: Keras does not read weights of type bfloat16"
  private static let counts =
    "cannot be written to a Keras file: Keras 3 makes integers of counts"
  private static let lengths =
    "cannot be written to a Keras file: Keras 3 divides vectors of "
    + "nearly no length by another number"

  private static func absent(_ layer: String, _ operation: String) -> String {
    "layer '\(layer)' (ops.\(operation)): cannot be written to a Keras file: Keras 3 has no "
      + "operation '\(operation)'"
  }

  private static func unset(_ layer: String, _ operation: String, _ setting: String) -> String {
    "layer '\(layer)' (ops.\(operation)): cannot be written to a Keras file: it has no setting "
      + "'\(setting)' in Keras 3"
  }

  // Those of Keras 1 are among its own tests.
  @Test(arguments: Fixture.valid.filter { $0.golden != nil && !$0.name.hasPrefix("keras1/") })
  func `a model without its source becomes a file that means the same`(fixture: Fixture) throws {
    let reading = try KerasReader().read(path: fixture.path).model
    // What training left is written to archives alone.
    let model =
      fixture.file.hasSuffix(".keras") ? try reading.droppingOptimizer(tool: "test") : reading
    // Archives are of the same models.
    let name =
      Self.onlyForKeras2[fixture.file] == nil
      ? fixture.file.replacing(".keras", with: ".h5") : fixture.file
    if let sentence = Self.refused[name] {
      #expect(refusal(model) == sentence)
      return
    }
    let isAlone = Self.onlyForKeras2[name]
    if let isAlone {
      #expect(refusal(model) == isAlone + "; '--for keras2' writes it for Keras 2 alone")
    }
    let line: KerasLine? = isAlone == nil ? nil : .keras2
    let found = try written(model, for: line)
    #expect(model.graph.difference(from: found.graph) == nil)
    #expect(model.provenance.producer == "keras")
    #expect(found.provenance.producer == "residual")
    let bare = try Model(graph: model.graph, tensors: model.tensors)
    let composed = try bare.composingKerasFile(for: line)
    #expect(isAlone == nil || composed.restriction?.line == .keras2)
    let record = composed.model.source?.renamingTensors { _ in "" }
    #expect(found.source?.renamingTensors { _ in "" } == record)
    let names = model.graph.allLayers.flatMap { $0.layer.parameters.values }
    #expect(Set(names) == Set(found.tensors.keys))
    for name in names {
      let (mine, theirs) = try (#require(model.tensors[name]), #require(found.tensors[name]))
      #expect(try mine.isIdentical(to: theirs), "\(name)")
    }
  }

  // MARK: - Built models

  /// A model of these layers and calls, each layer with weights that count up.
  private func model(
    _ layers: [(String, any Layer)], _ calls: [Call], outputs: [String]
  ) throws -> Model {
    func graph(_ names: [String: OrderedDictionary<String, String>]) throws -> Graph {
      try Graph(
        name: "built", form: .functional,
        layers: layers.map { name, layer in
          LayerNode(name: name, body: .layer(layer), parameters: names[name] ?? [:])
        },
        calls: calls, inputs: [TensorReference("input")],
        outputs: outputs.map { TensorReference($0) })
    }
    var names: [String: OrderedDictionary<String, String>] = [:]
    var tensors: OrderedDictionary<String, Tensor> = [:]
    for (layer, needed) in try graph([:]).parameterSpecifications() {
      for parameter in needed {
        let name = "weights of \(layer) (\(parameter.role))"
        names[layer, default: [:]][parameter.role] = name
        let count = parameter.shape.reduce(1, *)
        let first = Float(layer.utf8.reduce(0) { $0 + Int($1) })
        tensors[name] = Tensor(
          NDArray(parameter.shape, (0..<count).map { first + Float($0) }))
      }
    }
    return try Model(graph: try graph(names), tensors: tensors)
  }

  /// `input → layer`, three values wide.
  private func model(of layer: any Layer, shape: [Int?] = [nil, 3]) throws -> Model {
    try model(
      [("input", InputLayer(batchShape: Shape(shape))), ("layer", layer)],
      [Call("input", inputs: []), Call("layer", inputs: [TensorReference("input")])],
      outputs: ["layer"])
  }

  /// The configuration of the only layer of a model and the version, as composed for it.
  private func words(_ layer: any Layer, shape: [Int?] = [nil, 3]) throws -> (
    layer: JSONValue?, input: JSONValue?, version: String
  ) {
    let record = try #require(try model(of: layer, shape: shape).composingKerasFile().model.source)
    let attributes = try #require(record.objects.first { $0.path == "/" }).attributes
    func text(_ name: String) throws -> [UInt8] {
      let found = attributes.first { $0.name == name }
      guard case .texts(let texts) = try #require(found).value.elements else { return [] }
      return texts[0]
    }
    let config = try JSONParser.parse(text("model_config"))["config"]
    let layers = try #require(config?["layers"]?.array)
    return (
      layers[1]["config"], layers[0]["config"],
      String(decoding: try text("keras_version"), as: UTF8.self)
    )
  }

  @Test func `layers are listed as Keras finds them, whatever order they were built in`() throws {
    let dense = Dense(3)
    let built = try model(
      [
        ("last", dense), ("sum", Add()), ("short", dense), ("far", dense), ("near", dense),
        ("unused", ReLU()), ("input", InputLayer(batchShape: [nil, 3])),
      ],
      [
        Call("input", inputs: []),
        Call("short", inputs: [TensorReference("input")]),
        Call("far", inputs: [TensorReference("input")]),
        Call("unused", inputs: [TensorReference("far")]),
        Call("near", inputs: [TensorReference("far")]),
        Call("sum", inputs: [TensorReference("near"), TensorReference("short")]),
        Call("last", inputs: [TensorReference("sum")]),
        Call("last", node: 1, inputs: [TensorReference("last")]),
      ],
      outputs: ["last"])
    let found = try written(built)
    #expect(
      Array(found.graph.layers.keys)
        == ["input", "far", "near", "short", "sum", "last", "unused"])
    #expect(Set(found.graph.calls) == Set(built.graph.calls))
    // Weights are named after their layers, and are those that the layers had.
    for name in ["far", "near", "short", "last"] {
      let mine = try #require(built.tensors["weights of \(name) (kernel)"])
      #expect(try #require(found.tensors["\(name)/kernel"]).isIdentical(to: mine))
    }
  }

  @Test func `what Keras 2 and Keras 3 call differently is said in the words of both`() throws {
    let leaky = try words(LeakyReLU(negativeSlope: 0.25))
    #expect(leaky.version == "2.15.0")
    #expect(leaky.layer?["alpha"] == .double(0.25))
    #expect(leaky.layer?.has("negative_slope") == false)
    #expect(leaky.input?["batch_input_shape"] == .array([.null, .int(3)]))
    let padding = try words(ZeroPadding2D(padding: ((1, 2), (3, 4))), shape: [nil, 3, 3, 3])
    #expect(
      padding.layer?["padding"]
        == .array([.array([.int(1), .int(2)]), .array([.int(3), .int(4)])]))
  }

  @Test(
    arguments: [
      Dense(3, activation: .hardSigmoid()), Dense(3, activation: .celu()),
      LayerNormalization(rmsScaling: true),
    ] as [any Layer])
  func `what only Keras 3 has goes into a file that Keras 2 refuses`(layer: any Layer) throws {
    let found = try words(layer)
    #expect(found.version.hasPrefix("3."))
    #expect(found.input?.has("batch_input_shape") == false)
    #expect(found.input?["batch_shape"] == .array([.null, .int(3)]))
    #expect(try written(model(of: layer)).graph.layers["layer"]?.kind == layer.kind)
  }

  @Test func `a layer of text states what its Keras takes`() throws {
    func config(
      _ layer: any Layer, _ line: KerasLine = .keras2, policy: String = "float32"
    ) throws -> LayerWords.Config {
      try LayerWords(line: line, policy: policy).config(layer.kind, layer.attributes)
    }
    // Keras 2 refuses a real type for places.
    let lookup = StringLookup(["a"])
    #expect(try config(lookup)["dtype"] == "string")
    #expect(try config(lookup, policy: "int64")["dtype"] == nil)
    let inverted = StringLookup(["a"], invert: true)
    #expect(try config(inverted)["invert"] == .bool(true) && config(inverted)["dtype"] == "string")
    #expect(!LayerWords.isOnlyForKeras3(inverted))
    #expect(try config(lookup)["salt"] == nil && config(lookup)["max_tokens"] == nil)
    let wide = StringLookup(["a"], output: .count, width: 5)
    #expect(try config(wide, .keras3)["pad_to_max_tokens"] == .bool(true))
    #expect(LayerWords.isOnlyForKeras3(wide) && !LayerWords.isOnlyForKeras3(lookup))
    #expect(LayerWords.isOnlyForKeras3(StringLookup(["a"], unknownCount: 2, salt: [1, 2])))
    let real = try StringLookup(
      attributes: wide.attributes.merging(["count_type": .string("float32")]))
    #expect(!LayerWords.isOnlyForKeras3(real))
    #expect(throws: KerasError.inexpressible("Keras 3 makes integers of counts")) {
      try config(real, .keras3)
    }
    #expect(try config(Hashing(3, indexType: .int32))["dtype"] == "int32")
    #expect(try config(Hashing(3, output: .count))["dtype"] == nil)
    #expect(try config(HashedCrossing(3))["dtype"] == "int64")
    func text(_ widths: [Int]) -> TextVectorization {
      TextVectorization(["a"], split: .none, widths: widths)
    }
    #expect(try config(text([1, 2]))["ngrams"] == .int(2) && config(text([]))["ngrams"] == .null)
    #expect(try config(text([]))["split"] == .null && config(text([]))["dtype"] == "string")
    #expect(try config(text([2]), .keras3)["ngrams"] == .array([.int(2)]))
    #expect(LayerWords.isOnlyForKeras3(text([2])) && !LayerWords.isOnlyForKeras3(text([1, 2])))
  }

  @Test func `what one line has alone goes into its file or is refused`() throws {
    let image: [Int?] = [nil, 4, 5, 3]
    #expect(try words(Resizing(height: 3, width: 2), shape: image).version == "2.15.0")
    let antialiased = try words(Resizing(height: 3, width: 2, isAntialiased: true), shape: image)
    #expect(antialiased.version.hasPrefix("3."))
    #expect(antialiased.layer?["antialias"] == .bool(true))
    #expect(antialiased.layer?.has("fill_value") == false)
    // What the class in Keras does not take.
    let memory = CuDNNLSTM(2, returnSequences: true)
    #expect(
      try LayerWords(line: .keras2).config(memory.kind, memory.attributes).keys == [
        "units", "return_sequences", "return_state", "go_backwards", "stateful",
      ])
    #expect(throws: KerasError.inexpressible("only Keras 2 has it")) {
      try LayerWords(line: .keras3).config(memory.kind, memory.attributes)
    }
    let zoom = try words(RandomZoom(), shape: image)
    #expect(zoom.version == "2.15.0")
    #expect(zoom.layer?.has("width_factor") == true && zoom.layer?["width_factor"] == nil)
    #expect(try words(RandomCrop(height: 3, width: 2), shape: image).version.hasPrefix("3."))
    let dense = try words(EinsumDense("abc,cd->abd", outputShape: [nil, 2]), shape: [nil, 4, 3])
    #expect(dense.layer?["output_shape"] == .array([.null, .int(2)]))
    #expect(dense.layer?.has("bias_axes") == true && dense.layer?["bias_axes"] == nil)
    #expect(
      refusal(try model(of: RandomShear(["x_factor": .doubles([-0.5, 0.5])]), shape: image))
        == "layer 'layer' (RandomShear): cannot be written to a Keras file: Keras 3 does not read "
        + "its negative factors")
    let height = RandomHeight()
    let both = try model(
      [
        ("input", InputLayer(batchShape: Shape(image))), ("height", height),
        ("pool", AdaptiveMaxPooling2D(outputSize: (2, 2))),
      ],
      [
        Call("input", inputs: []), Call("height", inputs: [TensorReference("input")]),
        Call("pool", inputs: [TensorReference("height")]),
      ], outputs: ["pool"])
    #expect(
      refusal(both)
        == "layer 'height' (RandomHeight): cannot be written to a Keras file: only Keras 2 has it")
  }

  @Test func `what Keras would misread is refused`() throws {
    #expect(
      refusal(try model(of: Dense(3, activation: .hardSigmoid(slope: 0.2))))
        == "layer 'layer' (Dense): " + Self.hardSigmoid
        + "; '--for keras2' writes it for Keras 2 alone")
    #expect(
      refusal(try model(of: Activation(.gelu(approximate: true))))
        == "layer 'layer' (Activation): cannot be written to a Keras file: Keras has no name for "
        + "'gelu' with parameters of its own")
    let resized = UpSampling2D(interpolation: .bilinear, halfPixelCenters: false)
    #expect(
      refusal(try model(of: resized, shape: [nil, 3, 3, 3]))
        == "layer 'layer' (UpSampling2D): cannot be written to a Keras file: only Keras 2.0 to 2.3 "
        + "resized without half-pixel centres")
  }

  @Test(arguments: [(32_256, ["layer_names"]), (32_257, ["layer_names0", "layer_names1"])])
  func `a list of names is divided where it is larger than an attribute may be`(
    length: Int, expected: [String]
  ) throws {
    let name = String(repeating: "n", count: length)
    let built = try model(
      [("input", InputLayer(batchShape: [nil, 3])), (name, ReLU())],
      [Call("input", inputs: []), Call(name, inputs: [TensorReference("input")])],
      outputs: [name])
    let record = try #require(try built.composingKerasFile().model.source)
    let weights = try #require(record.objects.first { $0.path == "/model_weights" })
    #expect(
      weights.attributes.map(\.name).filter { $0.hasPrefix("layer_names") } == expected)
    #expect(try Array(WeightFile(record) { _ in nil }.groups.keys) == ["input", name])
  }

  @Test func `a frozen model with a layer that is not is refused`() throws {
    let inner = try model(of: Dense(3)).graph
    let input = InputLayer(batchShape: [nil, 3])
    let graph = try Graph(
      name: "outer", form: .functional,
      layers: [
        LayerNode(name: "input", body: .layer(input)),
        LayerNode(name: "frozen", body: .graph(inner), isTrainable: false),
      ],
      calls: [
        Call("input", inputs: []), Call("frozen", inputs: [TensorReference("input")]),
      ],
      inputs: [TensorReference("input")], outputs: [TensorReference("frozen")])
    let tensors = try model(of: Dense(3)).tensors
    #expect(
      refusal(try Model(graph: graph, tensors: tensors))
        == "layer 'frozen' (Functional): cannot be written to a Keras file: it is frozen, and its "
        + "layer 'layer' is not")
  }
}
