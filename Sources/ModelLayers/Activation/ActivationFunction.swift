internal import OrderedCollections

/// An activation function with its parameters.
///
/// In attributes a function is its Keras 3 name under a key such as
/// `activation`, and each of its parameters under `activation.` and the
/// parameter's name: the formula never depends on who wrote the file.
public enum ActivationFunction: Hashable, Sendable {
  case linear
  /// Rectified linear: `x > threshold → min(x, maximum); else slope·(x - threshold)`.
  case relu(maximum: Double? = nil, negativeSlope: Double = 0, threshold: Double = 0)
  case relu6
  case leakyReLU(negativeSlope: Double = 0.2)
  case elu(alpha: Double = 1)
  case selu
  case celu(alpha: Double = 1)
  case gelu(approximate: Bool = false)
  case sigmoid
  case tanh
  case softplus
  case softsign
  case exponential
  case silu
  case mish
  case logSigmoid
  /// `clip(slope·x + offset, 0, 1)`: 1/6 and 1/2 in Keras 3, 1/5 and 1/2 before.
  case hardSigmoid(slope: Double = 1.0 / 6, offset: Double = 0.5)
  case hardSilu
  case softmax(axes: [Int] = [-1])
  case logSoftmax(axes: [Int] = [-1])
  case hardTanh
  case hardShrink(threshold: Double = 0.5)
  case softShrink(threshold: Double = 0.5)
  case tanhShrink
  /// `x > threshold → x; else value`.
  case threshold(threshold: Double, value: Double)
  case squareplus(b: Double = 4)
  case sparsePlus
  case sparseSigmoid
  /// The first half of the axis times the sigmoid of the second.
  case glu(axis: Int = -1)
  case sparsemax(axis: Int = -1)

  // Functions with the parameters that Keras 3 gives them unless told otherwise, to be written
  // without parentheses.

  /// Rectified linear without a maximum, slope or threshold.
  public static var relu: ActivationFunction { .relu() }
  /// Leaky rectified linear of slope 0.2.
  public static var leakyReLU: ActivationFunction { .leakyReLU() }
  /// Exponential linear of alpha 1.
  public static var elu: ActivationFunction { .elu() }
  /// Continuously differentiable exponential linear of alpha 1.
  public static var celu: ActivationFunction { .celu() }
  /// Gaussian error linear, exact.
  public static var gelu: ActivationFunction { .gelu() }
  /// Piecewise linear sigmoid, as in Keras 3.
  public static var hardSigmoid: ActivationFunction { .hardSigmoid() }
  /// Softmax along the last axis.
  public static var softmax: ActivationFunction { .softmax() }
  /// Logarithm of the softmax along the last axis.
  public static var logSoftmax: ActivationFunction { .logSoftmax() }
}

// MARK: - Attributes

extension ActivationFunction {
  /// The function's name in Keras 3.
  public var name: String {
    switch self {
    case .linear: "linear"
    case .relu: "relu"
    case .relu6: "relu6"
    case .leakyReLU: "leaky_relu"
    case .elu: "elu"
    case .selu: "selu"
    case .celu: "celu"
    case .gelu: "gelu"
    case .sigmoid: "sigmoid"
    case .tanh: "tanh"
    case .softplus: "softplus"
    case .softsign: "softsign"
    case .exponential: "exponential"
    case .silu: "silu"
    case .mish: "mish"
    case .logSigmoid: "log_sigmoid"
    case .hardSigmoid: "hard_sigmoid"
    case .hardSilu: "hard_silu"
    case .softmax: "softmax"
    case .logSoftmax: "log_softmax"
    case .hardTanh: "hard_tanh"
    case .hardShrink: "hard_shrink"
    case .softShrink: "soft_shrink"
    case .tanhShrink: "tanh_shrink"
    case .threshold: "threshold"
    case .squareplus: "squareplus"
    case .sparsePlus: "sparse_plus"
    case .sparseSigmoid: "sparse_sigmoid"
    case .glu: "glu"
    case .sparsemax: "sparsemax"
    }
  }

