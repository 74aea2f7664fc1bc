internal import OrderedCollections

/// What the depthwise convolutions along one axis and along two have in common.
struct DepthwiseConvolution: Hashable, Sendable {
  var window: ConvolutionWindow
  var depthMultiplier: Int
  var activation: ActivationFunction
  var useBias: Bool

  func parameters(for input: Shape) throws(ModelError) -> [ParameterSpecification] {
    let outputChannels = try outputChannels(for: input)
    let kernel = ParameterSpecification(
      "kernel", window.kernelSize + [outputChannels / depthMultiplier, depthMultiplier])
    return useBias ? [kernel, ParameterSpecification("bias", [outputChannels])] : [kernel]
  }

  func outputShape(for input: Shape) throws(ModelError) -> Shape {
    let channels = try outputChannels(for: input)
    return try activation.outputShape(for: window.outputShape(for: input, channels: channels))
  }

  func operationCount(for input: Shape) throws(ModelError) -> Int {
    try [outputShape(for: input)].operationCount(perElement: [2] + window.kernelSize)
  }

  private func outputChannels(for input: Shape) throws(ModelError) -> Int {
    try window.outputChannels(for: input, depthMultiplier: depthMultiplier)
  }
}

extension ConvolutionWindow {
  /// The number of channels that a depthwise convolution makes of an input.
  func outputChannels(for input: Shape, depthMultiplier: Int) throws(ModelError) -> Int {
    try check()
    _ = try windows.outputSizes(for: input, dataFormat)
    let channels = try dataFormat.channels(of: input)
    let (product, overflow) = channels.multipliedReportingOverflow(by: depthMultiplier)
    guard depthMultiplier > 0, channels > 0, !overflow else {
      throw .attribute(
        "depth_multiplier", expected: "at least 1 and a factor for \(channels) channels",
        found: "\(depthMultiplier)")
    }
    return product
  }
}

// MARK: - Formula

extension DepthwiseConvolution {
  func forward<Scalar: ReferenceScalar>(
    _ input: NDArray<Scalar>, _ parameters: Parameters<Scalar>
  ) -> NDArray<Scalar> {
    activation.applied(to: sums(input, parameters, .products))
  }

  func roundingBound<Scalar: ReferenceScalar>(
    _ input: NDArray<Scalar>, _ parameters: Parameters<Scalar>, output: NDArray<Scalar>
  ) -> RoundingBound<Scalar> {
    let magnitude = sums(input, parameters, .magnitudes)
    let length = window.kernelSize.reduce(1, *) + (useBias ? 1 : 0)
    return activation.roundingBound(
      of: output, appliedWithin: .sum(of: length, magnitude: magnitude))
  }

  /// The convolution without its activation function.
  private func sums<Scalar: ReferenceScalar>(
    _ input: NDArray<Scalar>, _ parameters: Parameters<Scalar>, _ terms: Terms
  ) -> NDArray<Scalar> {
    let image = input.channelsLast(from: window.dataFormat)
    let geometry = ConvolutionGeometry(window, image.dimensions)
    let rows = DepthwiseRows(
      image: image, geometry: geometry, kernel: parameters["kernel"],
      depthMultiplier: depthMultiplier, terms: terms)
    let dimensions = geometry.outputDimensions(
      rank: window.rank, channels: rows.rowLength)
    let elements = collected(rows, bias: useBias ? parameters["bias"] : nil, terms)
    return NDArray(dimensions, elements).channelsLast(to: window.dataFormat)
  }
}

// MARK: - Attributes

extension DepthwiseConvolution {
  init(_ attributes: Attributes, rank: Int) throws(ModelError) {
    window = try ConvolutionWindow(attributes, rank: rank)
    depthMultiplier = try attributes.positiveInt("depth_multiplier", default: 1)
    activation = try ActivationFunction(attributes)
    useBias = try attributes.bool("use_bias", default: true)
  }

  var attributes: Attributes {
    window.attributes
      .merging(["depth_multiplier": .int(depthMultiplier)])
      .merging(activation.attributes())
      .merging(["use_bias": .bool(useBias)])
  }
}
