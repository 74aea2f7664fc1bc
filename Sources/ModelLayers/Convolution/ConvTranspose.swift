/// A transposed convolution along `rank` axes: each pixel adds a window of weights to the output.
///
/// ```
/// z[b, i·s₀ + p·d₀ - top, j·s₁ + q·d₁ - left, f] += x[b, i, j, c]·kernel[p, q, f, c]
/// y = activation(z + bias)
/// ```
///
/// along two axes, for the elements p, q of the kernel and the channels c, as far as there are such
/// outputs: ``outputPadding`` and `padding` tell how many. Input `(batch, spatial…, channels)` or,
/// channels first, `(batch, channels, spatial…)`. Weights: kernel `(spatial…, filters, channels)`,
/// bias `(filters)`. As `keras/src/layers/convolutional/base_conv_transpose.py`.
public struct ConvTranspose<let rank: Int>: UnaryLayer, DeclaredLayer, Hashable {
  /// The name in the schema and in Keras.
  public static var kind: String { "Conv\(rank)DTranspose" }

  /// The layer's name and how its weights begin.
  public var declaration = LayerDeclaration()

  /// The number of filters, which is that of the output's channels.
  public internal(set) var filters = 0
  var window = ConvolutionWindow(rank: rank)
  /// How many more outputs there are along each axis; empty for as many as need be.
  public internal(set) var outputPadding: [Int] = []
  /// What is applied to the sums.
  public internal(set) var activation = ActivationFunction.linear
  /// Whether a bias is added.
  public internal(set) var useBias = true
  /// How the kernel is kept.
  public internal(set) var storedKernel = StoredKernel()

  /// The size of the kernel along each spatial axis.
  public var kernelSize: [Int] { window.kernelSize }
  /// The distances between what neighbours of the input add.
  public var strides: [Int] { window.strides }
  /// Whether the output is cut as `same` padding of a convolution adds zeros.
  public var padding: Padding { window.padding }
  /// Where the channels are.
  public var dataFormat: DataFormat { window.dataFormat }
  /// The distances between neighbours in the kernel, in elements of the output.
  public var dilationRate: [Int] { window.dilationRate }

  /// The attributes.
  public static var fields: [AttributeField<Self>] {
    [.count("filters", \.filters, isRequired: true)]
      + AttributeField.part(\.window, ConvolutionWindow.fields(rank: rank))
      + [
        .ints("output_padding", \.outputPadding).expecting(
          "none, or one for each axis, of at least 0 and less than its stride"
        ) { layer in
          layer.outputPadding.isEmpty
            || layer.outputPadding.count == rank
              && zip(layer.outputPadding, layer.strides).allSatisfy { 0..<$1 ~= $0 }
        },
        .activation(\.activation), .flag("use_bias", \.useBias),
      ] + AttributeField.part(\.storedKernel, StoredKernel.fields)
  }

  /// Keras's defaults, without filters.
  public static var prototype: ConvTranspose { ConvTranspose() }

  private init() {}

  fileprivate init(
    _ filters: Int, _ window: ConvolutionWindow, _ outputPadding: [Int]?,
    _ activation: ActivationFunction, _ useBias: Bool, _ declaration: LayerDeclaration
  ) {
    self.filters = filters
    self.window = window
    self.outputPadding = outputPadding ?? []
    self.activation = activation
    self.useBias = useBias
    self.declaration = declaration
  }

  /// Throws `ModelError.attribute` for what no transposed convolution can have.
  public func check() throws(ModelError) {
    try checkFields()
    try window.checkNotCausal()
    try window.checkDilation()
    try storedKernel.check(rank: rank)
  }

