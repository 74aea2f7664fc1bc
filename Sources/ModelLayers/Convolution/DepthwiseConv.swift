/// A convolution along `rank` axes of each channel by itself.
///
/// ```
/// y[b, i, j, c·m + k] = activation(
///   Σ x[b, i·s₀ + p·d₀ - top, j·s₁ + q·d₁ - left, c]·kernel[p, q, c, k] + bias[c·m + k])
/// ```
///
/// along two axes, with strides s, dilation d, depth multiplier m, and zeros outside of the input.
/// Weights: kernel `(spatial…, channels, depth multiplier)`, bias `(channels·depth multiplier)`. As
/// `keras/src/layers/convolutional/base_depthwise_conv.py`.
public struct DepthwiseConv<let rank: Int>: UnaryLayer, DeclaredLayer, ConvolutionLayer, Hashable {
  /// The name in the schema and in Keras.
  public static var kind: String { "DepthwiseConv\(rank)D" }

  /// The layer's name and how its weights begin.
  public var declaration = LayerDeclaration()

  /// How the kernel moves over the input.
  public internal(set) var window = ConvolutionWindow(rank: rank)
  /// The number of output channels of each input channel.
  public internal(set) var depthMultiplier = 1
  /// What is applied to the sums.
  public internal(set) var activation = ActivationFunction.linear
  /// Whether a bias is added.
  public internal(set) var useBias = true

  /// The attributes.
  public static var fields: [AttributeField<Self>] {
    AttributeField.part(\.window, ConvolutionWindow.fields(rank: rank))
      + [
        .count("depth_multiplier", \.depthMultiplier), .activation(\.activation),
        .flag("use_bias", \.useBias),
      ]
  }

  /// Keras's defaults, without a size.
  public static var prototype: DepthwiseConv { DepthwiseConv() }

  private init() {}

  fileprivate init(
    _ window: ConvolutionWindow, _ depthMultiplier: Int, _ activation: ActivationFunction,
    _ useBias: Bool, _ declaration: LayerDeclaration
  ) {
    self.window = window
    self.depthMultiplier = depthMultiplier
    self.activation = activation
    self.useBias = useBias
    self.declaration = declaration
  }

  /// Sums of products, then the activation function.
  public func define(
    _ x: Definition.Value, in definition: inout Definition
  ) throws(ModelError) -> Definition.Value {
    let channels = try window.outputChannels(for: x.shape, depthMultiplier: depthMultiplier)
    let kernel = definition.weight(
      "kernel", window.kernelSize + [channels / depthMultiplier, depthMultiplier])
    let bias = useBias ? definition.weight("bias", [channels]) : nil
    let sums = try definition.convolution(x, kernel, bias: bias, window, .depthwise)
    return try definition.activation(activation, sums)
  }
}

/// A convolution of each channel by itself along one axis.
public typealias DepthwiseConv1D = DepthwiseConv<1>

/// A convolution of each channel by itself along two axes.
public typealias DepthwiseConv2D = DepthwiseConv<2>

extension DepthwiseConv where rank == 1 {
  /// Makes the layer, with the defaults of Keras 3.
  public init(
    kernelSize: Int, strides: Int = 1, padding: Padding = .valid, depthMultiplier: Int = 1,
    dataFormat: DataFormat = .channelsLast, dilationRate: Int = 1,
    activation: ActivationFunction = .linear, useBias: Bool = true,
    depthwiseInitializer: Initializer = .glorotUniform(), biasInitializer: Initializer = .zeros,
    name: String? = nil
  ) {
    self.init(
      ConvolutionWindow([kernelSize], [strides], padding, dataFormat, [dilationRate]),
      depthMultiplier, activation, useBias,
      LayerDeclaration(
        name: name, initializers: ["kernel": depthwiseInitializer, "bias": biasInitializer]))
  }
}

extension DepthwiseConv where rank == 2 {
  /// Makes the layer, with the defaults of Keras 3.
  public init(
    kernelSize: (Int, Int), strides: (Int, Int) = (1, 1), padding: Padding = .valid,
    depthMultiplier: Int = 1, dataFormat: DataFormat = .channelsLast,
    dilationRate: (Int, Int) = (1, 1), activation: ActivationFunction = .linear,
    useBias: Bool = true, depthwiseInitializer: Initializer = .glorotUniform(),
    biasInitializer: Initializer = .zeros, name: String? = nil
  ) {
    self.init(
      ConvolutionWindow(
        [kernelSize.0, kernelSize.1], [strides.0, strides.1], padding, dataFormat,
        [dilationRate.0, dilationRate.1]), depthMultiplier, activation, useBias,
      LayerDeclaration(
        name: name, initializers: ["kernel": depthwiseInitializer, "bias": biasInitializer]))
  }
}
