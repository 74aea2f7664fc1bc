internal import OrderedCollections
internal import ModelGraph

extension ActivationFunction {
  /// Whether the function makes no negative number of any input.
  var isNonNegative: Bool {
    switch self {
    case .relu(_, let slope, _): slope <= 0
    case .leakyReLU(let slope): slope <= 0
    case .threshold(let threshold, let value): threshold >= 0 && value >= 0
    case .squareplus(let b): b >= 0
    case .relu6, .sigmoid, .softplus, .exponential, .hardSigmoid, .softmax, .sparsePlus,
      .sparseSigmoid, .sparsemax:
      true
    case .linear, .elu, .selu, .celu, .gelu, .tanh, .softsign, .silu, .mish, .logSigmoid,
      .hardSilu, .logSoftmax, .hardTanh, .hardShrink, .softShrink, .tanhShrink, .glu:
      false
    }
  }
}

extension Layer {
  /// The activation function that the layer is, or applies last.
  var lastActivation: ActivationFunction? {
    if let layer = self as? any ActivationLayer { return layer.function }
    guard attributes["activation"] != nil else { return nil }
    return try? ActivationFunction(attributes)
  }
}

extension Graph {
  /// How many layers that act in training only are looked through.
  private static let maximumIdentityCount = 8

  /// The activation function that was applied last to a tensor, looking through layers that act in
  /// training only and into nested models, with the call of this graph that applied it.
  func lastActivation(of tensor: TensorReference, _ search: ForkSearch) -> (
    call: Int, function: ActivationFunction
  )? {
    var tensor = tensor
    for _ in 0..<Self.maximumIdentityCount {
      guard let index = search.producer(of: tensor) else { return nil }
      let call = calls[index]
      switch layers[call.layer]?.body {
      case .layer(let layer) where layer is any InferenceIdentity && call.inputs.count == 1:
        tensor = call.inputs[0]
      case .layer(let layer):
        return layer.lastActivation.map { (index, $0) }
      case .graph(let inner) where inner.outputs.indices.contains(tensor.index):
        return inner.lastActivation(of: inner.outputs[tensor.index], ForkSearch(inner))
          .map { (index, $0.function) }
      default: return nil
      }
    }
    return nil
  }
}
