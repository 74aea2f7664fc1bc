import ModelBuilder
import ModelGraph
import OrderedCollections
import Testing

@testable import Verification

/// What people get wrong about sequences, attention, transposed convolutions and groups: a model and
/// one with a mistake, of which the call `out` is made wrong.
struct Slip: CustomTestStringConvertible, Sendable {
  let name: String
  let mistake: Diagnosis.Mistake
  /// A part of what the golden is said to have been made with.
  let difference: String
  let shape: [Int]
  let source: @Sendable (SymbolicTensor) -> SymbolicTensor
  /// The same with a mistake; `nil` where weights alone are wrong.
  var planted: (@Sendable (SymbolicTensor) -> SymbolicTensor)?
  /// What becomes of the weights, by the role of each.
  var weights: @Sendable ([String: NDArray<Double>]) -> [String: NDArray<Double>] = { $0 }

  /// What becomes of the numbers that are fed.
  var fed: @Sendable (NDArray<Float>) -> NDArray<Float> = { $0 }

  /// What becomes of what the source makes, where no model of ours makes it so.
  var recorded: @Sendable (NDArray<Float>) -> NDArray<Float> = { $0 }

  var testDescription: String { name }
}

@Suite struct SequenceDiagnosisTests {
  /// The numbers of a weight of the same name and shape are always the same.
  private static func model(
    _ slip: Slip, _ build: (SymbolicTensor) -> SymbolicTensor
  ) throws -> Model {
    let x = Input(shape: slip.shape.map { $0 }, name: "x")
    let model = try Model(inputs: x, outputs: build(x))
    var tensors = model.tensors
    for (name, tensor) in tensors {
      var noise = Noise(seed: UInt64(name.utf8.reduce(7) { $0 &* 31 &+ UInt64($1) }))
      tensors[name] = noise.tensor(tensor.dimensions, in: -0.6...0.6)
    }
    return try Model(graph: model.graph, tensors: tensors)
  }

