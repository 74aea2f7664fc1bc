import ModelLayers
import TestSupport
import Testing

@Suite struct WeightedLayerTests {
  @Test(arguments: [[1, 5], [3, 5], [4, 5], [2, 3, 5], [29, 2801]])
  func `a dense layer is its definition`(_ input: [Int]) throws {
    let trial = try LayerTrial(Dense(11), input)
    let kernel = try #require(trial.parameters["kernel"])
    let bias = try #require(trial.parameters["bias"])
    let channels = input[input.count - 1]
    let rows = trial.inputs[0].elements
    let expected = NDArray<Double>.generate([rows.count / channels, 11]) { place in
      var sum = bias.at(place[1])
      for c in 0..<channels { sum += rows[place[0] * channels + c] * kernel.at(c, place[1]) }
      return sum
    }
    #expect(trial.distance(to: expected.reshaped(input.dropLast() + [11])) < 1e-11)
    #expect(trial.roundingShare() <= 1)
  }

  @Test(arguments: [
    (-1, true, true), (1, true, true), (3, false, true), (2, true, false), (-4, false, false),
  ])
  func `batch normalization is its definition`(_ axis: Int, _ center: Bool, _ scale: Bool) throws {
    let layer = BatchNormalization(axis: axis, epsilon: 0.01, center: center, scale: scale)
    let trial = try LayerTrial(layer, [2, 3, 4, 5])
    let mean = try #require(trial.parameters["moving_mean"])
    let variance = try #require(trial.parameters["moving_variance"])
    let x = trial.inputs[0]
    let expected = NDArray<Double>.generate(x.dimensions) { place in
      let channel = place[axis < 0 ? axis + 4 : axis]
      let y =
        (x.at(place[0], place[1], place[2], place[3]) - mean.at(channel))
        / (variance.at(channel) + 0.01).squareRoot()
      return y * (trial.parameters["gamma"]?.at(channel) ?? 1)
        + (trial.parameters["beta"]?.at(channel) ?? 0)
    }
    #expect(trial.parameters.keys.contains("gamma") == scale)
    #expect(trial.parameters.keys.contains("beta") == center)
    #expect(trial.distance(to: expected) < 1e-12)
    #expect(trial.roundingShare() <= 1)
  }

  @Test(arguments: [[-1], [1], [1, -1], [3, 1, 2], [0, 2]], [false, true])
  func `layer normalization is its definition`(_ axes: [Int], _ rmsScaling: Bool) throws {
    let trial = try LayerTrial(
      LayerNormalization(axes: axes, epsilon: 0.01, rmsScaling: rmsScaling), [2, 3, 4, 5])
    let taken = Set(axes.map { $0 < 0 ? $0 + 4 : $0 }).sorted()
    let x = trial.inputs[0]
    func group(_ place: [Int]) -> [Int] {
      place.indices.map { taken.contains($0) ? 0 : place[$0] }
    }
    var members: [[Int]: [Double]] = [:]
    _ = NDArray<Double>.generate(x.dimensions) { place in
      members[group(place), default: []].append(x.at(place[0], place[1], place[2], place[3]))
      return 0
    }
    let gamma = try #require(trial.parameters["gamma"])
    let beta = trial.parameters["beta"]
    #expect((beta == nil) == rmsScaling)
    let expected = NDArray<Double>.generate(x.dimensions) { place in
      let values = members[group(place)] ?? []
      let count = Double(values.count)
      let mean = values.reduce(0, +) / count
      let variance = values.map { $0 * $0 }.reduce(0, +) / count - mean * mean
      let index = taken.reduce(0) { $0 * x.dimensions[$1] + place[$1] }
      let distance = x.at(place[0], place[1], place[2], place[3]) - (rmsScaling ? 0 : mean)
      return distance / (variance + 0.01).squareRoot() * gamma.elements[index]
        + (beta?.elements[index] ?? 0)
    }
    #expect(trial.distance(to: expected) < 1e-12)
    #expect(trial.roundingShare() <= 1)
  }

