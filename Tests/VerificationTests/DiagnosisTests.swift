import ModelBuilder
import OrderedCollections
import ModelGraph
import Testing

@testable import Verification

/// A mistake that is planted in a model, and what is found of it.
struct Plant: CustomTestStringConvertible, Sendable {
  let name: String
  /// The call that is wrong then.
  let call: String
  let mistake: Diagnosis.Mistake
  /// A part of what the golden is said to have been made with.
  let difference: String
  let change: @Sendable (Model) throws -> Model

  var testDescription: String { name }
}

@Suite struct DiagnosisTests {
  /// A network with every kind of layer that mistakes are planted in.
  ///
  /// - Parameter addsLast: Whether the activation at the end of the block comes before the addition.
  private static func network(addsLast: Bool = false) throws -> Model {
    let image = Input(shape: [16, 16, 3], name: "image")
    var x = ZeroPadding2D(padding: ((0, 1), (0, 1)), name: "pad")(image)
    x = Conv2D(6, kernelSize: (3, 3), strides: (2, 2), name: "stem")(x)
    x = BatchNormalization(epsilon: 1e-3, name: "norm")(x)
    let trunk = ReLU(name: "relu")(x)
    var y = Conv2D(6, kernelSize: (3, 3), padding: .same, name: "first")(trunk)
    y = BatchNormalization(epsilon: 1e-3, name: "first_norm")(y)
    y = LeakyReLU(negativeSlope: 0.3, name: "leaky")(y)
    y = Conv2D(6, kernelSize: (3, 3), padding: .same, name: "second")(y)
    let (add, out) = (Add(name: "add"), ReLU(name: "out"))
    y = addsLast ? add(out(y), trunk) : out(add(y, trunk))
    y = Conv2D(
      6, kernelSize: (3, 3), strides: (2, 2), padding: .same, activation: .hardSigmoid,
      name: "even")(y)
    y = AveragePooling2D(poolSize: (3, 3), strides: (2, 2), padding: .same, name: "mean")(y)
    y = UpSampling2D(size: (2, 2), interpolation: .bilinear, name: "larger")(y)
    y = Flatten(name: "flat")(y)
    y = Dense(12, activation: .gelu, name: "hidden")(y)
    y = Dense(12, name: "square")(y)
    let model = try Model(inputs: image, outputs: Dense(4, activation: .softmax, name: "scores")(y))
    // Weights as training leaves them: none is zero or one.
    var noise = Noise(seed: 7)
    var tensors = model.tensors
    for (name, tensor) in tensors {
      let isPositive = name.hasSuffix("variance")
      tensors[name] = noise.tensor(tensor.dimensions, in: isPositive ? 0.05...0.9 : -0.6...0.6)
    }
    return try Model(graph: model.graph, tensors: tensors)
  }

  private static func golden(of model: Model) throws -> Golden {
    var noise = Noise(seed: 3)
    return try Golden.recorded(
      from: model, inputs: ["image": noise.tensor([2, 16, 16, 3], in: 0...1)])
  }

  static let plants: [Plant] = [
    .setting("norm", "epsilon", .double(1e-5), "epsilon 0.001"),
    .setting("first_norm", "epsilon", .double(1.001e-5), "epsilon 0.001"),
    .setting("leaky", "negative_slope", .double(0.2), "negative_slope 0.3"),
    .setting("larger", "interpolation", .string("nearest"), "interpolation 'bilinear'"),
    .setting("larger", "half_pixel_centers", .bool(false), "half_pixel_centers true"),
    .setting("pad", "padding", .ints([1, 0, 1, 0]), "padding [0, 1, 0, 1]", .padding),
    .setting("pad", "padding", .ints([1, 1, 1, 1]), "padding [0, 1, 0, 1]", .padding),
    .activation("even", .hardSigmoid(slope: 0.2, offset: 0.5), "hard_sigmoid"),
    .activation("hidden", .gelu(approximate: true), "gelu"),
    .activation("hidden", .linear, "gelu"),
    .activation("square", .relu, "linear"),
    .activation("scores", .sigmoid, "softmax"),
    .weights("norm", .weightRole, "gamma and beta") { $0.exchange("gamma", "beta", of: "norm") },
    .weights("norm", .weightRole, "moving_mean and moving_variance") {
      try $0.change("moving_mean", of: "norm") { $0.map(abs) }
      $0.exchange("moving_mean", "moving_variance", of: "norm")
    },
    .weights("first_norm", .weightRole, "squared") {
      try $0.change("moving_variance", of: "first_norm") { $0.map { $0.squareRoot() } }
    },
    .weights("first", .weightOrder, "mirrored") {
      try $0.reorder("kernel", of: "first", .mirrored)
    },
    .weights("first", .weightOrder, "in the order") {
      try $0.reorder("kernel", of: "first", .transposed([3, 2, 0, 1]))
    },
    .weights("stem", .weightOrder, "input channels reversed") {
      try $0.reorder("kernel", of: "stem", .channelsReversed)
    },
    .weights("square", .weightOrder, "in the order") {
      try $0.reorder("kernel", of: "square", .transposed([1, 0]))
    },
    .weights("first", .otherWeights, "'second'") { $0.exchange("first", "second") },
    .weights("norm", .otherWeights, "'first_norm'") { $0.exchange("norm", "first_norm") },
    .weights("second", .otherWeights, "kernel of 'first'") {
      $0.exchange("kernel", of: "second", and: "first")
    },
  ]

