#if OneDNN

internal import ModelGraph

extension ActivationFunction {
  /// The function as oneDNN's functions one after the other, none for `linear`; `nil` where oneDNN
  /// has none that stay within the function's own rounding, as of softplus, mish and log-softmax.
  var elementFunctions: [ElementFunction]? {
    switch self {
    case .linear: []
    case .relu(nil, let slope, 0): [ElementFunction(kind: .relu, alpha: Float(slope))]
    case .relu(let maximum?, 0, 0) where maximum >= 0:
      [ElementFunction(kind: .clip, alpha: 0, beta: Float(maximum))]
    case .relu6: [ElementFunction(kind: .clip, alpha: 0, beta: 6)]
    case .leakyReLU(let slope): [ElementFunction(kind: .relu, alpha: Float(slope))]
    case .elu(let alpha): [ElementFunction(kind: .elu, alpha: Float(alpha))]
    case .gelu(let approximate): [ElementFunction(kind: approximate ? .geluTanh : .geluErf)]
    case .sigmoid: [ElementFunction(kind: .logistic)]
    case .tanh: [ElementFunction(kind: .tanh)]
    case .exponential: [ElementFunction(kind: .exponential)]
    case .silu: [ElementFunction(kind: .swish, alpha: 1)]
    case .hardSigmoid(let slope, let offset):
      [
        ElementFunction(kind: .linear, alpha: Float(slope), beta: Float(offset)),
        ElementFunction(kind: .clip, alpha: 0, beta: 1),
      ]
    case .hardTanh: [ElementFunction(kind: .clip, alpha: -1, beta: 1)]
    case .hardSilu: [ElementFunction(kind: .hardSwish)]
    default: nil
    }
  }
}

extension ElementFunction {
  /// What `x·f(x)` is, of functions that are applied one after the other; `nil` for others.
  init?(gate functions: [ElementFunction]) {
    switch functions {
    case [ElementFunction(kind: .logistic)]: self.init(kind: .swish, alpha: 1)
    case [
      ElementFunction(kind: .linear, alpha: 1, beta: 3),
      ElementFunction(kind: .clip, alpha: 0, beta: 6),
      ElementFunction(kind: .linear, alpha: 1 / 6),
    ],
      [
        ElementFunction(kind: .linear, alpha: 1 / 6, beta: 0.5),
        ElementFunction(kind: .clip, alpha: 0, beta: 1),
      ]:
      self.init(kind: .hardSwish)
    default: return nil
    }
  }

  /// The most functions that a gate is made of.
  static let longestGate = 3
}

#endif
