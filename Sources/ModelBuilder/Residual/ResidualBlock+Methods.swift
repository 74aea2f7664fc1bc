public import ModelGraph

extension ResidualBlock {
  /// The basic block: two convolutions with an activation each, and the addition.
  ///
  /// ```
  /// y = relu(conv(relu(conv(x)))) + x
  /// ```
  ///
  /// - Parameters:
  ///   - filters: The number of output channels; `nil` for as many as the block is given.
  ///   - kernelSize: The height and width of both kernels.
  ///   - strides: The distances between the positions of the first convolution.
  ///   - activation: What is applied to each convolution.
  ///   - name: What the names of the layers begin with.
  public static func basic(
    filters: Int? = nil, kernelSize: (Int, Int) = (3, 3), strides: (Int, Int) = (1, 1),
    activation: ActivationFunction = .relu, name: String? = nil
  ) -> ResidualBlock {
    let convolution = Convolution(kernelSize: kernelSize)
    var block = ResidualBlock(
      filters: filters, convolutions: [convolution, convolution], name: name)
    block.strides = strides
    block.activation = activation
    block.activatesLastConvolution = true
    return block
  }

  /// The block with an activation after the addition, in place of the one before it.
  ///
  /// ```
  /// y = relu(conv(relu(conv(x))) + x)
  /// ```
  ///
  /// The parameters are those of `basic`.
  public static func activated(
    filters: Int? = nil, kernelSize: (Int, Int) = (3, 3), strides: (Int, Int) = (1, 1),
    activation: ActivationFunction = .relu, name: String? = nil
  ) -> ResidualBlock {
    var block = basic(
      filters: filters, kernelSize: kernelSize, strides: strides, activation: activation,
      name: name)
    block.activatesLastConvolution = false
    block.activationAfterAddition = activation
    return block
  }

  /// The block with batch normalization after each convolution (He et al., 2015), or, activated
  /// before its convolutions, before each (He et al., 2016).
  ///
  /// ```
  /// y = relu(norm(conv(relu(norm(conv(x))))) + x)      order: .post
  /// y = conv(relu(norm(conv(relu(norm(x)))))) + x      order: .pre
  /// ```
  ///
  /// The other parameters are those of `basic`.
  public static func batchNormalized(
    filters: Int? = nil, kernelSize: (Int, Int) = (3, 3), strides: (Int, Int) = (1, 1),
    activation: ActivationFunction = .relu, normalization: Normalization = .batch,
    order: ActivationOrder = .post, name: String? = nil
  ) -> ResidualBlock {
    var block = activated(
      filters: filters, kernelSize: kernelSize, strides: strides, activation: activation,
      name: name)
    block.normalization = normalization
    block.activationOrder = order
    if order == .pre { block.activationAfterAddition = nil }
    return block
  }

  /// The block that expands and contracts: a 1×1 convolution, a larger one to more channels, and
  /// a 1×1 convolution back.
  ///
  /// ```
  /// y = conv₁ₓ₁(relu(conv₃ₓ₃(relu(conv₁ₓ₁(x))))) + x
  /// ```
  ///
  /// - Parameters:
  ///   - filters: The number of output channels; `nil` for as many as the block is given.
  ///   - expansion: How many times as many channels the convolution in the middle makes.
  ///   - kernelSize: The height and width of its kernel.
  ///   - strides: The distances between its positions.
  ///   - activation: What is applied to each convolution but the last.
  ///   - normalization: What normalizes each convolution, if anything.
  ///   - name: What the names of the layers begin with.
  public static func expandContract(
    filters: Int? = nil, expansion: Int = 4, kernelSize: (Int, Int) = (3, 3),
    strides: (Int, Int) = (1, 1), activation: ActivationFunction = .relu,
    normalization: Normalization? = nil, name: String? = nil
  ) -> ResidualBlock {
    var block = ResidualBlock(
      filters: filters,
      convolutions: [
        Convolution(kernelSize: (1, 1)),
        Convolution(kernelSize: kernelSize, expansion: expansion),
        Convolution(kernelSize: (1, 1)),
      ], name: name)
    block.strides = strides
    block.stridedConvolution = 1
    block.activation = activation
    block.normalization = normalization
    return block
  }

  /// The bottleneck of deep residual networks, which contracts first: a 1×1 convolution to fewer
  /// channels, a larger one among them, and a 1×1 convolution back (He et al., 2015).
  ///
  /// ```
  /// y = relu(norm(conv₁ₓ₁(relu(norm(conv₃ₓ₃(relu(norm(conv₁ₓ₁(x)))))))) + x)
  /// ```
  ///
  /// - Parameters:
  ///   - filters: The number of output channels; `nil` for as many as the block is given.
  ///   - contraction: How many times fewer channels there are inside.
  ///   - strides: The distances between the positions of the first convolution.
  ///
  /// The other parameters are those of `batchNormalized`.
  public static func bottleneck(
    filters: Int? = nil, contraction: Int = 4, kernelSize: (Int, Int) = (3, 3),
    strides: (Int, Int) = (1, 1), activation: ActivationFunction = .relu,
    normalization: Normalization = .batch, order: ActivationOrder = .post, name: String? = nil
  ) -> ResidualBlock {
    var block = batchNormalized(
      filters: filters, strides: strides, activation: activation, normalization: normalization,
      order: order, name: name)
    block.convolutions = [
      Convolution(kernelSize: (1, 1), contraction: contraction),
      Convolution(kernelSize: kernelSize, contraction: contraction),
      Convolution(kernelSize: (1, 1)),
    ]
    return block
  }

  /// The direct identity connection: the input reaches the sum, and what follows, untouched
  /// (He et al., 2016).
  ///
  /// ```
  /// y = conv(relu(norm(x))) + x
  /// ```
  ///
  /// The input must have the output's shape: it is never projected. The parameters are those of
  /// `basic`.
  public static func identity(
    kernelSize: (Int, Int) = (3, 3), activation: ActivationFunction = .relu,
    normalization: Normalization? = .batch, name: String? = nil
  ) -> ResidualBlock {
    var block = ResidualBlock(convolutions: [Convolution(kernelSize: kernelSize)], name: name)
    block.activation = activation
    block.normalization = normalization
    block.activationOrder = .pre
    block.shortcut = .identity
    return block
  }
}
