extension Recurrent where Cell == ConvLSTMCell<1> {
  /// Makes the layer, with the defaults of Keras 3.
  public init(
    _ filters: Int, kernelSize: Int, strides: Int = 1, padding: Padding = .valid,
    dataFormat: DataFormat = .channelsLast, dilationRate: Int = 1,
    activation: ActivationFunction = .tanh, recurrentActivation: ActivationFunction = .sigmoid,
    useBias: Bool = true, returnSequences: Bool = false, returnState: Bool = false,
    goBackwards: Bool = false, stateful: Bool = false,
    kernelInitializer: Initializer = .glorotUniform(),
    recurrentInitializer: Initializer = .orthogonal(),
    biasInitializer: Initializer = .unitForgetBias, name: String? = nil
  ) {
    self.init(
      ConvLSTMCell(
        filters,
        ConvolutionWindow(
          [kernelSize], [strides], padding, dataFormat,
          [dilationRate]), activation, recurrentActivation, useBias,
        LayerDeclaration(
          name: name, kernel: kernelInitializer, recurrentKernel: recurrentInitializer,
          bias: biasInitializer)),
      Recurrence(
        returnsSequences: returnSequences, returnsState: returnState, goesBackwards: goBackwards,
        isStateful: stateful))
  }
}

extension Recurrent where Cell == ConvLSTMCell<2> {
  /// Makes the layer, with the defaults of Keras 3.
  public init(
    _ filters: Int, kernelSize: (Int, Int), strides: (Int, Int) = (1, 1), padding: Padding = .valid,
    dataFormat: DataFormat = .channelsLast, dilationRate: (Int, Int) = (1, 1),
    activation: ActivationFunction = .tanh, recurrentActivation: ActivationFunction = .sigmoid,
    useBias: Bool = true, returnSequences: Bool = false, returnState: Bool = false,
    goBackwards: Bool = false, stateful: Bool = false,
    kernelInitializer: Initializer = .glorotUniform(),
    recurrentInitializer: Initializer = .orthogonal(),
    biasInitializer: Initializer = .unitForgetBias, name: String? = nil
  ) {
    self.init(
      ConvLSTMCell(
        filters,
        ConvolutionWindow(
          [kernelSize.0, kernelSize.1], [strides.0, strides.1], padding, dataFormat,
          [dilationRate.0, dilationRate.1]), activation, recurrentActivation, useBias,
        LayerDeclaration(
          name: name, kernel: kernelInitializer, recurrentKernel: recurrentInitializer,
          bias: biasInitializer)),
      Recurrence(
        returnsSequences: returnSequences, returnsState: returnState, goesBackwards: goBackwards,
        isStateful: stateful))
  }
}

extension Recurrent where Cell == ConvLSTMCell<3> {
  /// Makes the layer, with the defaults of Keras 3.
  public init(
    _ filters: Int, kernelSize: (Int, Int, Int), strides: (Int, Int, Int) = (1, 1, 1),
    padding: Padding = .valid,
    dataFormat: DataFormat = .channelsLast, dilationRate: (Int, Int, Int) = (1, 1, 1),
    activation: ActivationFunction = .tanh, recurrentActivation: ActivationFunction = .sigmoid,
    useBias: Bool = true, returnSequences: Bool = false, returnState: Bool = false,
    goBackwards: Bool = false, stateful: Bool = false,
    kernelInitializer: Initializer = .glorotUniform(),
    recurrentInitializer: Initializer = .orthogonal(),
    biasInitializer: Initializer = .unitForgetBias, name: String? = nil
  ) {
    self.init(
      ConvLSTMCell(
        filters,
        ConvolutionWindow(
          [kernelSize.0, kernelSize.1, kernelSize.2], [strides.0, strides.1, strides.2], padding,
          dataFormat,
          [dilationRate.0, dilationRate.1, dilationRate.2]), activation, recurrentActivation,
        useBias,
        LayerDeclaration(
          name: name, kernel: kernelInitializer, recurrentKernel: recurrentInitializer,
          bias: biasInitializer)),
      Recurrence(
        returnsSequences: returnSequences, returnsState: returnState, goesBackwards: goBackwards,
        isStateful: stateful))
  }
}
