internal import OrderedCollections

/// What the convolutions along one axis and along two have in common.
struct Convolution: Hashable, Sendable {
  var filters: Int
  var window: ConvolutionWindow
  var groups: Int
  var activation: ActivationFunction
  var useBias: Bool

  /// Throws `ModelError.attribute` where the numbers make no sense.
  func check() throws(ModelError) {
    try window.check()
    guard filters > 0 else {
      throw .attribute("filters", expected: "at least 1", found: "\(filters)")
    }
    guard groups > 0 else {
      throw .attribute("groups", expected: "at least 1", found: "\(groups)")
    }
    guard filters.isMultiple(of: groups) else {
      throw .attribute("groups", expected: "a divisor of \(filters) filters", found: "\(groups)")
    }
    guard window.strides.allSatisfy({ $0 == 1 }) || window.dilationRate.allSatisfy({ $0 == 1 })
    else {
      throw .attribute(
        "dilation_rate", expected: "1 along each axis with strides \(window.strides)",
        found: "\(window.dilationRate)")
    }
  }

  func parameters(for input: Shape) throws(ModelError) -> [ParameterSpecification] {
    let channels = try channels(of: input)
    let kernel = ParameterSpecification("kernel", window.kernelSize + [channels / groups, filters])
    return useBias ? [kernel, ParameterSpecification("bias", [filters])] : [kernel]
  }

  func outputShape(for input: Shape) throws(ModelError) -> Shape {
    let shape = try window.outputShape(for: input, channels: filters)
    _ = try channels(of: input)
    return try activation.outputShape(for: shape)
  }

  func operationCount(for input: Shape) throws(ModelError) -> Int {
    let channels = try channels(of: input) / groups
    return try [outputShape(for: input)]
      .operationCount(perElement: [2, channels] + window.kernelSize)
  }

  private func channels(of input: Shape) throws(ModelError) -> Int {
    try check()
    _ = try window.windows.outputSizes(for: input, window.dataFormat)
    let channels = try window.dataFormat.channels(of: input)
    guard channels > 0, channels.isMultiple(of: groups) else {
      throw .attribute(
        "groups", expected: "a divisor of the input's \(channels) channels", found: "\(groups)")
    }
    return channels
  }
}

// MARK: - Formula

extension Convolution {
  func forward<Scalar: ReferenceScalar>(
    _ input: NDArray<Scalar>, _ parameters: Parameters<Scalar>
  ) -> NDArray<Scalar> {
    activation.applied(to: sums(input, parameters, .products))
  }

  func roundingBound<Scalar: ReferenceScalar>(
    _ input: NDArray<Scalar>, _ parameters: Parameters<Scalar>, output: NDArray<Scalar>
  ) -> RoundingBound<Scalar> {
    let magnitude = sums(input, parameters, .magnitudes)
    let length = parameters["kernel"].dimensions.dropLast().reduce(1, *) + (useBias ? 1 : 0)
    return activation.roundingBound(
      of: output, appliedWithin: .sum(of: length, magnitude: magnitude))
  }

  /// The convolution without its activation function.
  private func sums<Scalar: ReferenceScalar>(
    _ input: NDArray<Scalar>, _ parameters: Parameters<Scalar>, _ terms: Terms
  ) -> NDArray<Scalar> {
    let kernel = parameters["kernel"]
    let bias = useBias ? parameters["bias"] : nil
    let image = input.channelsLast(from: window.dataFormat)
    let geometry = ConvolutionGeometry(window, image.dimensions)
    let elements: [Scalar]
    if groups > 1, groups == geometry.channelCount {
      // One channel a group: a depthwise convolution, with its weights in the same order.
      let rows = DepthwiseRows(
        image: image, geometry: geometry, kernel: kernel, depthMultiplier: filters / groups,
        terms: terms)
      elements = collected(rows, bias: bias, terms)
    } else {
      let width = geometry.channelCount / groups
      let patches = (0..<groups).map {
        Patches(image: image, geometry: geometry, channels: $0 * width..<($0 + 1) * width)
      }
      elements = matrixProduct(patches, kernel, bias: bias, terms)
    }
    let dimensions = geometry.outputDimensions(rank: window.rank, channels: filters)
    return NDArray(dimensions, elements).channelsLast(to: window.dataFormat)
  }
}

// MARK: - Attributes

extension Convolution {
  init(_ attributes: Attributes, rank: Int) throws(ModelError) {
    filters = try attributes.positiveInt("filters")
    window = try ConvolutionWindow(attributes, rank: rank)
    groups = try attributes.positiveInt("groups", default: 1)
    activation = try ActivationFunction(attributes)
    useBias = try attributes.bool("use_bias", default: true)
    try check()
  }

  var attributes: Attributes {
    Attributes(["filters": .int(filters)])
      .merging(window.attributes)
      .merging(["groups": .int(groups)])
      .merging(activation.attributes())
      .merging(["use_bias": .bool(useBias)])
  }
}
