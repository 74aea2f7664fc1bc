extension Recurrent {
  /// Makes a convolutional memory of any rank.
  fileprivate init<let rank: Int>(
    _ filters: Int, _ window: ConvolutionWindow,
    _ activations: (ActivationFunction, ActivationFunction),
    useBias: Bool, _ recurrence: Recurrence,
    _ initializers: (Initializer, Initializer, Initializer),
    name: String?
  ) where Cell == ConvLSTMCell<rank> {
    self.init(
      ConvLSTMCell(
        filters, window, activations.0, activations.1, useBias,
        LayerDeclaration(
          name: name,
          initializers: [
            "kernel": initializers.0, "recurrent_kernel": initializers.1, "bias": initializers.2,
          ])), recurrence)
  }
}

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
      filters,
      ConvolutionWindow(
        [kernelSize], [strides], padding, dataFormat,
        [dilationRate]),
      (activation, recurrentActivation), useBias: useBias,
      Recurrence(
        returnsSequences: returnSequences, returnsState: returnState, goesBackwards: goBackwards,
        isStateful: stateful), (kernelInitializer, recurrentInitializer, biasInitializer),
      name: name)
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
      filters,
      ConvolutionWindow(
        [kernelSize.0, kernelSize.1], [strides.0, strides.1], padding, dataFormat,
        [dilationRate.0, dilationRate.1]),
      (activation, recurrentActivation), useBias: useBias,
      Recurrence(
        returnsSequences: returnSequences, returnsState: returnState, goesBackwards: goBackwards,
        isStateful: stateful), (kernelInitializer, recurrentInitializer, biasInitializer),
      name: name)
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
      filters,
      ConvolutionWindow(
        [kernelSize.0, kernelSize.1, kernelSize.2], [strides.0, strides.1, strides.2], padding,
        dataFormat,
        [dilationRate.0, dilationRate.1, dilationRate.2]),
      (activation, recurrentActivation), useBias: useBias,
      Recurrence(
        returnsSequences: returnSequences, returnsState: returnState, goesBackwards: goBackwards,
        isStateful: stateful), (kernelInitializer, recurrentInitializer, biasInitializer),
      name: name)
  }
}
