internal import OrderedCollections

/// How the kernel of a convolution moves over its input, along one axis or two.
struct ConvolutionWindow: Hashable, Sendable {
  /// The number of spatial axes.
  var rank: Int
  var kernelSize: [Int]
  var strides: [Int]
  var padding: Padding
  var dataFormat: DataFormat
  var dilationRate: [Int]

  /// One window per spatial axis.
  var windows: [Window] {
    kernelSize.indices.map {
      Window(
        size: kernelSize[$0], stride: strides[$0], dilation: dilationRate[$0], padding: padding)
    }
  }

  /// Throws `ModelError.attribute` where the numbers make no sense.
  func check() throws(ModelError) {
    for (name, sizes) in [
      ("kernel_size", kernelSize), ("strides", strides), ("dilation_rate", dilationRate),
    ] {
      guard sizes.count == rank else {
        throw .attribute(name, expected: "\(rank) integers", found: "\(sizes)")
      }
      guard sizes.allSatisfy({ $0 > 0 }) else {
        throw .attribute(name, expected: "integers of at least 1", found: "\(sizes)")
      }
    }
    guard padding != .causal || rank == 1 else {
      throw .attribute("padding", expected: "'valid' or 'same'", found: "'causal'")
    }
  }

  /// The shape of the output of a convolution with this many output channels.
  func outputShape(for input: Shape, channels: Int) throws(ModelError) -> Shape {
    try check()
    let spatial = try windows.outputSizes(for: input, dataFormat)
    return dataFormat.shape(batch: input[0], spatial: spatial, channels: channels)
  }

  /// The zeros around an input as before/after pairs per spatial axis.
  func explicitPadding(for input: Shape) throws(ModelError) -> [Int] {
    try check()
    return try windows.explicitPadding(for: input, dataFormat)
  }
}

// MARK: - Attributes

extension ConvolutionWindow {
  /// Reads `kernel_size`, `strides`, `padding`, `data_format` and `dilation_rate`.
  init(_ attributes: Attributes, rank: Int) throws(ModelError) {
    self.rank = rank
    let ones = Array(repeating: 1, count: rank)
    kernelSize = try attributes.positiveInts("kernel_size", count: rank)
    strides = try attributes.positiveInts("strides", count: rank, default: ones)
    padding = try attributes.choice("padding", default: Padding.valid)
    dataFormat = try attributes.choice("data_format", default: DataFormat.channelsLast)
    dilationRate = try attributes.positiveInts("dilation_rate", count: rank, default: ones)
    try check()
  }

  /// The complete canonical attributes.
  var attributes: Attributes {
    [
      "kernel_size": .ints(kernelSize), "strides": .ints(strides),
      "padding": .string(padding.rawValue), "data_format": .string(dataFormat.rawValue),
      "dilation_rate": .ints(dilationRate),
    ]
  }
}