  static let slips: [Slip] = [
    Slip(
      name: "gates in ONNX's order", mistake: .weightOrder, difference: "i, o, f, c",
      shape: [5, 3],
      source: { LSTM(4, name: "out")($0) }, weights: { blocks($0, [0, 3, 1, 2]) }),
    Slip(
      name: "gates in PyTorch's order", mistake: .weightOrder, difference: "r, z, h",
      shape: [5, 3],
      source: { GRU(4, returnSequences: true, name: "out")($0) },
      weights: { blocks($0, [1, 0, 2]) }),
    Slip(
      name: "gates of a long sequence", mistake: .weightOrder, difference: "i, o, f, c",
      shape: [12, 3], source: { LSTM(4, returnSequences: true, name: "out")($0) },
      weights: { blocks($0, [0, 3, 1, 2]) }),
    Slip(
      name: "gates of a long sequence, backwards", mistake: .weightOrder, difference: "r, z, h",
      shape: [12, 3],
      source: { GRU(4, returnSequences: true, goBackwards: true, name: "out")($0) },
      weights: { blocks($0, [1, 0, 2]) }),
    Slip(
      name: "gates of both directions", mistake: .weightOrder, difference: "i, c, f, o",
      shape: [5, 3], source: { Bidirectional(LSTM(4, returnSequences: true), name: "out")($0) },
      weights: { blocks($0, [0, 2, 1, 3]) }),
    Slip(
      name: "gates of images", mistake: .weightOrder, difference: "o, i, f, c",
      shape: [3, 4, 4, 2], source: { ConvLSTM2D(3, kernelSize: (2, 2), name: "out")($0) },
      weights: { blocks($0, [3, 0, 1, 2]) }),
    Slip(
      name: "reset before", mistake: .setting, difference: "reset_after true", shape: [5, 3],
      source: { GRU(4, useBias: false, name: "out")($0) },
      planted: { GRU(4, useBias: false, resetAfter: false, name: "out")($0) }),
    Slip(
      name: "reset after", mistake: .setting, difference: "reset_after false", shape: [5, 3],
      source: { GRU(4, resetAfter: false, name: "out")($0) },
      planted: { GRU(4, name: "out")($0) },
      weights: {
        changing($0, "bias") { NDArray([2, 12], $0.elements + $0.elements.map { _ in 0 }) }
      }),
    Slip(
      name: "biases exchanged", mistake: .weightRole, difference: "two biases exchanged",
      shape: [5, 3], source: { GRU(4, name: "out")($0) },
      weights: { changing($0, "bias") { $0.reversed(along: [0]) } }),
    Slip(
      name: "one bias for two", mistake: .weightRole, difference: "a bias of the state's product",
      shape: [5, 3], source: { GRU(4, returnSequences: true, name: "out")($0) },
      weights: { changing($0, "bias") { bias in onesSum(bias, rows: 2) } }),
    Slip(
      name: "one bias for two, of last outputs", mistake: .weightRole,
      difference: "a bias of the state's product", shape: [5, 3],
      source: { GRU(4, name: "out")($0) },
      weights: { changing($0, "bias") { bias in onesSum(bias, rows: 2) } }),
    Slip(
      name: "one bias for two, of a layer that resets before", mistake: .weightRole,
      difference: "a bias of the state's product", shape: [5, 3],
      source: { GRU(4, returnSequences: true, name: "out")($0) },
      planted: { GRU(4, resetAfter: false, returnSequences: true, name: "out")($0) },
      weights: { changing($0, "bias") { bias in onesSum(bias, rows: 1) } }),
    Slip(
      name: "one bias for two, behind a saturated step", mistake: .weightRole,
      difference: "a bias of the state's product", shape: [5, 3],
      source: { GRU(4, returnSequences: true, name: "out")($0) },
      weights: { changing($0, "bias") { bias in onesSum(bias, rows: 2) } },
      fed: { x in
        // The first step of each sequence, which shows no bias any more.
        NDArray(x.dimensions, x.elements.enumerated().map { $0 % 15 < 3 ? 400 * $1 : $1 })
      }),
    Slip(
      name: "one bias for two, backwards", mistake: .weightRole,
      difference: "a bias of the state's product", shape: [5, 3],
      source: { GRU(4, returnSequences: true, goBackwards: true, name: "out")($0) },
      weights: { changing($0, "bias") { bias in onesSum(bias, rows: 2) } }),
    Slip(
      name: "one bias for two, both ways", mistake: .weightRole,
      difference: "a bias of the state's product", shape: [5, 3],
      source: { Bidirectional(GRU(4, returnSequences: true), name: "out")($0) },
      weights: { changing($0, "bias") { bias in onesSum(bias, rows: 2) } }),
    Slip(
      name: "one bias for two, of last outputs both ways", mistake: .weightRole,
      difference: "a bias of the state's product", shape: [5, 3],
      source: { Bidirectional(GRU(4), name: "out")($0) },
      weights: { changing($0, "bias") { bias in onesSum(bias, rows: 2) } }),
    Slip(
      name: "one bias for two, of each step", mistake: .weightRole,
      difference: "a bias of the state's product", shape: [2, 5, 3],
      source: { TimeDistributed(GRU(4, returnSequences: true), name: "out")($0) },
      weights: { changing($0, "bias") { bias in onesSum(bias, rows: 2) } }),
    Slip(
      name: "directions exchanged", mistake: .weightRole, difference: "backward and forward",
      shape: [5, 3], source: { Bidirectional(LSTM(4), name: "out")($0) },
      weights: { exchanging($0, "forward", "backward") }),
    Slip(
      name: "hard sigmoid of Keras 2", mistake: .activation,
      difference: "recurrent_activation hard_sigmoid", shape: [5, 3],
      source: { LSTM(4, recurrentActivation: .hardSigmoid(), name: "out")($0) },
      planted: {
        LSTM(4, recurrentActivation: .hardSigmoid(slope: 0.2, offset: 0.5), name: "out")($0)
      }),
    Slip(
      name: "hard sigmoid of Keras 3, both ways", mistake: .activation,
      difference: "recurrent_activation hard_sigmoid", shape: [5, 3],
      source: {
        Bidirectional(
          GRU(4, recurrentActivation: .hardSigmoid(slope: 0.2, offset: 0.5)), name: "out")($0)
      },
      planted: { Bidirectional(GRU(4, recurrentActivation: .hardSigmoid()), name: "out")($0) }),
    Slip(
      name: "mask ignored", mistake: .mask, difference: "a mask where its input is not 0",
      shape: [5, 3],
      source: {
        LSTM(4, name: "out")(
          Masking(maskValue: 0, name: "cut")(ReLU(threshold: 0.55, name: "relu")($0)))
      },
      planted: { LSTM(4, name: "out")(ReLU(threshold: 0.55, name: "relu")($0)) }),
    Slip(
      name: "mask ignored in a long sequence", mistake: .mask,
      difference: "a mask where its input is not 0", shape: [12, 3],
      source: {
        LSTM(4, returnSequences: true, name: "out")(
          Masking(maskValue: 0, name: "cut")(ReLU(threshold: 0.55, name: "relu")($0)))
      },
      planted: {
        LSTM(4, returnSequences: true, name: "out")(ReLU(threshold: 0.55, name: "relu")($0))
      }),
    Slip(
      name: "mask heeded", mistake: .mask, difference: "no mask", shape: [5, 3],
      source: { LSTM(4, name: "out")(ReLU(threshold: 0.55, name: "relu")($0)) },
      planted: {
        LSTM(4, name: "out")(
          Masking(maskValue: 0, name: "cut")(ReLU(threshold: 0.55, name: "relu")($0)))
      }),
    Slip(
      name: "backwards", mistake: .setting, difference: "go_backwards true", shape: [5, 3],
      source: { LSTM(4, returnSequences: true, goBackwards: true, name: "out")($0) },
      planted: { LSTM(4, returnSequences: true, name: "out")($0) }),
    Slip(
      name: "outputs put in order", mistake: .stepOrder, difference: "in the opposite order",
      shape: [5, 3],
      source: { LSTM(4, returnSequences: true, goBackwards: true, name: "out")($0) },
      recorded: { $0.reversed(along: [1]) }),
    Slip(
      name: "backward outputs as computed", mistake: .stepOrder,
      difference: "backward outputs in the order in which they are computed", shape: [5, 3],
      source: { Bidirectional(LSTM(4, returnSequences: true), name: "out")($0) },
      recorded: { both in
        var changed = both
        for item in 0..<3 {
          for step in 0..<5 {
            for unit in 4..<8 {
              changed.elements[(item * 5 + step) * 8 + unit] =
                both.elements[(item * 5 + 4 - step) * 8 + unit]
            }
          }
        }
        return changed
      }),
    Slip(
      name: "scattered groups", mistake: .formula,
      difference: "groups of channels that are 2 apart",
      shape: [3, 3, 6],
      source: {
        // Channels 0, 2, 4 and 1, 3, 5 are the groups.
        let apart = Permute([1, 2, 4, 3], name: "turn")(Reshape([3, 3, 3, 2], name: "split")($0))
        let normal = GroupNormalization(groups: 2, center: false, scale: false, name: "inner")(
          Reshape([3, 3, 6], name: "join")(apart))
        let back = Permute([1, 2, 4, 3], name: "back")(Reshape([3, 3, 2, 3], name: "part")(normal))
        return Reshape([3, 3, 6], name: "out")(back)
      },
      planted: { GroupNormalization(groups: 2, center: false, scale: false, name: "out")($0) }),
    Slip(
      name: "merged otherwise", mistake: .setting, difference: "merge_mode 'sum'", shape: [5, 3],
      source: { Bidirectional(LSTM(4), mergeMode: .sum, name: "out")($0) },
      planted: { Bidirectional(LSTM(4), mergeMode: .average, name: "out")($0) }),
    Slip(
      name: "heads element by element", mistake: .weightOrder, difference: "heads of",
      shape: [5, 6], source: attention, weights: { byElements($0, heads: 2, size: 3) }),
    Slip(
      name: "query and key exchanged", mistake: .weightRole, difference: "key and query exchanged",
      shape: [5, 6], source: attention, weights: { exchanging($0, "query", "key") }),
    Slip(
      name: "scores divided by d", mistake: .formula,
      difference: "scores divided by the size of a key",
      shape: [5, 6], source: attention,
      weights: {
        // With such queries the golden's scores are divided by 3, not by its root.
        changing($0, "query") { $0.mapped { $0 * 3.0.squareRoot() } }
      }),
    Slip(
      name: "causal", mistake: .mask, difference: "use_causal_mask true", shape: [5, 6],
      source: { causal($0, true) }, planted: { causal($0, false) }),
    Slip(
      name: "transposed kernel mirrored", mistake: .weightOrder, difference: "mirrored",
      shape: [4, 4, 3],
      source: {
        Conv2DTranspose(3, kernelSize: (3, 3), strides: (2, 2), padding: .same, name: "out")($0)
      }, weights: { changing($0, "kernel") { $0.reversed(along: [0, 1]) } }),
    Slip(
      name: "transposed kernel's channels", mistake: .weightOrder, difference: "in the order HWOI",
      shape: [4, 4, 3],
      source: { Conv2DTranspose(3, kernelSize: (3, 3), strides: (2, 2), name: "out")($0) },
      weights: { changing($0, "kernel") { $0.transposed([0, 1, 3, 2]) } }),
    Slip(
      name: "cut at the wrong side", mistake: .padding, difference: "cut at the beginning",
      shape: [4, 4, 3],
      source: {
        Cropping2D(cropping: ((1, 0), (1, 0)), name: "out")(
          Conv2DTranspose(2, kernelSize: (3, 3), strides: (2, 2), name: "inner")($0))
      },
      planted: {
        Conv2DTranspose(2, kernelSize: (3, 3), strides: (2, 2), padding: .same, name: "out")($0)
      }, weights: { $0 }),
    Slip(
      name: "groups over another axis", mistake: .setting, difference: "axis 2", shape: [6, 6, 6],
      source: { GroupNormalization(groups: 2, axis: 2, name: "out")($0) },
      planted: { GroupNormalization(groups: 2, name: "out")($0) }),
    Slip(
      name: "zeros on both sides and valid for same", mistake: .padding,
      difference: "padding 'same' and no zeros before it", shape: [8, 8, 3],
      source: {
        Conv2D(4, kernelSize: (3, 3), strides: (2, 2), padding: .same, name: "out")($0)
      },
      planted: {
        Conv2D(4, kernelSize: (3, 3), strides: (2, 2), name: "out")(
          ZeroPadding2D(padding: ((1, 1), (1, 1)), name: "pad")($0))
      }),
    Slip(
      name: "padding of the layer inside", mistake: .padding, difference: "layer.padding 'same'",
      shape: [8, 8, 3],
      source: {
        SpectralNormalization(Conv2D(4, kernelSize: (3, 3), padding: .same), name: "out")($0)
      },
      planted: { SpectralNormalization(Conv2D(4, kernelSize: (3, 3)), name: "out")($0) }),
    Slip(
      name: "zeros of the layer inside", mistake: .padding, difference: "the odd one in front",
      shape: [8, 8, 3],
      source: {
        SpectralNormalization(Conv2D(4, kernelSize: (3, 3), strides: (2, 2)), name: "out")(
          ZeroPadding2D(padding: ((1, 0), (1, 0)), name: "pad")($0))
      },
      planted: {
        SpectralNormalization(
          Conv2D(4, kernelSize: (3, 3), strides: (2, 2), padding: .same), name: "out")($0)
      }),
    Slip(
      name: "strides of the layer inside", mistake: .setting, difference: "layer.strides [2, 2]",
      shape: [8, 8, 3],
      source: {
        SpectralNormalization(Conv2D(4, kernelSize: (3, 3), strides: (2, 2)), name: "out")($0)
      },
      planted: { SpectralNormalization(Conv2D(4, kernelSize: (3, 3)), name: "out")($0) }),
    Slip(
      name: "power for magnitude", mistake: .setting, difference: "mode 'magnitude'",
      shape: [32, 2],
      source: { STFTSpectrogram(mode: .magnitude, frameLength: 8, frameStep: 4, name: "out")($0) },
      planted: { STFTSpectrogram(mode: .power, frameLength: 8, frameStep: 4, name: "out")($0) }),
    Slip(
      name: "frames beyond the signal", mistake: .padding, difference: "padding 'same'",
      shape: [32, 2],
      source: {
        STFTSpectrogram(frameLength: 8, frameStep: 4, padding: .same, name: "out")($0)
      },
      planted: { STFTSpectrogram(frameLength: 8, frameStep: 4, name: "out")($0) }),
    Slip(
      name: "bias lost before a ReLU", mistake: .missingWeight, difference: "another bias",
      shape: [8, 8, 3],
      source: { Conv2D(4, kernelSize: (3, 3), activation: .relu(), name: "out")($0) },
      weights: { changing($0, "bias") { $0.mapped { _ in 0 } } }),
    Slip(
      name: "no bias before a ReLU", mistake: .missingWeight, difference: "a bias,",
      shape: [8, 8, 3],
      source: { Conv2D(4, kernelSize: (3, 3), activation: .relu(), name: "out")($0) },
      planted: {
        Conv2D(4, kernelSize: (3, 3), activation: .relu(), useBias: false, name: "out")($0)
      }),
  ]

