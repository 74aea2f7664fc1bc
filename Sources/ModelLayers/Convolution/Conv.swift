/// A convolution along `rank` axes: each filter sees a window of all channels, or of a group.
///
/// ```
/// y[b, i, j, f] = activation(Σ x[b, i·s₀ + p·d₀ - top, j·s₁ + q·d₁ - left, c]·kernel[p, q, c, f] + bias[f])
/// ```
///
/// along two axes; the sum is over the elements p, q of the kernel and the channels c, with zeros
/// outside of the input. Input `(batch, spatial…, channels)` or, channels first,
/// `(batch, channels, spatial…)`. Weights: kernel `(spatial…, channels ÷ groups, filters)`,
/// bias `(filters)`. As `keras/src/layers/convolutional/base_conv.py`.
public struct Conv<let rank: Int>: UnaryLayer, DeclaredLayer, Hashable {
  /// The name in the schema and in Keras.
  public static var kind: String { "Conv\(rank)D" }

  /// The layer's name and how its weights begin.
  public var declaration = LayerDeclaration()

  /// The number of filters, which is that of the output's channels.
  public internal(set) var filters = 0
  /// How the kernel moves over the input.
  public internal(set) var window = ConvolutionWindow(rank: rank)
  /// The number of groups that channels and filters are divided into.
  public internal(set) var groups = 1
  /// What is applied to the sums.
  public internal(set) var activation = ActivationFunction.linear
  /// Whether a bias is added.
  public internal(set) var useBias = true
  /// How the kernel is kept.
  public internal(set) var storedKernel = StoredKernel()

  /// The attributes.
  public static var fields: [AttributeField<Self>] {
    [.count("filters", \.filters, isRequired: true)]
      + AttributeField.part(\.window, ConvolutionWindow.fields(rank: rank))
      + [
        .count("groups", \.groups), .activation(\.activation), .flag("use_bias", \.useBias),
      ] + AttributeField.part(\.storedKernel, StoredKernel.fields)
  }

  /// Keras's defaults, without filters.
  public static var prototype: Conv { Conv() }

  private init() {}

  fileprivate init(
    _ filters: Int, _ window: ConvolutionWindow, _ groups: Int, _ activation: ActivationFunction,
    _ useBias: Bool, _ declaration: LayerDeclaration
  ) {
    self.filters = filters
    self.window = window
    self.groups = groups
    self.activation = activation
    self.useBias = useBias
    self.declaration = declaration
  }

  /// Throws `ModelError.attribute` for what no convolution can have.
  public func check() throws(ModelError) {
    try checkFields()
    guard filters.isMultiple(of: groups) else {
      throw .attribute("groups", expected: "a divisor of \(filters) filters", found: "\(groups)")
    }
    try window.checkDilation()
    try storedKernel.check(rank: rank)
  }

  /// Sums of products, then the activation function.
  public func define(
    _ x: Definition.Value, in definition: inout Definition
  ) throws(ModelError) -> Definition.Value {
    let channels = try window.channels(of: x.shape)
    guard channels > 0, channels.isMultiple(of: groups) else {
      throw .attribute(
        "groups", expected: "a divisor of the input's \(channels) channels", found: "\(groups)")
    }
    let kernel = try storedKernel.kernel(
      window.kernelSize, channels: channels / groups, filters: filters, in: &definition)
    let bias = useBias ? definition.weight("bias", [filters]) : nil
    let sums = try definition.convolution(x, kernel, bias: bias, window, .groups(groups))
    return try definition.activation(activation, sums)
  }
}

extension Conv: ConvolutionLayer {}

/// A convolution along one axis: of an input `(batch, length, channels)`.
public typealias Conv1D = Conv<1>

/// A convolution along two axes: of an input `(batch, height, width, channels)`.
public typealias Conv2D = Conv<2>

/// A convolution along three axes: of an input `(batch, depth, height, width, channels)`.
public typealias Conv3D = Conv<3>

extension Conv where rank == 1 {
  /// Makes the layer, with the defaults of Keras 3.
  public init(
    _ filters: Int, kernelSize: Int, strides: Int = 1, padding: Padding = .valid,
    dataFormat: DataFormat = .channelsLast, dilationRate: Int = 1, groups: Int = 1,
    activation: ActivationFunction = .linear, useBias: Bool = true,
    kernelInitializer: Initializer = .glorotUniform(), biasInitializer: Initializer = .zeros,
    name: String? = nil
  ) {
    self.init(
      filters,
      ConvolutionWindow([kernelSize], [strides], padding, dataFormat, [dilationRate]), groups,
      activation, useBias,
      LayerDeclaration(
        name: name, initializers: ["kernel": kernelInitializer, "bias": biasInitializer]))
  }
}

extension Conv where rank == 2 {
  /// Makes the layer, with the defaults of Keras 3.
  public init(
    _ filters: Int, kernelSize: (Int, Int), strides: (Int, Int) = (1, 1), padding: Padding = .valid,
    dataFormat: DataFormat = .channelsLast, dilationRate: (Int, Int) = (1, 1), groups: Int = 1,
    activation: ActivationFunction = .linear, useBias: Bool = true,
    kernelInitializer: Initializer = .glorotUniform(), biasInitializer: Initializer = .zeros,
    name: String? = nil
  ) {
    self.init(
      filters,
      ConvolutionWindow(
        [kernelSize.0, kernelSize.1], [strides.0, strides.1], padding, dataFormat,
        [dilationRate.0, dilationRate.1]), groups, activation, useBias,
      LayerDeclaration(
        name: name, initializers: ["kernel": kernelInitializer, "bias": biasInitializer]))
  }
}

extension Conv where rank == 3 {
  /// Makes the layer, with the defaults of Keras 3.
  public init(
    _ filters: Int, kernelSize: (Int, Int, Int), strides: (Int, Int, Int) = (1, 1, 1),
    padding: Padding = .valid, dataFormat: DataFormat = .channelsLast,
    dilationRate: (Int, Int, Int) = (1, 1, 1), groups: Int = 1,
    activation: ActivationFunction = .linear, useBias: Bool = true,
    kernelInitializer: Initializer = .glorotUniform(), biasInitializer: Initializer = .zeros,
    name: String? = nil
  ) {
    self.init(
      filters,
      ConvolutionWindow(
        [kernelSize.0, kernelSize.1, kernelSize.2], [strides.0, strides.1, strides.2], padding,
        dataFormat, [dilationRate.0, dilationRate.1, dilationRate.2]), groups, activation, useBias,
      LayerDeclaration(
        name: name, initializers: ["kernel": kernelInitializer, "bias": biasInitializer]))
  }
}
