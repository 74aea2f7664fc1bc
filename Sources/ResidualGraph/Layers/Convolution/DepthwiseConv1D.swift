/// A convolution along one axis of each channel by itself.
///
/// ```
/// y[b, i, c·m + k] = activation(
///   Σ x[b, i·s + p·d - before, c]·kernel[p, c, k] + bias[c·m + k])
/// ```
///
/// with strides s, dilation d, depth multiplier m, and zeros outside of the input.
/// Weights: kernel `(kernel length, channels, depth multiplier)`, bias
/// `(channels·depth multiplier)`.
public struct DepthwiseConv1D: ConvolutionLayer, Hashable {
  /// The name in the schema and in Keras.
  public static let kind = "DepthwiseConv1D"

  /// The layer's name and how its weights begin.
  public var declaration = LayerDeclaration()

  let convolution: DepthwiseConvolution

  /// The number of output channels of each input channel.
  public var depthMultiplier: Int { convolution.depthMultiplier }
  /// The length of the kernel.
  public var kernelSize: Int { convolution.window.kernelSize[0] }
  /// The distance between two of its positions.
  public var strides: Int { convolution.window.strides[0] }
  /// The zeros around the input.
  public var padding: Padding { convolution.window.padding }
  /// Where the channels are.
  public var dataFormat: DataFormat { convolution.window.dataFormat }
  /// The distance between neighbours in the kernel, in elements of the input.
  public var dilationRate: Int { convolution.window.dilationRate[0] }
  /// What is applied to the sums.
  public var activation: ActivationFunction { convolution.activation }
  /// Whether a bias is added.
  public var useBias: Bool { convolution.useBias }

  /// Makes the layer, with the defaults of Keras 3.
  public init(
    kernelSize: Int, strides: Int = 1, padding: Padding = .valid, depthMultiplier: Int = 1,
    dataFormat: DataFormat = .channelsLast, dilationRate: Int = 1,
    activation: ActivationFunction = .linear, useBias: Bool = true,
    depthwiseInitializer: Initializer = .glorotUniform(), biasInitializer: Initializer = .zeros,
    name: String? = nil
  ) {
    convolution = DepthwiseConvolution(
      window: ConvolutionWindow(
        rank: 1, kernelSize: [kernelSize], strides: [strides], padding: padding,
        dataFormat: dataFormat, dilationRate: [dilationRate]),
      depthMultiplier: depthMultiplier, activation: activation, useBias: useBias)
    declaration = LayerDeclaration(
      name: name, initializers: ["kernel": depthwiseInitializer, "bias": biasInitializer])
  }

  /// Reads Keras 3's attributes.
  public init(attributes: Attributes) throws(ModelError) {
    convolution = try DepthwiseConvolution(attributes, rank: 1)
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