  @Test(arguments: slips)
  func `a slip is found and named`(slip: Slip) throws {
    let model = try Self.model(slip, slip.source)
    var noise = Noise(seed: 3)
    let fed = try slip.fed(noise.tensor([3] + slip.shape, in: -1...1).array())
    var golden = try Golden.recorded(from: model, inputs: ["x": Tensor(fed)])
    golden.weightDigests = []
    if let made = try golden.cases[0].calls["out"]?.array(Float.self) {
      golden.cases[0].calls["out"] = Tensor(slip.recorded(made))
    }
    let bare = try Self.model(slip, slip.planted ?? slip.source)
    var tensors = bare.tensors
    for node in bare.graph.layers.values {
      // A weight has the numbers that it has in the source, if its layer has another name there.
      var arrays: [String: NDArray<Double>] = [:]
      for (role, name) in node.parameters {
        let other = model.tensors.keys.first { $0.hasSuffix("/" + role) } ?? name
        arrays[role] = try model.tensors[other]?.array()
      }
      for (role, array) in slip.weights(arrays) {
        if let name = node.parameters[role] { tensors[name] = Tensor(array.mapped { Float($0) }) }
      }
    }
    let planted = try Model(graph: bare.graph, tensors: tensors)
    let report = try Verifier(options: .init(diagnoses: true)).verify(planted, against: golden)
    let fault = try #require(report.cases[0].fault)
    #expect(fault.path == "out")
    let best = try #require(fault.diagnoses?.first, "nothing explains it")
    #expect(best.mistake == slip.mistake, "\(best)")
    #expect(best.difference.contains(slip.difference), "\(best)")
    #expect(best.errorAfter.value < best.errorBefore.value / 100)
  }