  @Test(arguments: plants)
  func `a planted mistake is found and named`(plant: Plant) throws {
    let model = try Self.network()
    var golden = try Self.golden(of: model)
    if plant.call == "norm", plant.difference.contains("moving_mean") {
      // The mean must be something that a variance can be.
      var editor = ModelEditor(model)
      try editor.change("moving_mean", of: "norm") { $0.map(abs) }
      golden = try Self.golden(of: editor.model())
    }
    let options = Verifier.Options(diagnoses: true)
    let one = try Verifier(options: options).verify(plant.change(model), against: golden).cases[0]
    let wrong = one.calls.filter { $0.verdict == .wrong }.map(\.path)
    #expect(wrong.contains(plant.call))
    let fault = try #require(one.fault)
    let order = one.calls.map(\.path)
    #expect(order.firstIndex(of: fault.path) == wrong.compactMap(order.firstIndex).min())
    if fault.path == plant.call {
      let best = try #require(fault.diagnoses?.first)
      #expect(best.mistake == plant.mistake)
      #expect(best.difference.contains(plant.difference), "\(best)")
      #expect(best.errorAfter.value < best.errorBefore.value / 100)
    }
  }

  @Test func `a model that agrees is not diagnosed`() throws {
    let model = try Self.network()
    let report = try Verifier(options: .init(diagnoses: true))
      .verify(model, against: Self.golden(of: model))
    #expect(report.verdict == .agrees)
    #expect(report.cases[0].fault == nil)
  }

  @Test func `what no usual mistake explains is not explained`() throws {
    let model = try Self.network()
    var golden = try Self.golden(of: model)
    golden.cases[0].calls["first"] = try golden.cases[0].calls["first"]?.changed { $0[5] += 1 }
    let report = try Verifier(options: .init(diagnoses: true)).verify(model, against: golden)
    #expect(report.cases[0].fault?.path == "first")
    #expect(report.cases[0].fault?.diagnoses == [])
    #expect(report.explanation.contains("  diagnosis   none of the usual mistakes explains it"))
  }

  @Test(arguments: [Int.max, 1 << 40])
  func `strides that no input has are no reason to stop`(stride: Int) throws {
    let image = Input(shape: [4, 4, 1], name: "image")
    let pool = MaxPooling2D(
      poolSize: (1, 1), strides: (stride, stride), padding: .same, name: "pool")
    let model = try Model(inputs: image, outputs: pool(image))
    var noise = Noise(seed: 3)
    var golden = try Golden.recorded(
      from: model, inputs: ["image": noise.tensor([1, 4, 4, 1], in: 0...1)])
    golden.cases[0].calls["pool"] = try golden.cases[0].calls["pool"]?.changed { $0[0] += 1 }
    let report = try Verifier(options: .init(diagnoses: true)).verify(model, against: golden)
    #expect(report.cases[0].fault?.path == "pool")
  }

  @Test(arguments: [
    ("in [0, 1], not [0, 255]", 1 / 255.0, 0.0, false), ("in [-1, 1], not [0, 1]", 2, -1, false),
    ("in BGR", 1, 0, true),
  ])
  func `an input that is scaled otherwise is named`(
    name: String, factor: Double, shift: Double, isReversed: Bool
  ) throws {
    let model = try Self.network()
    var noise = Noise(seed: 3)
    let fed = noise.tensor([2, 16, 16, 3], in: 0...255)
    let made = try fed.changed { elements in
      for index in elements.indices {
        elements[index] = Float(Double(elements[index]) * factor + shift)
      }
      guard isReversed else { return }
      for pixel in stride(from: 0, to: elements.count, by: 3) { elements.swapAt(pixel, pixel + 2) }
    }
    var golden = try Golden.recorded(from: model, inputs: ["image": made])
    golden.cases[0].inputs["image"] = fed
    let report = try Verifier(options: .init(diagnoses: true)).verify(model, against: golden)
    #expect(report.cases[0].fault?.path == "pad")
    let best = try #require(report.cases[0].fault?.diagnoses?.first)
    #expect(best.mistake == .inputScale)
    #expect(best.difference == name)
  }
}