  /// Sums of products, then the activation function.
  public func define(
    _ x: Definition.Value, in definition: inout Definition
  ) throws(ModelError) -> Definition.Value {
    try dataFormat.checkSpatialRank(rank, of: x.shape)
    let channels = try dataFormat.channels(of: x.shape)
    let kernel = try storedKernel.kernel(
      kernelSize, channels: channels, filters: filters, isTransposed: true, in: &definition)
    let bias = useBias ? definition.weight("bias", [filters]) : nil
    let windows = kernelSize.indices.map { axis in
      TransposedWindow(
        size: kernelSize[axis], stride: strides[axis], dilation: dilationRate[axis],
        isSame: padding == .same, outputPadding: outputPadding.isEmpty ? nil : outputPadding[axis])
    }
    let sums = try definition.apply(
      Primitives.TransposedConvolution(windows, dataFormat),
      toAll: [x, kernel] + (bias.map { [$0] } ?? []))[0]
    return try definition.activation(activation, sums)
  }
}

/// A transposed convolution along one axis: of an input `(batch, length, channels)`.
public typealias Conv1DTranspose = ConvTranspose<1>

/// A transposed convolution along two axes: of an input `(batch, height, width, channels)`.
public typealias Conv2DTranspose = ConvTranspose<2>

/// A transposed convolution along three axes: of an input `(batch, depth, height, width, channels)`.
public typealias Conv3DTranspose = ConvTranspose<3>

extension ConvTranspose where rank == 1 {
  /// Makes the layer, with the defaults of Keras 3.
  public init(
    _ filters: Int, kernelSize: Int, strides: Int = 1, padding: Padding = .valid,
    outputPadding: Int? = nil, dataFormat: DataFormat = .channelsLast, dilationRate: Int = 1,
    activation: ActivationFunction = .linear, useBias: Bool = true,
    kernelInitializer: Initializer = .glorotUniform(), biasInitializer: Initializer = .zeros,
    name: String? = nil
  ) {
    self.init(
      filters, ConvolutionWindow([kernelSize], [strides], padding, dataFormat, [dilationRate]),
      outputPadding.map { [$0] }, activation, useBias,
      LayerDeclaration(
        name: name, initializers: ["kernel": kernelInitializer, "bias": biasInitializer]))
  }
}

extension ConvTranspose where rank == 2 {
  /// Makes the layer, with the defaults of Keras 3.
  public init(
    _ filters: Int, kernelSize: (Int, Int), strides: (Int, Int) = (1, 1), padding: Padding = .valid,
    outputPadding: (Int, Int)? = nil, dataFormat: DataFormat = .channelsLast,
    dilationRate: (Int, Int) = (1, 1), activation: ActivationFunction = .linear,
    useBias: Bool = true, kernelInitializer: Initializer = .glorotUniform(),
    biasInitializer: Initializer = .zeros, name: String? = nil
  ) {
    self.init(
      filters,
      ConvolutionWindow(
        [kernelSize.0, kernelSize.1], [strides.0, strides.1], padding, dataFormat,
        [dilationRate.0, dilationRate.1]), outputPadding.map { [$0.0, $0.1] }, activation, useBias,
      LayerDeclaration(
        name: name, initializers: ["kernel": kernelInitializer, "bias": biasInitializer]))
  }
}

extension ConvTranspose where rank == 3 {
  /// Makes the layer, with the defaults of Keras 3.
  public init(
    _ filters: Int, kernelSize: (Int, Int, Int), strides: (Int, Int, Int) = (1, 1, 1),
    padding: Padding = .valid, outputPadding: (Int, Int, Int)? = nil,
    dataFormat: DataFormat = .channelsLast, dilationRate: (Int, Int, Int) = (1, 1, 1),
    activation: ActivationFunction = .linear, useBias: Bool = true,
    kernelInitializer: Initializer = .glorotUniform(), biasInitializer: Initializer = .zeros,
    name: String? = nil
  ) {
    self.init(
      filters,
      ConvolutionWindow(
        [kernelSize.0, kernelSize.1, kernelSize.2], [strides.0, strides.1, strides.2], padding,
        dataFormat, [dilationRate.0, dilationRate.1, dilationRate.2]),
      outputPadding.map { [$0.0, $0.1, $0.2] }, activation, useBias,
      LayerDeclaration(
        name: name, initializers: ["kernel": kernelInitializer, "bias": biasInitializer]))
  }
}