  // MARK: - Planting

  @Sendable private static func attention(_ x: SymbolicTensor) -> SymbolicTensor {
    causal(x, false)
  }

  private static func causal(_ x: SymbolicTensor, _ isCausal: Bool) -> SymbolicTensor {
    MultiHeadAttention(2, keyDimension: 3, name: "out").outputs(with: [
      "query": .tensor(x), "value": .tensor(x), "use_causal_mask": .setting(.bool(isCausal)),
    ])[0]
  }

  /// The parts of each weight's last axis in another order.
  private static func blocks(
    _ weights: [String: NDArray<Double>], _ order: [Int]
  ) -> [String: NDArray<Double>] {
    weights.mapValues { weight in
      let width = weight.dimensions[weight.dimensions.count - 1]
      let size = width / order.count
      var changed = weight
      for index in weight.elements.indices {
        let (row, column) = (index / width, index % width)
        changed.elements[index] =
          weight.elements[row * width + order[column / size] * size + column % size]
      }
      return changed
    }
  }

  private static func changing(
    _ weights: [String: NDArray<Double>], _ part: String,
    _ change: (NDArray<Double>) -> NDArray<Double>
  ) -> [String: NDArray<Double>] {
    var changed = weights
    for (role, weight) in weights where role.split(separator: "/").contains(Substring(part)) {
      changed[role] = change(weight)
    }
    return changed
  }

