internal import OrderedCollections

/// What the separable convolutions along one axis and along two have in common.
struct SeparableConvolution: Hashable, Sendable {
  var filters: Int
  var window: ConvolutionWindow
  var depthMultiplier: Int
  var activation: ActivationFunction
  var useBias: Bool

  func parameters(for input: Shape) throws(ModelError) -> [ParameterSpecification] {
    let middleChannels = try middleChannels(for: input)
    let ones = window.kernelSize.map { _ in 1 }
    let kernels = [
      ParameterSpecification(
        "depthwise_kernel",
        window.kernelSize + [middleChannels / depthMultiplier, depthMultiplier]),
      ParameterSpecification("pointwise_kernel", ones + [middleChannels, filters]),
    ]
    return useBias ? kernels + [ParameterSpecification("bias", [filters])] : kernels
  }

  func outputShape(for input: Shape) throws(ModelError) -> Shape {
    _ = try middleChannels(for: input)
    return try activation.outputShape(for: window.outputShape(for: input, channels: filters))
  }

  func operationCount(for input: Shape) throws(ModelError) -> Int {
    let channels = try middleChannels(for: input)
    let middle = try window.outputShape(for: input, channels: channels)
    return try [middle].operationCount(perElement: [2] + window.kernelSize)
      .addingSaturating([outputShape(for: input)].operationCount(perElement: [2, channels]))
  }

  private func middleChannels(for input: Shape) throws(ModelError) -> Int {
    guard filters > 0 else {
      throw .attribute("filters", expected: "at least 1", found: "\(filters)")
    }
    return try window.outputChannels(for: input, depthMultiplier: depthMultiplier)
  }
}

// MARK: - Formula

extension SeparableConvolution {
  func forward<Scalar: ReferenceScalar>(
    _ input: NDArray<Scalar>, _ parameters: Parameters<Scalar>
  ) -> NDArray<Scalar> {
    activation.applied(to: sums(input, parameters, .products))
  }

  /// A product of the first sum is rounded again with each addition of the second:
  /// the lengths of the sums add up.
  func roundingBound<Scalar: ReferenceScalar>(
    _ input: NDArray<Scalar>, _ parameters: Parameters<Scalar>, output: NDArray<Scalar>
  ) -> RoundingBound<Scalar> {
    let magnitude = sums(input, parameters, .magnitudes)
    let length =
      window.kernelSize.reduce(1, *)
      + parameters["pointwise_kernel"].dimensions.dropLast().reduce(1, *) + (useBias ? 1 : 0)
    return activation.roundingBound(
      of: output, appliedWithin: .sum(of: length, magnitude: magnitude))
  }

  /// The convolution without its activation function.
  ///
  /// What the depthwise step makes is never stored whole: it may be far larger
  /// than the input and the output.
  private func sums<Scalar: ReferenceScalar>(
    _ input: NDArray<Scalar>, _ parameters: Parameters<Scalar>, _ terms: Terms
  ) -> NDArray<Scalar> {
    let image = input.channelsLast(from: window.dataFormat)
    let geometry = ConvolutionGeometry(window, image.dimensions)
    let rows = DepthwiseRows(
      image: image, geometry: geometry, kernel: parameters["depthwise_kernel"],
      depthMultiplier: depthMultiplier, terms: terms)
    let dimensions = geometry.outputDimensions(rank: window.rank, channels: filters)
    let elements = matrixProduct(
      [rows], parameters["pointwise_kernel"], bias: useBias ? parameters["bias"] : nil, terms)
    return NDArray(dimensions, elements).channelsLast(to: window.dataFormat)
  }
}

// MARK: - Attributes

extension SeparableConvolution {
  init(_ attributes: Attributes, rank: Int) throws(ModelError) {
    filters = try attributes.positiveInt("filters")
    window = try ConvolutionWindow(attributes, rank: rank)
    depthMultiplier = try attributes.positiveInt("depth_multiplier", default: 1)
    activation = try ActivationFunction(attributes)
    useBias = try attributes.bool("use_bias", default: true)
  }

  var attributes: Attributes {
    Attributes(["filters": .int(filters)])
      .merging(window.attributes)
      .merging(["depth_multiplier": .int(depthMultiplier)])
      .merging(activation.attributes())
      .merging(["use_bias": .bool(useBias)])
  }
}