/// Mistakes that a layer of ours cannot make, so that the golden is made otherwise.
extension DiagnosisTests {
  /// A golden of the network where a call was made by another layer on another input.
  private func diagnosis(
    of call: String, madeBy layer: any Layer, on source: String,
    margins: [(before: Int, after: Int)]
  ) throws -> Diagnosis? {
    let model = try Self.network()
    var golden = try Self.golden(of: model)
    let input = try #require(try golden.cases[0].calls[source]?.array(Float.self))
    let node = try #require(model.graph.layers[call])
    var weights: [String: NDArray<Float>] = [:]
    for (role, name) in node.parameters { weights[role] = try model.tensors[name]?.array() }
    let made = layer.forward([input.padded(margins)], Parameters(weights))
    golden.cases[0].calls[call] = Tensor(try #require(made.first))
    let report = try Verifier(options: .init(diagnoses: true)).verify(model, against: golden)
    #expect(report.cases[0].fault?.path == call)
    return report.cases[0].fault?.diagnoses?.first
  }

  @Test func `zeros in front instead of behind are named`() throws {
    let layer = Conv2D(6, kernelSize: (3, 3), strides: (2, 2), activation: .hardSigmoid)
    let found = try diagnosis(
      of: "even", madeBy: layer, on: "out", margins: [(0, 0), (1, 0), (1, 0), (0, 0)])
    #expect(found?.mistake == .padding)
    #expect(found?.difference.contains("the odd one in front: [[1, 0], [1, 0]]") == true)
  }

  @Test func `zeros that count in a mean are named`() throws {
    let layer = AveragePooling2D(poolSize: (3, 3), strides: (2, 2))
    let found = try diagnosis(
      of: "mean", madeBy: layer, on: "even", margins: [(0, 0), (0, 1), (0, 1), (0, 0)])
    #expect(found?.mistake == .padding)
    #expect(found?.difference.contains("[[0, 1], [0, 1]]") == true)
  }

  @Test func `channels that were flattened first are named`() throws {
    let model = try Self.network()
    var golden = try Self.golden(of: model)
    let input = try #require(try golden.cases[0].calls["larger"]?.array(Float.self))
    let flat = input.transposed([0, 3, 1, 2])
    golden.cases[0].calls["flat"] = Tensor(
      flat.reshaped([2, flat.elements.count / 2]))
    let report = try Verifier(options: .init(diagnoses: true)).verify(model, against: golden)
    #expect(report.cases[0].fault?.path == "flat")
    #expect(report.cases[0].fault?.diagnoses?.first?.mistake == .inputOrder)
    #expect(report.cases[0].fault?.diagnoses?.first?.difference == "the channels first")
  }

  @Test func `aligned corners are named`() throws {
    let model = try Self.network()
    var golden = try Self.golden(of: model)
    let input = try #require(try golden.cases[0].calls["mean"]?.array(Float.self))
    // Two pixels become four: at 0, ⅓, ⅔ and 1.
    var made = NDArray<Float>(repeating: 0, [2, 4, 4, 6])
    func pixel(_ image: Int, _ y: Double, _ x: Double, _ channel: Int) -> Double {
      func at(_ y: Int, _ x: Int) -> Double {
        Double(input.elements[((image * 2 + y) * 2 + x) * 6 + channel])
      }
      let top = at(0, 0) * (1 - x) + at(0, 1) * x
      let bottom = at(1, 0) * (1 - x) + at(1, 1) * x
      return top * (1 - y) + bottom * y
    }
    for image in 0..<2 {
      for y in 0..<4 {
        for x in 0..<4 {
          for channel in 0..<6 {
            made.elements[((image * 4 + y) * 4 + x) * 6 + channel] = Float(
              pixel(image, Double(y) / 3, Double(x) / 3, channel))
          }
        }
      }
    }
    golden.cases[0].calls["larger"] = Tensor(made)
    let report = try Verifier(options: .init(diagnoses: true)).verify(model, against: golden)
    #expect(report.cases[0].fault?.path == "larger")
    #expect(report.cases[0].fault?.diagnoses?.first?.mistake == .formula)
  }

  @Test func `an activation before the addition instead of after it is named`() throws {
    let golden = try Self.golden(of: Self.network())
    let report = try Verifier(options: .init(diagnoses: true))
      .verify(Self.network(addsLast: true), against: golden)
    #expect(report.cases[0].fault?.path == "out")
    #expect(
      report.cases[0].fault?.diagnoses?.first?.difference == "the activation after the addition")
  }