  @Test func `the bound of layer normalization holds for a variance in one pass`() throws {
    let trial = try LayerTrial(LayerNormalization(epsilon: 1e-3), [8, 300])
    // A mean that is large beside the deviation: what a variance in one pass is bad at.
    let x = NDArray(trial.inputs[0].dimensions, trial.inputs[0].elements.map { $0 + 7.5 })
    let parameters = Parameters(trial.parameters)
    let exact = trial.layer.forward([x], parameters)[0]
    let bound = trial.layer.roundingBounds([x], parameters, outputs: [exact])[0]
    let gamma = try #require(trial.parameters["gamma"])
    let beta = try #require(trial.parameters["beta"])
    var worst = 0.0
    for row in 0..<8 {
      let values = (0..<300).map { Float(x.at(row, $0)) }
      let mean = values.reduce(0, +) / 300
      let variance = values.map { $0 * $0 }.reduce(0, +) / 300 - mean * mean
      let inverse = 1 / (variance + Float(1e-3)).squareRoot()
      for column in 0..<300 {
        let index = row * 300 + column
        let factor = Float(gamma.at(column)) * inverse
        let y = values[column] * factor + (Float(beta.at(column)) - mean * factor)
        let limit = 0x1p-24 * (300 * bound.magnitude[index] + bound.fixed[index])
        worst = max(worst, abs(Double(y) - exact.elements[index]) / limit)
      }
    }
    #expect(worst <= 1)
    #expect(worst > 1e-3, "a bound that loose says nothing")
  }

