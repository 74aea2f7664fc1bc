/// A fully connected recurrence: see ``SimpleRNNCell``.
public typealias SimpleRNN = Recurrent<SimpleRNNCell>

/// A long short-term memory: see ``LSTMCell``.
public typealias LSTM = Recurrent<LSTMCell>

/// A gated recurrent unit: see ``GRUCell``.
public typealias GRU = Recurrent<GRUCell>

extension Recurrent where Cell == SimpleRNNCell {
  /// Makes the layer, with the defaults of Keras 3.
  public init(
    _ units: Int, activation: ActivationFunction = .tanh, useBias: Bool = true,
    returnSequences: Bool = false, returnState: Bool = false, goBackwards: Bool = false,
    stateful: Bool = false, zeroOutputForMask: Bool = false,
    kernelInitializer: Initializer = .glorotUniform(),
    recurrentInitializer: Initializer = .orthogonal(), biasInitializer: Initializer = .zeros,
    name: String? = nil
  ) {
    self.init(
      SimpleRNNCell(
        units, activation: activation, useBias: useBias, kernelInitializer: kernelInitializer,
        recurrentInitializer: recurrentInitializer, biasInitializer: biasInitializer, name: name),
      Recurrence(
        returnsSequences: returnSequences, returnsState: returnState, goesBackwards: goBackwards,
        isStateful: stateful, zeroesMaskedOutputs: zeroOutputForMask))
  }
}

extension Recurrent where Cell == LSTMCell {
  /// Makes the layer, with the defaults of Keras 3.
  public init(
    _ units: Int, activation: ActivationFunction = .tanh,
    recurrentActivation: ActivationFunction = .sigmoid, useBias: Bool = true,
    returnSequences: Bool = false, returnState: Bool = false, goBackwards: Bool = false,
    stateful: Bool = false, zeroOutputForMask: Bool = false,
    kernelInitializer: Initializer = .glorotUniform(),
    recurrentInitializer: Initializer = .orthogonal(),
    biasInitializer: Initializer = .unitForgetBias, name: String? = nil
  ) {
    self.init(
      LSTMCell(
        units, activation: activation, recurrentActivation: recurrentActivation, useBias: useBias,
        kernelInitializer: kernelInitializer, recurrentInitializer: recurrentInitializer,
        biasInitializer: biasInitializer, name: name),
      Recurrence(
        returnsSequences: returnSequences, returnsState: returnState, goesBackwards: goBackwards,
        isStateful: stateful, zeroesMaskedOutputs: zeroOutputForMask))
  }
}

extension Recurrent where Cell == GRUCell {
  /// Makes the layer, with the defaults of Keras 3.
  public init(
    _ units: Int, activation: ActivationFunction = .tanh,
    recurrentActivation: ActivationFunction = .sigmoid, useBias: Bool = true,
    resetAfter: Bool = true, returnSequences: Bool = false, returnState: Bool = false,
    goBackwards: Bool = false, stateful: Bool = false, zeroOutputForMask: Bool = false,
    kernelInitializer: Initializer = .glorotUniform(),
    recurrentInitializer: Initializer = .orthogonal(), biasInitializer: Initializer = .zeros,
    name: String? = nil
  ) {
    self.init(
      GRUCell(
        units, activation: activation, recurrentActivation: recurrentActivation, useBias: useBias,
        resetAfter: resetAfter, kernelInitializer: kernelInitializer,
        recurrentInitializer: recurrentInitializer, biasInitializer: biasInitializer, name: name),
      Recurrence(
        returnsSequences: returnSequences, returnsState: returnState, goesBackwards: goBackwards,
        isStateful: stateful, zeroesMaskedOutputs: zeroOutputForMask))
  }
}