  @Test func `an activation that is missing is named`() throws {
    let model = try Self.network()
    var golden = try Self.golden(of: model)
    golden.cases[0].calls["second"] = try golden.cases[0].calls["second"]?.changed { elements in
      for index in elements.indices { elements[index] = max(elements[index], 0) }
    }
    let report = try Verifier(options: .init(diagnoses: true)).verify(model, against: golden)
    #expect(report.cases[0].fault?.path == "second")
    #expect(report.cases[0].fault?.diagnoses?.first?.mistake == .activation)
  }
}

// MARK: - Planting

extension Plant {
  static func setting(
    _ layer: String, _ name: String, _ value: AttributeValue, _ difference: String,
    _ mistake: Diagnosis.Mistake = .setting
  ) -> Plant {
    Plant(
      name: "\(name) of \(layer) is \(value)", call: layer, mistake: mistake,
      difference: difference
    ) { model in
      var editor = ModelEditor(model)
      try editor.set(layer, [name: value])
      return try editor.model()
    }
  }

  static func activation(
    _ layer: String, _ function: ActivationFunction, _ difference: String
  ) -> Plant {
    Plant(
      name: "activation of \(layer) is \(function.name)", call: layer, mistake: .activation,
      difference: difference
    ) { model in
      var editor = ModelEditor(model)
      try editor.set(layer, function.attributes())
      return try editor.model()
    }
  }

  static func weights(
    _ layer: String, _ mistake: Diagnosis.Mistake, _ difference: String,
    _ change: @escaping @Sendable (inout ModelEditor) throws -> Void
  ) -> Plant {
    Plant(
      name: "\(mistake) of \(layer): \(difference)", call: layer, mistake: mistake,
      difference: difference
    ) { model in
      var editor = ModelEditor(model)
      try change(&editor)
      return try editor.model()
    }
  }
}

/// Changes single things in a model.
struct ModelEditor {
  enum Order {
    case mirrored, channelsReversed
    /// The axes in this order, and the numbers then read as if they were in the old one.
    case transposed([Int])
  }

  private let graph: Graph
  private var layers: OrderedDictionary<String, LayerNode>
  private var tensors: OrderedDictionary<String, Tensor>

  init(_ model: Model) {
    graph = model.graph
    layers = OrderedDictionary(
      uniqueKeysWithValues: model.graph.layers.values.map { ($0.name, $0) })
    tensors = model.tensors
  }

  func model() throws -> Model {
    try Model(
      graph: Graph(
        name: graph.name, form: graph.form, layers: Array(layers.values), calls: graph.calls,
        inputs: graph.inputs, outputs: graph.outputs), tensors: tensors)
  }

  mutating func set(_ name: String, _ attributes: Attributes) throws {
    guard let node = layers[name], case .layer(let layer) = node.body else { return }
    layers[name] = LayerNode(
      name: name,
      body: .layer(try type(of: layer).init(attributes: layer.attributes.merging(attributes))),
      parameters: node.parameters, computeType: node.computeType)
  }

  private func tensor(_ role: String, _ layer: String) -> String {
    layers[layer]?.parameters[role] ?? ""
  }

  mutating func change(
    _ role: String, of layer: String, _ body: ([Float]) -> [Float]
  ) throws {
    let name = tensor(role, layer)
    tensors[name] = try tensors[name]?.changed { $0 = body($0) }
  }

  mutating func exchange(_ one: String, _ two: String, of layer: String) {
    exchange(tensor(one, layer), with: tensor(two, layer))
  }

  mutating func exchange(_ one: String, _ two: String) {
    for role in layers[one]?.parameters.keys ?? [] {
      exchange(tensor(role, one), with: tensor(role, two))
    }
  }

  mutating func exchange(_ role: String, of one: String, and two: String) {
    exchange(tensor(role, one), with: tensor(role, two))
  }

  private mutating func exchange(_ one: String, with two: String) {
    (tensors[one], tensors[two]) = (tensors[two], tensors[one])
  }

  mutating func reorder(_ role: String, of layer: String, _ order: Order) throws {
    let name = tensor(role, layer)
    guard let array = try tensors[name]?.array(Float.self) else { return }
    let rank = array.dimensions.count
    let made: NDArray<Float> =
      switch order {
      case .mirrored: array.reversed(along: Array(0..<(rank - 2)))
      case .channelsReversed: array.reversed(along: [rank - 2])
      case .transposed(let axes): array.transposed(axes).reshaped(array.dimensions)
      }
    tensors[name] = Tensor(made)
  }
}
