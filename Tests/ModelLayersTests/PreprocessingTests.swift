import Glibc
import TestSupport
import Testing

@testable import ModelLayers

/// Tokens and bins, counted one by one.
@Suite struct PreprocessingTests {
  private static let tokens: [[Double]] = [[0, 3, 3], [2, 1, 0], [4, 4, 4]]

  private func array(_ rows: [[Double]]) -> NDArray<Double> {
    NDArray([rows.count, rows[0].count], rows.flatMap(\.self))
  }

  @Test(arguments: [3, 5])
  func `tokens are counted, or seen at all, and others have no place`(_ count: Int) throws {
    let x = array(Self.tokens)
    let weights = array([[1, 2, 4], [0.5, -1, 3], [1, 1, 1]])
    let counts = CategoryEncoding(count, output: .count)
    let expected = NDArray<Double>.generate([3, count]) { place in
      Double(Self.tokens[place[0]].count { $0 == Double(place[1]) })
    }
    #expect(counts.forward([x], Parameters())[0] == expected)
    #expect(
      CategoryEncoding(count).forward([x], Parameters())[0]
        == NDArray([3, count], expected.elements.map { min($0, 1) }))
    #expect(
      counts.forward([x, weights], Parameters())[0]
        == .generate([3, count]) { place in
          (0..<3).reduce(0) {
            let isThere = Self.tokens[place[0]][$1] == Double(place[1])
            return $0 + (isThere ? weights.at(place[0], $1) : 0)
          }
        })
    let each = CategoryEncoding(count, output: .oneHot)
    #expect(
      each.forward([x], Parameters())[0]
        == .generate([3, 3, count]) { Self.tokens[$0[0]][$0[1]] == Double($0[2]) ? 1 : 0 })
    // A last axis of one token is left out.
    #expect(try each.outputShapes(for: [[nil, 4, 1]]) == [[nil, 4, Int?(count)]])
    #expect(try each.outputShapes(for: [[nil]]) == [[nil, Int?(count)]])
  }

  @Test func `a number is in the bin whose boundaries are around it, as float32 has them`() throws {
    let bounds = [-1.5, 0, 0, 0.7]
    let layer = Discretization(bounds)
    let seven = Double(Float(0.7))
    let x = array([[-2, -1.5, -0.1, 0], [seven, seven.nextDown, .nan, .infinity]])
    #expect(layer.forward([x], Parameters())[0].elements == [0, 1, 1, 3, 4, 3, 4, 4])
    let counts = Discretization(bounds, output: .count).forward([x], Parameters())[0]
    #expect(counts.elements == [1, 2, 0, 1, 0, 0, 0, 0, 1, 3])
    let definition = try layer.definition(for: [[nil, 3]])
    #expect(definition.outputs.map(\.type) == [TensorType([nil, 3], .int32)])
  }

  @Test func `an integer has the place of the vocabulary, or one for others`() throws {
    let x = array([[40, -7, 9], [0, 5, -8]])
    func places(_ layer: IntegerLookup) -> [Double] {
      layer.forward([x], Parameters())[0].elements
    }
    #expect(places(IntegerLookup([40, -7])) == [1, 2, 0, 0, 0, 0])
    #expect(places(IntegerLookup([40, -7], maskToken: 0)) == [2, 3, 1, 0, 1, 1])
    // The remainder has the sign of the divisor.
    #expect(places(IntegerLookup([40, -7], unknownCount: 3)) == [3, 4, 0, 0, 2, 1])
    #expect(
      places(IntegerLookup([0, -1, -1, 40, -7], unknownCount: 2, maskToken: 0))
        == [3, 4, 2, 0, 2, 1])
    #expect(
      places(IntegerLookup([40, -7], maskToken: 0, output: .count, width: 4))
        == [1, 1, 1, 0, 2, 0, 0, 0])
    let weighted = IntegerLookup([40, -7], output: .weighted, weights: [0.25, 0.75])
    let weights = ["idf_weights": NDArray([3], [9.0, 9, 9])]
    #expect(
      weighted.forward([x], Parameters(weights))[0].elements == [0.5, 0.25, 0.75, 1.5, 0, 0])
    let inverted = IntegerLookup(
      [40, -7], unknownCount: 2, maskToken: 5, unknownToken: -2, invert: true)
    let order = array([[0, 1, 2, 3], [4, 5, -1, 1e9]])
    #expect(inverted.forward([order], Parameters())[0].elements == [5, -2, -2, 40, -7, -2, -2, -2])
    let strict = try IntegerLookup([40, -7], unknownCount: 0).definition(for: [[1, 2]])
    func run(_ element: Double) throws(ModelError) {
      let inputs = [NDArray([1, 2], [40, element])]
      try strict.check(inputs)
      try strict.check(results: strict.values(inputs, Parameters()))
    }
    try run(-7)
    #expect(refusal { try run(9) }.contains("on the way to int64"))
    #expect(refusal { try run(4_194_304) }.contains("is given the element 4194304.0"))
    for attributes: Attributes in [
      ["vocabulary": .ints([4, 4])], ["vocabulary": .ints([])],
      ["vocabulary": .ints([1 << 40])], ["vocabulary": .ints([4]), "mask_token": .int(4)],
      ["vocabulary": .ints([4]), "num_oov_indices": .int(.max)],
      ["vocabulary": .ints([4]), "num_oov_indices": .int(-1)],
      ["vocabulary": .ints([4]), "max_tokens": .int(1)],
      ["vocabulary": .ints([4]), "output_mode": .string("tf_idf")],
      ["vocabulary": .ints([4, -1]), "invert": .bool(true)],
      ["vocabulary": .ints([4]), "invert": .bool(true), "oov_token": .int(1 << 22)],
      ["vocabulary": .ints([4]), "output_mode": .string("count"), "num_oov_indices": .int(0)],
    ] {
      #expect(refusal { try IntegerLookup(attributes: attributes) }.contains("expected"))
    }
  }

  @Test func `what Keras makes nothing certain of is refused`() throws {
    #expect(
      refusal { try CategoryEncoding(3).outputShapes(for: [[nil, 2, 2]]) }
        == "input has shape [None, 2, 2]; expected [batch, tokens]")
    #expect(
      refusal { try CategoryEncoding(3).outputShapes(for: [[nil, 2], [nil, 2]]) }
        == "is called with count_weights=weights of shape [None, 2]; expected none")
    #expect(
      refusal { try CategoryEncoding(3, output: .count).outputShapes(for: [[nil, 2], [nil, 1]]) }
        == "is called with count_weights=weights of shape [None, 1]; expected the shape of the "
        + "tokens, [None, 2]")
    #expect(
      refusal { try CategoryEncoding(attributes: ["num_tokens": .int(1 << 40)]) }
        .contains("expected at most"))
    #expect(
      refusal { try Discretization(attributes: ["bin_boundaries": .doubles([1, 0])]) }
        == "attribute 'bin_boundaries' is [1.0, 0.0]; expected at least one boundary, ascending")
    func running(_ layer: CategoryEncoding, _ element: Double) throws(ModelError) {
      try layer.definition(for: [[1, 2]]).check([NDArray([1, 2], [0, element])])
    }
    try running(CategoryEncoding(3), 7)
    #expect(
      refusal { try running(CategoryEncoding(3), 0.5) }
        == "is given the element 0.5; expected a whole number")
    var checking = CategoryEncoding(3)
    checking.checksRange = true
    #expect(
      refusal { try running(checking, 3) } == "is given the element 3.0; expected 0 to 2")
  }

  @Test func `a normalized layer is the layer, and keeps a vector for training`() throws {
    let inner = Conv1D(3, kernelSize: 2)
    let trial = try LayerTrial(SpectralNormalization(inner), [2, 5, 4])
    #expect(
      trial.distance(to: inner.forward(trial.inputs, Parameters(trial.parameters))[0]) == 0)
    let weights = try trial.layer.parameters(for: [[2, 5, 4]])
    #expect(weights.map(\.role) == ["kernel", "bias", "vector_u"])
    #expect(weights[2] == ParameterSpecification("vector_u", [1, 3], isTrainable: false))
    #expect(
      refusal { try SpectralNormalization(ReLU()).outputShapes(for: [[2, 3]]) }
        == "attribute 'layer.kind' is 'ReLU'; expected a kind with one kernel")
    #expect(
      refusal {
        try SpectralNormalization(Embedding(3, 2, masksZero: true)).outputShapes(for: [[2]])
      }
        == "attribute 'layer' is one that does; expected a layer that makes no mask")
    #expect(
      refusal {
        try SpectralNormalization(Embedding(3, 2)).checkElements([TensorType([2], .int32)])
      }.contains("expected real numbers"))
  }

  @Test(arguments: [false, true], [nil, 0.5])
  func `rows in reverse are products with rows`(_ tiesWeights: Bool, _ cap: Double?) throws {
    var layer = ReversibleEmbedding(5, 3, tiesWeights: tiesWeights, masksZero: true, softCap: cap)
    #expect(layer.makesMask)
    #expect(try layer.outputShapes(for: [[nil, 4]]) == [[nil, 4, 3]])
    layer.form.settings["reverse"] = .bool(true)
    #expect(!layer.makesMask)
    let trial = try LayerTrial(layer, [2, 4, 3])
    let table = try #require(trial.parameters["embeddings"])
    let own = trial.parameters["reverse_embeddings"]
    #expect((own == nil) == tiesWeights)
    let expected = NDArray<Double>.generate([2, 4, 5]) { place in
      let score = (0..<3).reduce(0) { sum, k in
        sum + trial.inputs[0].at(place[0], place[1], k)
          * (own?.at(k, place[2]) ?? table.at(place[2], k))
      }
      return cap.map { tanh(score / $0) * $0 } ?? score
    }
    #expect(trial.distance(to: expected) < 1e-14)
    #expect(trial.roundingShare() <= 1)
  }

  @Test(arguments: STFTSpectrogram.Mode.allCases)
  func `a spectrogram is made of the sums of frames`(_ mode: STFTSpectrogram.Mode) throws {
    let layer = STFTSpectrogram(mode: mode, frameLength: 6, frameStep: 4)
    let trial = try LayerTrial(layer, [2, 15, 2])
    func sum(_ role: String, _ item: Int, _ frame: Int, _ channel: Int, _ frequency: Int) -> Double
    {
      guard let kernel = trial.parameters[role] else { return 0 }
      return (0..<6).reduce(0) {
        $0 + trial.inputs[0].at(item, 4 * frame + $1, channel) * kernel.at($1, 0, frequency)
      }
    }
    // Frames of 6 are filled up to 8 samples.
    let width = mode == .both ? 10 : 5
    let expected = NDArray<Double>.generate([2, 3, 2 * width]) { place in
      let (channel, number) = (place[2] / width, place[2] % width)
      let frequency = number % 5
      let real = sum("real_kernel", place[0], place[1], channel, frequency)
      let imaginary = sum("imag_kernel", place[0], place[1], channel, frequency)
      let power = real * real + imaginary * imaginary
      return switch mode {
      case .real: real
      case .imaginary: imaginary
      case .both: number < 5 ? real : imaginary
      case .power: 1..<4 ~= frequency ? 2 * power : power
      case .magnitude: max(power, 1e-7).squareRoot()
      case .logarithm: log(max(max(power, 1e-7).squareRoot(), 1e-7))
      }
    }
    #expect(trial.distance(to: expected) < 1e-13)
    #expect(trial.roundingShare() <= 1)
    #expect(trial.parameters.count == ([.real, .imaginary].contains(mode) ? 1 : 2))
    #expect(try layer.outputShapes(for: [[nil, nil, 2]]) == [[nil, nil, 2 * width]])
  }

  @Test(arguments: [true, false], MelSpectrogram.Window.allCases)
  func `pitches are triangles of a transform's amplitudes`(
    isInDecibels: Bool, window: MelSpectrogram.Window
  ) throws {
    let layer = MelSpectrogram(
      pitches: 3, samplingRate: 1000, transformLength: 10, frameStep: 4, windowLength: 7,
      window: window, lowest: 50, highest: 400, exponent: isInDecibels ? 2 : 1.5,
      isInDecibels: isInDecibels)
    let trial = try LayerTrial(layer, [2, 13])
    let x = trial.inputs[0]
    func amplitude(_ item: Int, _ frame: Int, _ frequency: Int) -> Double {
      var (real, imaginary) = (0.0, 0.0)
      for sample in 0..<10 {
        let place = abs(4 * frame + sample - 5)
        // The window's 7 samples are in the middle, one place nearer to the first.
        let turn = 2 * Double.pi * Double(sample - 1) / 7
        let weight =
          switch window {
          case .none: 1.0
          case _ where !(1..<8).contains(sample): 0.0
          case .hann: 0.5 - 0.5 * cos(turn)
          case .hamming: 0.54 - 0.46 * cos(turn)
          }
        let value = weight * x.at(item, place > 12 ? 24 - place : place)
        let angle = 2 * Double.pi * Double(sample * frequency) / 10
        real += value * cos(angle)
        imaginary += value * sin(angle)
      }
      return (real * real + imaginary * imaginary).squareRoot()
    }
    func mel(_ hertz: Double) -> Double { 1127 * log(1 + hertz / 700) }
    let edges = (0..<5).map { mel(50) + (mel(400) - mel(50)) * Double($0) / 4 }
    let sums = NDArray<Double>.generate([2, 3, 4]) { place in
      (1..<6).reduce(0.0) { sum, frequency in
        let pitch = mel(100 * Double(frequency))
        let (low, middle, high) = (edges[place[1]], edges[place[1] + 1], edges[place[1] + 2])
        let height = min((pitch - low) / (middle - low), (high - pitch) / (high - middle))
        return sum + max(0, height)
          * pow(amplitude(place[0], place[2], frequency), isInDecibels ? 2 : 1.5)
      }
    }
    let levels = sums.elements.map { 10 * log10(max($0, 1e-10)) }
    let least = (levels.max() ?? 0) - 80
    let expected = isInDecibels ? NDArray([2, 3, 4], levels.map { max($0, least) }) : sums
    #expect(trial.distance(to: expected) < 1e-11)
    #expect(trial.roundingShare() <= 1)
    #expect(try layer.outputShapes(for: [[nil, nil]]) == [[nil, 3, nil]])
  }
}