  @Test(arguments: [[-1], [1, 2], []], [false, true])
  func `feature normalization is its definition`(_ axes: [Int], _ invert: Bool) throws {
    let trial = try LayerTrial(Normalization(axes: axes, invert: invert), [2, 3, 5])
    let mean = try #require(trial.parameters["mean"])
    let variance = try #require(trial.parameters["variance"])
    let x = trial.inputs[0]
    let taken = axes.map { $0 < 0 ? $0 + 3 : $0 }
    let expected = NDArray<Double>.generate(x.dimensions) { place in
      let index = taken.reduce(0) { $0 * x.dimensions[$1] + place[$1] }
      let deviation = max(variance.elements[index].squareRoot(), 1e-7)
      let value = x.at(place[0], place[1], place[2])
      return invert
        ? value * deviation + mean.elements[index] : (value - mean.elements[index]) / deviation
    }
    #expect(trial.distance(to: expected) < 1e-12)
    #expect(trial.roundingShare() <= 1)
    let statistics = Normalization.Statistics(mean: mean.elements, variance: variance.elements)
    let constant = try LayerTrial(
      Normalization(axes: axes, statistics: statistics, invert: invert), [2, 3, 5])
    #expect(constant.parameters.isEmpty)
    #expect(constant.output == trial.output)
    #expect(
      try trial.layer.parameters(for: [[nil, 3, 5]]).map(\.role) == ["mean", "variance", "count"])
  }

  @Test func `a variance of zero is divided by as by 1e-7 squared`() {
    let layer = Normalization(statistics: .init(mean: [1], variance: [0]))
    let output = layer.forward([NDArray<Double>([1, 2], [1, 2])], Parameters())[0]
    #expect(output.elements == [0, 1 / 1e-7])
  }

  @Test(arguments: [[], [1], [2, 3], [1, 2, 3]])
  func `the learned rectifier is its definition`(_ sharedAxes: [Int]) throws {
    let trial = try LayerTrial(PReLU(sharedAxes: sharedAxes), [2, 3, 4, 5])
    let alpha = try #require(trial.parameters["alpha"])
    let x = trial.inputs[0]
    let expected = NDArray<Double>.generate(x.dimensions) { place in
      let value = x.at(place[0], place[1], place[2], place[3])
      let at = (1...3).map { sharedAxes.contains($0) ? 0 : place[$0] }
      return value >= 0 ? value : value * alpha.at(at[0], at[1], at[2])
    }
    #expect(trial.output == expected)
    #expect(trial.roundingShare() <= 1)
  }

  @Test func `each layer is what its attributes say`() throws {
    let layers: [any Layer & Hashable] = [
      Conv1D(3, kernelSize: 2), Conv2D(3, kernelSize: (2, 1)),
      Conv1D(
        4, kernelSize: 3, strides: 2, padding: .causal, dataFormat: .channelsFirst, groups: 2,
        activation: .relu, useBias: false),
      Conv2D(
        4, kernelSize: (3, 5), padding: .same, dilationRate: (2, 3),
        activation: .leakyReLU(negativeSlope: 0.1)),
      DepthwiseConv1D(kernelSize: 3, strides: 2, depthMultiplier: 2),
      DepthwiseConv2D(kernelSize: (3, 2), dataFormat: .channelsFirst, useBias: false),
      SeparableConv1D(5, kernelSize: 3, padding: .same, depthMultiplier: 2),
      SeparableConv2D(5, kernelSize: (3, 2), strides: (2, 1), activation: .elu(alpha: 2)),
      Dense(7), Dense(7, activation: .softmax(axes: [1]), useBias: false),
      BatchNormalization(),
      BatchNormalization(axis: 1, momentum: 0.9, epsilon: 1e-5, center: false, scale: false),
      LayerNormalization(),
      LayerNormalization(
        axes: [1, 2], epsilon: 1e-6, center: false, scale: false, rmsScaling: true),
      Normalization(), PReLU(), PReLU(sharedAxes: [1, 2]),
      Normalization(axes: [1], statistics: .init(mean: [1, 2], variance: [3, 4]), invert: true),
    ]
    func check<L: Layer & Hashable>(_ layer: L) throws {
      #expect(try L(attributes: layer.attributes) == layer)
      let read = try LayerRegistry.standard.layer(kind: L.kind, attributes: layer.attributes)
      #expect(read as? L == layer)
    }
    for layer in layers { try check(layer) }
  }

  @Test func `absent attributes take the defaults of Keras`() throws {
    let conv: Attributes = ["filters": .int(3), "kernel_size": .ints([2, 1])]
    #expect(try Conv2D(attributes: conv) == Conv2D(3, kernelSize: (2, 1)))
    #expect(try SeparableConv2D(attributes: conv) == SeparableConv2D(3, kernelSize: (2, 1)))
    #expect(try Dense(attributes: ["units": .int(2)]) == Dense(2))
    #expect(
      try DepthwiseConv2D(attributes: ["kernel_size": .ints([3, 3])])
        == DepthwiseConv2D(kernelSize: (3, 3)))
    #expect(try BatchNormalization(attributes: [:]) == BatchNormalization())
    #expect(try LayerNormalization(attributes: [:]) == LayerNormalization())
    #expect(try Normalization(attributes: [:]) == Normalization())
    #expect(try PReLU(attributes: [:]) == PReLU())
    #expect(
      refusal { try Conv2D(attributes: ["filters": .int(3)]) }
        == "attribute 'kernel_size' is missing")
  }

  @Test func `weights are listed in the order in which Keras stores them`() throws {
    func roles(_ layer: any Layer) throws -> [String] {
      try layer.parameters(for: [[nil, 9, 9, 4]]).map { "\($0.role) \($0.shape)" }
    }
    #expect(
      try roles(BatchNormalization()) == [
        "gamma [4]", "beta [4]", "moving_mean [4]", "moving_variance [4]",
      ])
    #expect(
      try BatchNormalization().parameters(for: [[nil, 4]]).map(\.isTrainable)
        == [true, true, false, false])
    #expect(
      try roles(SeparableConv2D(6, kernelSize: (3, 3), depthMultiplier: 2)) == [
        "depthwise_kernel [3, 3, 4, 2]", "pointwise_kernel [1, 1, 8, 6]", "bias [6]",
      ])
    #expect(
      try roles(DepthwiseConv2D(kernelSize: (3, 3), depthMultiplier: 2))
        == ["kernel [3, 3, 4, 2]", "bias [8]"])
    #expect(try roles(LayerNormalization(axes: [-1, 1])) == ["gamma [9, 4]", "beta [9, 4]"])
    #expect(try roles(PReLU(sharedAxes: [1, 2])) == ["alpha [1, 1, 4]"])
  }

  @Test func `what a normalization cannot take is refused`() {
    func shapes(_ layer: any Layer, _ input: Shape) -> String {
      refusal { try layer.outputShapes(for: [input]) }
    }
    #expect(
      shapes(BatchNormalization(axis: 4), [nil, 9, 9, 4])
        == "attribute 'axis' is 4; expected axes of the input's shape [None, 9, 9, 4]")
    #expect(
      shapes(BatchNormalization(), [nil, 9, nil])
        == "input has shape [None, 9, None]; the size of axis 2 must be known")
    #expect(
      shapes(LayerNormalization(axes: []), [nil, 9])
        == "attribute 'axis' is []; expected at least one axis")
    #expect(
      shapes(Normalization(statistics: .init(mean: [1, 2], variance: [1])), [nil, 3])
        == "attribute 'mean' is 2 numbers; expected 1 number or one for each place of shape [3]")
    #expect(
      shapes(PReLU(sharedAxes: [0]), [nil, 3])
        == "attribute 'shared_axes' is 0; expected axes of the input's shape [None, 3] but the "
        + "first")
    #expect(
      shapes(Dense(3), [nil]) == "input has shape [None]; expected [batch, …, channels]")
    #expect(
      shapes(Dense(0), [nil, 3]) == "attribute 'units' is 0; expected at least 1")
  }
}
