import OrderedCollections
import ModelBuilder
import ModelGraph
import Testing
import Verification

@Suite struct SampleInputTests {
  private func model(_ inputs: [InputLayer]) throws -> Model {
    let layers = inputs.enumerated().map { LayerNode(name: "x\($0)", body: .layer($1)) }
    let references = layers.map { TensorReference($0.name) }
    let graph = try Graph(
      name: "model", form: .functional, layers: layers,
      calls: layers.map { Call($0.name, inputs: []) }, inputs: references, outputs: references)
    return try Model(graph: graph, tensors: [:])
  }

  @Test func `each input has the shape that it states`() throws {
    let model = try model([
      InputLayer(batchShape: [nil, 3, 5]), InputLayer(batchShape: [4, 3]),
      InputLayer(batchShape: [nil, nil, nil, 2]),
    ])
    let inputs = try model.sampleInputs(batchSize: 3, size: 7)
    #expect(Array(inputs.keys) == ["x0", "x1", "x2"])
    #expect(inputs.values.map(\.dimensions) == [[3, 3, 5], [4, 3], [3, 7, 7, 2]])
  }

  @Test func `numbers are the same each time, of all sizes, and others for another seed`() throws {
    let model = try model([InputLayer(batchShape: [nil, 1000])])
    let once = try model.sampleInputs().values[0].array(Float.self).elements
    #expect(try model.sampleInputs().values[0].array(Float.self).elements == once)
    #expect(try model.sampleInputs(seed: 1).values[0].array(Float.self).elements != once)
    #expect(once.allSatisfy { abs($0) <= 1 })
    #expect(once.contains { $0 < -0.9 } && once.contains { $0 > 0.9 })
  }

  @Test func `an input of texts is fed texts`() throws {
    let model = try model([InputLayer(batchShape: [nil, 3], dtype: .string)])
    let input = try model.sampleInputs(batchSize: 2).values[0]
    #expect(input.dtype == .string && input.dimensions == [2, 3, 24])
    #expect(try input.texts()?.allSatisfy { $0.allSatisfy { 0x20...0x7E ~= $0 } } == true)
    // How long a text is, no size says.
    #expect(try model.sampleInputs(size: 5).values[0].dimensions == [2, 3, 24])
  }

  @Test func `an input of integers is fed whole numbers`() throws {
    let model = try model([InputLayer(batchShape: [nil, 100], dtype: .uint8)])
    let elements = try model.sampleInputs().values[0].array(Float.self).elements
    #expect(elements.allSatisfy { $0 == $0.rounded() && 0...255 ~= $0 })
    #expect(Set(elements).count > 50)
  }

  @Test func `each pattern feeds what it says`() throws {
    let model = try model([InputLayer(batchShape: [nil, 1001])])
    func elements(_ pattern: InputPattern) throws -> [Float] {
      try model.sampleInputs(batchSize: 1, pattern: pattern).values[0].array(Float.self).elements
    }
    let normal = try elements(.normal)
    #expect(normal.contains { $0 > 2 } && normal.contains { $0 < -2 })
    #expect(abs(normal.reduce(0, +) / 1001) < 0.2)
    let ramp = try elements(.ramp)
    #expect([ramp[0], ramp[500], ramp[1000]] == [-4, 0, 4])
    #expect(ramp == ramp.sorted())
    #expect(try elements(.zeros) == [Float](repeating: 0, count: 1001))
    #expect(try elements(.ones) == [Float](repeating: 1, count: 1001))
    let bytes = try elements(.bytes)
    #expect(bytes.allSatisfy { $0 == $0.rounded() && 0...255 ~= $0 })
    #expect(Set(bytes).count > 200)
  }

  @Test(arguments: InputPattern.allCases)
  func `integers are fed whole numbers, whatever the pattern`(pattern: InputPattern) throws {
    let model = try model([InputLayer(batchShape: [nil, 100], dtype: .uint8)])
    let elements = try model.sampleInputs(pattern: pattern).values[0].array(Float.self).elements
    #expect(elements.allSatisfy { $0 == $0.rounded() && 0...255 ~= $0 })
  }

