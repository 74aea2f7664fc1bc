/// How the kernel of a convolution moves over its input.
public struct ConvolutionWindow: Hashable, Sendable {
  /// The number of elements of the kernel along each spatial axis.
  public var kernelSize: [Int]
  /// The distances between two of its positions.
  public var strides: [Int]
  /// What is put around the input.
  public var padding: Padding
  /// Where the channels are.
  public var dataFormat: DataFormat
  /// The distances between neighbours in the kernel, in elements of the input.
  public var dilationRate: [Int]

  /// A window without a size.
  init(rank: Int) {
    let ones = Array(repeating: 1, count: rank)
    self.init([], ones, .valid, .channelsLast, ones)
  }

  init(
    _ kernelSize: [Int], _ strides: [Int], _ padding: Padding, _ dataFormat: DataFormat,
    _ dilationRate: [Int]
  ) {
    self.kernelSize = kernelSize
    self.strides = strides
    self.padding = padding
    self.dataFormat = dataFormat
    self.dilationRate = dilationRate
  }

  /// A window of one element, at each place.
  static func pointwise(rank: Int, _ dataFormat: DataFormat) -> ConvolutionWindow {
    let ones = Array(repeating: 1, count: rank)
    return ConvolutionWindow(ones, ones, .valid, dataFormat, ones)
  }

  /// The number of spatial axes.
  package var rank: Int { kernelSize.count }

  /// One window per spatial axis.
  package var windows: [Window] {
    kernelSize.indices.map {
      Window(
        size: kernelSize[$0], stride: strides[$0], dilation: dilationRate[$0], padding: padding)
    }
  }

  /// The shape of the output of a convolution with this many output channels.
  func outputShape(for input: Shape, channels: Int) throws(ModelError) -> Shape {
    let spatial = try windows.outputSizes(for: input, dataFormat)
    return dataFormat.shape(batch: input[0], spatial: spatial, channels: channels)
  }

  /// The zeros around an input as before/after pairs per spatial axis.
  package func explicitPadding(for input: Shape) throws(ModelError) -> [Int] {
    try windows.explicitPadding(for: input, dataFormat)
  }

  /// The number of channels of an input that the window has a place in.
  func channels(of input: Shape) throws(ModelError) -> Int {
    _ = try windows.outputSizes(for: input, dataFormat)
    return try dataFormat.channels(of: input)
  }

  /// The number of channels that a depthwise convolution makes of an input.
  func outputChannels(for input: Shape, depthMultiplier: Int) throws(ModelError) -> Int {
    let channels = try channels(of: input)
    let (product, overflow) = channels.multipliedReportingOverflow(by: depthMultiplier)
    guard depthMultiplier > 0, channels > 0, !overflow else {
      throw .attribute(
        "depth_multiplier", expected: "at least 1 and a factor for \(channels) channels",
        found: "\(depthMultiplier)")
    }
    return product
  }

  /// Throws `ModelError.attribute` for strides and distances in the kernel that no version of Keras takes
  /// together.
  func checkDilation() throws(ModelError) {
    guard strides.allSatisfy({ $0 == 1 }) || dilationRate.allSatisfy({ $0 == 1 }) else {
      throw .attribute(
        "dilation_rate", expected: "1 along each axis with strides \(strides)",
        found: "\(dilationRate)")
    }
  }

  /// Throws `ModelError.attribute` for padding that only convolutions along one axis have.
  func checkNotCausal() throws(ModelError) {
    guard padding != .causal else {
      throw .attribute("padding", expected: "'valid' or 'same'", found: "'causal'")
    }
  }

  /// The attributes of a window over this many axes.
  static func fields(rank: Int) -> [AttributeField<ConvolutionWindow>] {
    [
      .sizes("kernel_size", \.kernelSize, count: rank, isRequired: true),
      .sizes("strides", \.strides, count: rank),
      .choice("padding", \.padding).expecting("'valid' or 'same'") {
        $0.padding != .causal || rank == 1
      },
      .choice("data_format", \.dataFormat),
      .sizes("dilation_rate", \.dilationRate, count: rank),
    ]
  }
}

/// A layer in which a window moves over an input `(batch, spatial…, channels)` or, channels first,
/// `(batch, channels, spatial…)`.
public protocol ConvolutionLayer: Layer {
  /// How the kernel moves over the input.
  var window: ConvolutionWindow { get }
}

extension ConvolutionLayer {
  /// The size of the kernel along each spatial axis.
  public var kernelSize: [Int] { window.kernelSize }
  /// The distances between two of its positions.
  public var strides: [Int] { window.strides }
  /// The zeros around the input.
  public var padding: Padding { window.padding }
  /// Where the channels are.
  public var dataFormat: DataFormat { window.dataFormat }
  /// The distances between neighbours in the kernel, in elements of the input.
  public var dilationRate: [Int] { window.dilationRate }
}
