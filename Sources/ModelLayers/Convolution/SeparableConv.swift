/// A convolution along `rank` axes of each channel by itself, then one that mixes the channels.
///
/// ```
/// z[b, i, j, c·m + k] =
///   Σ x[b, i·s₀ + p·d₀ - top, j·s₁ + q·d₁ - left, c]·depthwise_kernel[p, q, c, k]
/// y[b, i, j, f] = activation(Σ z[b, i, j, h]·pointwise_kernel[0, 0, h, f] + bias[f])
/// ```
///
/// along two axes, with strides s, dilation d, depth multiplier m, and zeros outside of the input.
/// Weights: depthwise_kernel `(spatial…, channels, depth multiplier)`,
/// pointwise_kernel `(1…, channels·depth multiplier, filters)`, bias `(filters)`. As
/// `keras/src/layers/convolutional/base_separable_conv.py`.
public struct SeparableConv<let rank: Int>: UnaryLayer, DeclaredLayer, ConvolutionLayer, Hashable {
  /// The name in the schema and in Keras.
  public static var kind: String { "SeparableConv\(rank)D" }

  /// The layer's name and how its weights begin.
  public var declaration = LayerDeclaration()

  /// The number of output channels.
  public internal(set) var filters = 0
  /// How the kernel moves over the input.
  public internal(set) var window = ConvolutionWindow(rank: rank)
  /// The number of channels between the two convolutions for each input channel.
  public internal(set) var depthMultiplier = 1
  /// What is applied to the sums.
  public internal(set) var activation = ActivationFunction.linear
  /// Whether a bias is added.
  public internal(set) var useBias = true

  /// The attributes.
  public static var fields: [AttributeField<Self>] {
    [.count("filters", \.filters, isRequired: true)]
      + AttributeField.part(\.window, ConvolutionWindow.fields(rank: rank))
      + [
        .count("depth_multiplier", \.depthMultiplier), .activation(\.activation),
        .flag("use_bias", \.useBias),
      ]
  }

  /// Keras's defaults, without filters.
  public static var prototype: SeparableConv { SeparableConv() }

  private init() {}

  fileprivate init(
    _ filters: Int, _ window: ConvolutionWindow, _ depthMultiplier: Int,
    _ activation: ActivationFunction, _ useBias: Bool, _ declaration: LayerDeclaration
  ) {
    self.filters = filters
    self.window = window
    self.depthMultiplier = depthMultiplier
    self.activation = activation
    self.useBias = useBias
    self.declaration = declaration
  }

  /// Two convolutions, then the activation function.
  public func define(
    _ x: Definition.Value, in definition: inout Definition
  ) throws(ModelError) -> Definition.Value {
    let channels = try window.outputChannels(for: x.shape, depthMultiplier: depthMultiplier)
    let depthwise = definition.weight(
      "depthwise_kernel", window.kernelSize + [channels / depthMultiplier, depthMultiplier])
    let pointwise = definition.weight(
      "pointwise_kernel", window.kernelSize.map { _ in 1 } + [channels, filters])
    let bias = useBias ? definition.weight("bias", [filters]) : nil
    let separate = try definition.convolution(x, depthwise, window, .depthwise)
    let sums = try definition.convolution(
      separate, pointwise, bias: bias, .pointwise(rank: rank, window.dataFormat), .groups(1))
    return try definition.activation(activation, sums)
  }
}

/// A separable convolution along one axis.
public typealias SeparableConv1D = SeparableConv<1>

/// A separable convolution along two axes.
public typealias SeparableConv2D = SeparableConv<2>

extension SeparableConv where rank == 1 {
  /// Makes the layer, with the defaults of Keras 3.
  public init(
    _ filters: Int, kernelSize: Int, strides: Int = 1, padding: Padding = .valid,
    dataFormat: DataFormat = .channelsLast, dilationRate: Int = 1, depthMultiplier: Int = 1,
    activation: ActivationFunction = .linear, useBias: Bool = true,
    depthwiseInitializer: Initializer = .glorotUniform(),
    pointwiseInitializer: Initializer = .glorotUniform(), biasInitializer: Initializer = .zeros,
    name: String? = nil
  ) {
    self.init(
      filters, ConvolutionWindow([kernelSize], [strides], padding, dataFormat, [dilationRate]),
      depthMultiplier, activation, useBias,
      LayerDeclaration(
        name: name,
        initializers: [
          "depthwise_kernel": depthwiseInitializer, "pointwise_kernel": pointwiseInitializer,
          "bias": biasInitializer,
        ]))
  }
}

extension SeparableConv where rank == 2 {
  /// Makes the layer, with the defaults of Keras 3.
  public init(
    _ filters: Int, kernelSize: (Int, Int), strides: (Int, Int) = (1, 1), padding: Padding = .valid,
    dataFormat: DataFormat = .channelsLast, dilationRate: (Int, Int) = (1, 1),
    depthMultiplier: Int = 1, activation: ActivationFunction = .linear, useBias: Bool = true,
    depthwiseInitializer: Initializer = .glorotUniform(),
    pointwiseInitializer: Initializer = .glorotUniform(), biasInitializer: Initializer = .zeros,
    name: String? = nil
  ) {
    self.init(
      filters,
      ConvolutionWindow(
        [kernelSize.0, kernelSize.1], [strides.0, strides.1], padding, dataFormat,
        [dilationRate.0, dilationRate.1]), depthMultiplier, activation, useBias,
      LayerDeclaration(
        name: name,
        initializers: [
          "depthwise_kernel": depthwiseInitializer, "pointwise_kernel": pointwiseInitializer,
          "bias": biasInitializer,
        ]))
  }
}
