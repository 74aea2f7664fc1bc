/// A matrix of weights along the last axis: `y = activation(x·kernel + bias)`.
///
/// Input `(batch, …, channels)`. Weights: kernel `(channels, units)`, bias `(units)`. As
/// `keras/src/layers/core/dense.py`.
public struct Dense: UnaryLayer, DeclaredLayer, Hashable {
  /// The name in the schema and in Keras.
  public static let kind = "Dense"

  /// The layer's name and how its weights begin.
  public var declaration = LayerDeclaration()

  /// The number of output channels.
  public internal(set) var units: Int
  /// What is applied to the sums.
  public internal(set) var activation: ActivationFunction
  /// Whether a bias is added.
  public internal(set) var useBias: Bool

  /// Makes the layer, with the defaults of Keras 3.
  public init(
    _ units: Int, activation: ActivationFunction = .linear, useBias: Bool = true,
    kernelInitializer: Initializer = .glorotUniform(), biasInitializer: Initializer = .zeros,
    name: String? = nil
  ) {
    self.units = units
    self.activation = activation
    self.useBias = useBias
    declaration = LayerDeclaration(
      name: name, initializers: ["kernel": kernelInitializer, "bias": biasInitializer])
  }

  /// Keras's defaults, without units.
  public static var prototype: Dense { Dense(0) }

  /// The attributes.
  public static let fields: [AttributeField<Dense>] = [
    .count("units", \.units, isRequired: true), .activation(\.activation),
    .flag("use_bias", \.useBias),
  ]

  /// A product, then the activation function.
  public func define(
    _ x: Definition.Value, in definition: inout Definition
  ) throws(ModelError) -> Definition.Value {
    guard x.shape.rank >= 2 else { throw .rank(expected: "[batch, …, channels]", found: x.shape) }
    guard let channels = x.shape[-1] else {
      throw .unknownDimension(shape: x.shape, needed: "the number of channels")
    }
    let kernel = definition.weight("kernel", [channels, units])
    let bias = useBias ? definition.weight("bias", [units]) : nil
    return try definition.activation(activation, definition.product(x, kernel, bias: bias))
  }
}
