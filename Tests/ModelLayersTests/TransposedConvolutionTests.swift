import ModelLayers
import TestSupport
import Testing

@Suite struct TransposedConvolutionTests {
  /// What each pixel puts into the output, added up where it falls; as many outputs as the
  /// documentation says.
  private func scattered(
    _ x: NDArray<Double>, _ kernel: NDArray<Double>, _ bias: NDArray<Double>, sizes: [Int],
    strides: [Int], dilation: [Int], before: [Int]
  ) -> NDArray<Double> {
    let (filters, channels) = (kernel.dimensions[2], kernel.dimensions[3])
    var sums = NDArray<Double>(repeating: 0, [x.dimensions[0], sizes[0], sizes[1], filters])
    for place in NDArray<Double>.places(Array(x.dimensions.dropLast()) + [filters]) {
      for tap in NDArray<Double>.places(Array(kernel.dimensions.prefix(2))) {
        let row = place[1] * strides[0] + tap[0] * dilation[0] - before[0]
        let column = place[2] * strides[1] + tap[1] * dilation[1] - before[1]
        guard 0..<sizes[0] ~= row, 0..<sizes[1] ~= column else { continue }
        let index = ((place[0] * sizes[0] + row) * sizes[1] + column) * filters + place[3]
        for channel in 0..<channels {
          sums.elements[index] +=
            x.at(place[0], place[1], place[2], channel)
            * kernel.at(tap[0], tap[1], place[3], channel)
        }
      }
    }
    return .generate(sums.dimensions) { sums.at($0[0], $0[1], $0[2], $0[3]) + bias.at($0[3]) }
  }

  /// Kernel, strides, dilation, padding, output padding; sizes and what is cut off of a 4 × 5 image,
  /// by hand.
  private static let settings:
    [(
      kernel: [Int], strides: [Int], dilation: [Int], padding: Padding, extra: [Int]?,
      sizes: [Int], before: [Int]
    )] = [
      ([3, 2], [1, 1], [1, 1], .valid, nil, [6, 6], [0, 0]),
      ([3, 4], [2, 2], [1, 1], .same, nil, [8, 10], [0, 1]),
      ([5, 3], [2, 1], [1, 1], .same, nil, [8, 5], [1, 1]),
      ([2, 1], [3, 2], [1, 1], .valid, nil, [12, 10], [0, 0]),
      ([2, 3], [3, 3], [1, 1], .same, nil, [12, 15], [0, 0]),
      ([3, 3], [2, 2], [1, 1], .same, [1, 0], [8, 9], [0, 1]),
      ([3, 3], [2, 2], [1, 1], .valid, [0, 1], [9, 12], [0, 0]),
      ([3, 2], [1, 1], [2, 3], .valid, nil, [8, 8], [0, 0]),
      ([3, 3], [1, 1], [2, 1], .same, nil, [4, 5], [2, 1]),
    ]

  @Test(arguments: settings.indices, DataFormat.allCases)
  func `a transposed convolution adds up what each pixel puts`(
    _ index: Int, _ format: DataFormat
  ) throws {
    let (kernel, strides, dilation, padding, extra, sizes, before) = Self.settings[index]
    let layer = Conv2DTranspose(
      3, kernelSize: pair(kernel), strides: pair(strides), padding: padding,
      outputPadding: extra.map(pair), dataFormat: format, dilationRate: pair(dilation))
    let isLast = format == .channelsLast
    let trial = try LayerTrial(layer, isLast ? [2, 4, 5, 2] : [2, 2, 4, 5])
    let x = isLast ? trial.inputs[0] : trial.inputs[0].permuted([0, 2, 3, 1])
    let expected = scattered(
      x, try #require(trial.parameters["kernel"]), try #require(trial.parameters["bias"]),
      sizes: sizes, strides: strides, dilation: dilation, before: before)
    let order = isLast ? [0, 1, 2, 3] : [0, 3, 1, 2]
    #expect(trial.distance(to: expected.permuted(order)) < 1e-14)
    #expect(trial.roundingShare() <= 1)
  }

  @Test func `rows and volumes are images of other ranks`() throws {
    let row = try LayerTrial(
      Conv1DTranspose(3, kernelSize: 3, strides: 2, padding: .same), [2, 4, 2])
    let kernel = try #require(row.parameters["kernel"])
    let bias = try #require(row.parameters["bias"])
    let image = scattered(
      row.inputs[0].reshaped([2, 1, 4, 2]), kernel.reshaped([1, 3, 3, 2]), bias, sizes: [1, 8],
      strides: [1, 2], dilation: [1, 1], before: [0, 0])
    #expect(row.distance(to: image.reshaped([2, 8, 3])) < 1e-14)
    let volume = try LayerTrial(
      Conv3DTranspose(3, kernelSize: (1, 3, 2), strides: (1, 2, 1)), [2, 1, 4, 5, 2])
    let flat = scattered(
      volume.inputs[0].reshaped([2, 4, 5, 2]),
      try #require(volume.parameters["kernel"]).reshaped([3, 2, 3, 2]),
      try #require(volume.parameters["bias"]), sizes: [9, 6], strides: [2, 1], dilation: [1, 1],
      before: [0, 0])
    #expect(volume.distance(to: flat.reshaped([2, 1, 9, 6, 3])) < 1e-14)
  }

  @Test func `what no transposed convolution has is refused`() throws {
    func layer(_ change: (String, AttributeValue)...) throws(ModelError) -> Conv2DTranspose {
      var attributes: Attributes = ["filters": .int(2), "kernel_size": .ints([2, 2])]
      for (name, value) in change { attributes[name] = value }
      return try Conv2DTranspose(attributes: attributes)
    }
    #expect(
      refusal { try layer(("output_padding", .ints([1, 0]))) }
        == "attribute 'output_padding' is [1, 0]; expected none, or one for each axis, of at "
        + "least 0 and less than its stride")
    #expect(
      refusal { try layer(("strides", .ints([2, 2])), ("dilation_rate", .ints([2, 2]))) }
        == "attribute 'dilation_rate' is [2, 2]; expected 1 along each axis with strides [2, 2]")
    #expect(refusal { try layer(("padding", .string("causal"))) } != "")
    // TensorFlow has no convolution of which this is the transpose.
    let odd = try layer(
      ("padding", .string("same")), ("strides", .ints([2, 2])), ("output_padding", .ints([0, 0])))
    #expect(throws: ModelError.self) { try odd.outputShapes(for: [[nil, 4, 4, 1]]) }
    for size in [Int.max, 1 << 40, 0] {
      #expect(throws: ModelError.self) {
        try layer(("strides", .ints([Int.max, 1 << 39]))).outputShapes(for: [[1, size, size, 1]])
      }
    }
    #expect(try layer().outputShapes(for: [[nil, nil, 4, 3]]) == [[nil, nil, 5, 2]])
  }
}

extension NDArray {
  /// All places of an array, in row-major order.
  fileprivate static func places(_ dimensions: [Int]) -> [[Int]] {
    var places: [[Int]] = [[]]
    for size in dimensions { places = places.flatMap { place in (0..<size).map { place + [$0] } } }
    return places
  }
}
