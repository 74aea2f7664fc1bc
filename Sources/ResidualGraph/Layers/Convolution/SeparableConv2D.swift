/// A convolution along two axes of each channel by itself, then one that mixes the channels.
///
/// ```
/// z[b, i, j, c·m + k] =
///   Σ x[b, i·s₀ + p·d₀ - top, j·s₁ + q·d₁ - left, c]·depthwise_kernel[p, q, c, k]
/// y[b, i, j, f] = activation(Σ z[b, i, j, h]·pointwise_kernel[0, 0, h, f] + bias[f])
/// ```
///
/// with strides s, dilation d, depth multiplier m, and zeros outside of the input.
/// Weights: depthwise_kernel `(kernel height, kernel width, channels, depth multiplier)`,
/// pointwise_kernel `(1, 1, channels·depth multiplier, filters)`, bias `(filters)`.
public struct SeparableConv2D: ConvolutionLayer, Hashable {
  /// The name in the schema and in Keras.
  public static let kind = "SeparableConv2D"

  /// The layer's name and how its weights begin.
  public var declaration = LayerDeclaration()

  let convolution: SeparableConvolution

  /// The number of output channels.
  public var filters: Int { convolution.filters }
  /// The number of output channels of each input channel.
  public var depthMultiplier: Int { convolution.depthMultiplier }
  /// The height and width of the kernel.
  public var kernelSize: [Int] { convolution.window.kernelSize }
  /// The distances between two of its positions.
  public var strides: [Int] { convolution.window.strides }
  /// The zeros around the input.
  public var padding: Padding { convolution.window.padding }
  /// Where the channels are.
  public var dataFormat: DataFormat { convolution.window.dataFormat }
  /// The distances between neighbours in the kernel, in elements of the input.
  public var dilationRate: [Int] { convolution.window.dilationRate }
  /// What is applied to the sums.
  public var activation: ActivationFunction { convolution.activation }
  /// Whether a bias is added.
  public var useBias: Bool { convolution.useBias }

  /// Makes the layer, with the defaults of Keras 3.
  public init(
    _ filters: Int, kernelSize: (Int, Int), strides: (Int, Int) = (1, 1), padding: Padding = .valid,
    dataFormat: DataFormat = .channelsLast, dilationRate: (Int, Int) = (1, 1),
    depthMultiplier: Int = 1, activation: ActivationFunction = .linear, useBias: Bool = true,
    depthwiseInitializer: Initializer = .glorotUniform(),
    pointwiseInitializer: Initializer = .glorotUniform(), biasInitializer: Initializer = .zeros,
    name: String? = nil
  ) {
    convolution = SeparableConvolution(
      filters: filters,
      window: ConvolutionWindow(
        rank: 2, kernelSize: [kernelSize.0, kernelSize.1], strides: [strides.0, strides.1],
        padding: padding,
        dataFormat: dataFormat, dilationRate: [dilationRate.0, dilationRate.1]),
      depthMultiplier: depthMultiplier, activation: activation, useBias: useBias)
    declaration = LayerDeclaration(
      name: name,
      initializers: [
        "depthwise_kernel": depthwiseInitializer, "pointwise_kernel": pointwiseInitializer,
        "bias": biasInitializer,
      ])
  }

  /// Reads Keras 3's attributes.
  public init(attributes: Attributes) throws(ModelError) {
    convolution = try SeparableConvolution(attributes, rank: 2)
  }

  /// Computes the layer.
  @specialized(where Scalar == Float) @specialized(where Scalar == Double)
  public func forward<Scalar: ReferenceScalar>(
    _ inputs: [NDArray<Scalar>], _ parameters: Parameters<Scalar>
  ) -> [NDArray<Scalar>] {
    inputs.map { convolution.forward($0, parameters) }
  }

  /// The bound of a sum of products, then of the activation function.
  @specialized(where Scalar == Float) @specialized(where Scalar == Double)
  public func roundingBounds<Scalar: ReferenceScalar>(
    _ inputs: [NDArray<Scalar>], _ parameters: Parameters<Scalar>, outputs: [NDArray<Scalar>]
  ) -> [RoundingBound<Scalar>] {
    zip(inputs, outputs).map { convolution.roundingBound($0, parameters, output: $1) }
  }
}