  /// The function's parameters by their names in Keras 3.
  var parameters: Attributes {
    switch self {
    case .relu(let maximum, let slope, let threshold):
      var attributes: Attributes = [
        "negative_slope": .double(slope), "threshold": .double(threshold),
      ]
      if let maximum { attributes["max_value"] = .double(maximum) }
      return attributes
    case .leakyReLU(let slope): return ["negative_slope": .double(slope)]
    case .elu(let alpha), .celu(let alpha): return ["alpha": .double(alpha)]
    case .gelu(let approximate): return ["approximate": .bool(approximate)]
    case .hardSigmoid(let slope, let offset):
      return ["slope": .double(slope), "offset": .double(offset)]
    case .softmax(let axes), .logSoftmax(let axes): return ["axis": .ints(axes)]
    case .hardShrink(let threshold), .softShrink(let threshold):
      return ["threshold": .double(threshold)]
    case .threshold(let threshold, let value):
      return ["threshold": .double(threshold), "value": .double(value)]
    case .squareplus(let b): return ["b": .double(b)]
    case .glu(let axis), .sparsemax(let axis): return ["axis": .int(axis)]
    case .linear, .relu6, .selu, .sigmoid, .tanh, .softplus, .softsign, .exponential, .silu, .mish,
      .logSigmoid, .hardSilu, .hardTanh, .tanhShrink, .sparsePlus, .sparseSigmoid:
      return [:]
    }
  }

  /// The function as attributes under a key.
  public func attributes(under key: String = "activation") -> Attributes {
    var attributes: Attributes = [key: .string(name)]
    for (name, value) in parameters.values { attributes["\(key).\(name)"] = value }
    return attributes
  }

  /// Reads a function from the attributes under a key; `linear` where there is none.
  ///
  /// - Throws: `ModelError.attribute` for a name that is no activation function.
  public init(_ attributes: Attributes, under key: String = "activation") throws(ModelError) {
    let name = try attributes.string(key, default: "linear")
    guard let fallback = Self.named(name) else {
      throw .attribute(key, expected: "the name of an activation function", found: "'\(name)'")
    }
    func double(_ parameter: String, _ value: Double) throws(ModelError) -> Double {
      try attributes.double("\(key).\(parameter)", default: value)
    }
    switch fallback {
    case .relu:
      self = .relu(
        maximum: try attributes.optionalDouble("\(key).max_value"),
        negativeSlope: try double("negative_slope", 0), threshold: try double("threshold", 0))
    case .leakyReLU(let slope):
      self = .leakyReLU(negativeSlope: try double("negative_slope", slope))
    case .elu(let alpha): self = .elu(alpha: try double("alpha", alpha))
    case .celu(let alpha): self = .celu(alpha: try double("alpha", alpha))
    case .gelu: self = .gelu(approximate: try attributes.bool("\(key).approximate", default: false))
    case .hardSigmoid(let slope, let offset):
      self = .hardSigmoid(slope: try double("slope", slope), offset: try double("offset", offset))
    case .softmax: self = .softmax(axes: try attributes.ints("\(key).axis", default: [-1]))
    case .logSoftmax: self = .logSoftmax(axes: try attributes.ints("\(key).axis", default: [-1]))
    case .hardShrink(let threshold):
      self = .hardShrink(threshold: try double("threshold", threshold))
    case .softShrink(let threshold):
      self = .softShrink(threshold: try double("threshold", threshold))
    case .threshold(let threshold, let value):
      self = .threshold(
        threshold: try double("threshold", threshold), value: try double("value", value))
    case .squareplus(let b): self = .squareplus(b: try double("b", b))
    case .glu: self = .glu(axis: try attributes.int("\(key).axis", default: -1))
    case .sparsemax: self = .sparsemax(axis: try attributes.int("\(key).axis", default: -1))
    default: self = fallback
    }
  }

  /// The function of a name, with Keras 3's default parameters.
  public static func named(_ name: String) -> ActivationFunction? {
    all.first { $0.name == name }
  }

  /// Every function, with Keras 3's default parameters.
  public static let all: [ActivationFunction] = [
    .linear, .relu(), .relu6, .leakyReLU(), .elu(), .selu, .celu(), .gelu(), .sigmoid, .tanh,
    .softplus, .softsign, .exponential, .silu, .mish, .logSigmoid, .hardSigmoid(), .hardSilu,
    .softmax(), .logSoftmax(), .hardTanh, .hardShrink(), .softShrink(), .tanhShrink,
    .threshold(threshold: 0, value: 0), .squareplus(), .sparsePlus, .sparseSigmoid, .glu(),
    .sparsemax(),
  ]
}