  @Test func `a size that nobody states is refused, and so is too much`() throws {
    let model = try model([InputLayer(batchShape: [nil, nil, nil, 3])])
    let unknown = #expect(throws: VerificationError.self) { try model.sampleInputs() }
    #expect(
      unknown.map(String.init(describing:))
        == "input 'x0' has shape [None, None, None, 3]; its unknown sizes must be chosen")
    for size in [1 << 20, Int.max] {
      let large = #expect(throws: VerificationError.self) { try model.sampleInputs(size: size) }
      #expect(
        large.map(String.init(describing:))
          == "input 'x0' of shape [2, \(size), \(size), 3] has more than 268435456 elements")
    }
  }

  @Test func `texts are some that a vocabulary has, where it has no place for others`() throws {
    let x = Input(shape: [40], dtype: .string, name: "x")
    let known = ["one", "another", "\u{e9}", String(repeating: "long ", count: 9)]
    let model = try Model(inputs: x, outputs: StringLookup(known, unknownCount: 0)(x))
    func texts(_ model: Model) throws -> [[UInt8]] {
      let drawn = try #require(try model.sampleInputs(size: 4)["x"]).array(Double.self)
      let width = drawn.dimensions[2]
      return (0..<80).map { text in
        drawn.elements[text * width..<(text + 1) * width].filter { $0 != 0 }.map { UInt8($0) }
      }
    }
    #expect(Set(try texts(model)) == Set(known.map { Array($0.utf8) }))
    let open = try Model(inputs: x, outputs: StringLookup(known)(x))
    #expect(try texts(open).allSatisfy { $0.count > 10 })
  }

  private static let rescalings: [(scale: [Double], offset: [Double], range: Range<Int>)] = [
    ([1 / 255], [0], 0..<256), ([1 / 127.5], [-1], 0..<256), ([1 / 16], [0], 0..<17),
    ([1 / 64, 1 / 60, 1 / 58], [-2, -1.9, -1.8], 0..<256),
  ]

  @Test(arguments: rescalings)
  func `an input that is rescaled is fed what comes to about 1`(
    scale: [Double], offset: [Double], range: Range<Int>
  ) throws {
    let x = Input(shape: [20, 20, 3], name: "x")
    let model = try Model(
      inputs: x,
      outputs: Rescaling(scale, offset: offset, name: "scaled")(Resizing(height: 20, width: 20)(x)))
    for pattern in [InputPattern.seeded, .normal, .ramp] {
      let drawn = try #require(try model.sampleInputs(pattern: pattern)["x"]).array(Double.self)
      #expect(drawn.elements.allSatisfy { $0 == $0.rounded() && range.contains(Int($0)) })
      #expect(drawn.elements.contains { $0 > 0.9 * Double(range.upperBound - 1) })
    }
    let text = "whole numbers from 0 to \(range.upperBound - 1), as 'scaled' (Rescaling) takes"
    #expect(model.sampleDescription(.normal) == text)
    #expect(model.expectedSamples().map(\.text) == [text])
    // Who states a pattern has it.
    let stated = try #require(try model.sampleInputs(followingLayers: false)["x"])
    #expect(try stated.array(Double.self).elements.allSatisfy { abs($0) <= 1 })
    #expect(model.sampleDescription(.seeded, followingLayers: false) == "uniform from -1 to 1")
    #expect(model.expectedSamples(followingLayers: false).isEmpty)
  }

  @Test func `a layer that scales little, or not to about 1, suggests nothing`() throws {
    let others: [([Double], [Double])] = [
      ([2], [0]), ([1 / 5], [0]), ([-1 / 255], [0]),
    ]
    for (scale, offset) in others {
      let x = Input(shape: [4], name: "x")
      let model = try Model(inputs: x, outputs: Rescaling(scale, offset: offset)(x))
      #expect(model.expectedSamples().isEmpty, "\(scale) \(offset)")
    }
  }

  @Test func `a normalization by the statistics of pixels is fed pixels`() throws {
    let statistics: [([Double], [Double], Bool)] = [
      ([124.0, 116, 104], [58.0 * 58, 57 * 57, 57 * 57], true),
      ([0.485, 0.456, 0.406], [0.05, 0.05, 0.05], false), ([0, 0, 0], [1, 1, 1], false),
    ]
    for (mean, variance, isOfPixels) in statistics {
      let x = Input(shape: [8, 8, 3], name: "x")
      let norm = Normalization(statistics: .init(mean: mean, variance: variance), name: "norm")
      let model = try Model(inputs: x, outputs: norm(x))
      let text = "whole numbers from 0 to 255, as 'norm' (Normalization) takes"
      #expect(model.expectedSamples().map(\.text) == (isOfPixels ? [text] : []))
      // The same statistics as weights.
      let open = try Model(inputs: x, outputs: Normalization(name: "norm")(x))
      let adapted =
        try open
        .replacing(weight: "mean", of: "norm", with: NDArray([3], mean.map { Float($0) }))
        .replacing(weight: "variance", of: "norm", with: NDArray([3], variance.map { Float($0) }))
      #expect(adapted.expectedSamples().map(\.text) == (isOfPixels ? [text] : []))
    }
  }

  @Test func `what a model for each step expects of its input is expected of the sequence`() throws
  {
    let ids = Input(shape: [4], dtype: .int32, name: "ids")
    let inner = try Model(inputs: ids, outputs: Flatten()(Embedding(3, 2)(ids)), name: "inner")
    let steps = Input(shape: [5, 4], dtype: .int32, name: "steps")
    let model = try Model(inputs: steps, outputs: inner.timeDistributed(name: "every")(steps))
    let drawn = try #require(try model.sampleInputs()["steps"]).array(Double.self).elements
    #expect(Set(drawn) == [0, 1, 2])
  }
}
