import ModelGraph

/// The formula `y = x·kernel + bias`.
struct Linear: UnaryLayer {
  static let kind = "Linear"
  var declaration = LayerDeclaration()
  var units: Int
  var attributes: Attributes { ["units": .int(units)] }

  init(_ units: Int) { self.units = units }
  init(attributes: Attributes) throws(ModelError) { units = try attributes.int("units") }

  func define(
    _ x: Definition.Value, in definition: inout Definition
  ) throws(ModelError) -> Definition.Value {
    let kernel = definition.weight("kernel", [x.shape[-1] ?? 0, units])
    let bias = definition.weight("bias", [units])
    return try definition.product(x, kernel, bias: bias)
  }
}

/// The formula `y = (x - mean) / sqrt(variance + epsilon)`.
struct Standardization: UnaryLayer {
  static let kind = "Standardization"
  var declaration = LayerDeclaration()
  var epsilon: Double
  var attributes: Attributes { ["epsilon": .double(epsilon)] }

  init(epsilon: Double) { self.epsilon = epsilon }
  init(attributes: Attributes) throws(ModelError) { epsilon = try attributes.double("epsilon") }

  func define(
    _ x: Definition.Value, in definition: inout Definition
  ) throws(ModelError) -> Definition.Value {
    let channels = [x.shape[-1] ?? 0]
    let mean = definition.weight("mean", channels)
    let variance = definition.weight("variance", channels)
    return try definition.normalization(
      x, mean: mean, variance: variance, gamma: nil, beta: nil, epsilon: epsilon,
      statisticsAxes: [x.shape.rank - 1], parameterAxes: [x.shape.rank - 1])
  }
}

/// The formula `y = max(x, 0)`.
struct Rectifier: UnaryLayer {
  static let kind = "Rectifier"
  var declaration = LayerDeclaration()
  var attributes: Attributes { [:] }

  init() {}
  init(attributes: Attributes) throws(ModelError) {}

  func define(
    _ x: Definition.Value, in definition: inout Definition
  ) throws(ModelError) -> Definition.Value {
    try definition.activation(.relu, x)
  }
}

/// Two outputs: the input, and its negative.
struct Signs: Layer {
  static let kind = "Signs"
  var declaration = LayerDeclaration()
  var attributes: Attributes { [:] }

  init() {}
  init(attributes: Attributes) throws(ModelError) {}

  func define(
    _ inputs: [Definition.Value], in definition: inout Definition
  ) throws(ModelError) -> [Definition.Value] {
    [inputs[0], try definition.function(.negative, inputs[0])]
  }
}

/// The sum of two inputs.
struct Sum: Layer {
  static let kind = "Sum"
  var declaration = LayerDeclaration()
  var attributes: Attributes { [:] }

  init() {}
  init(attributes: Attributes) throws(ModelError) {}

  func define(
    _ inputs: [Definition.Value], in definition: inout Definition
  ) throws(ModelError) -> [Definition.Value] {
    [try definition.combination(.add, inputs[0], inputs[1])]
  }
}