  /// The sum of both rows of a bias in the first of one or two rows.
  static func onesSum(_ bias: NDArray<Double>, rows: Int) -> NDArray<Double> {
    let width = bias.dimensions[bias.dimensions.count - 1]
    let sums = (0..<width).map {
      bias.elements[$0] + bias.elements[bias.elements.count - width + $0]
    }
    return rows == 1 ? NDArray([width], sums) : NDArray([2, width], sums + sums.map { _ in 0 })
  }

  private static func exchanging(
    _ weights: [String: NDArray<Double>], _ one: String, _ two: String
  ) -> [String: NDArray<Double>] {
    var changed = weights
    for (role, weight) in weights where role.hasPrefix(one + "/") {
      let other = two + role.dropFirst(one.count)
      (changed[role], changed[other]) = (weights[other], weight)
    }
    return changed
  }

  /// The numbers of heads in the order of their elements.
  private static func byElements(
    _ weights: [String: NDArray<Double>], heads: Int, size: Int
  ) -> [String: NDArray<Double>] {
    var changed = weights
    for (role, weight) in weights where role != "attention_output/bias" {
      let rank = weight.dimensions.count
      let place = role == "attention_output/kernel" ? 0 : rank - 2
      var order = Array(0..<rank)
      order.swapAt(place, place + 1)
      changed[role] = weight.transposed(order).reshaped(weight.dimensions)
    }
    return changed
  }
}
