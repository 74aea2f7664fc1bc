/// A gate between a layer and its input (Srivastava et al., 2015).
///
/// ```
/// t = sigmoid(x·kernel_carry + bias_carry)
/// y = activation(x·kernel + bias)·t + (1 - t)·x
/// ```
///
/// Input `(batch, features)`. Weights: kernel and kernel_carry `(features, features)`, bias and bias_carry
/// `(features)`. As `keras/layers/core.py` of Keras 1, which alone has the layer.
public struct Highway: UnaryLayer, DeclaredLayer, Hashable {
  /// The name in the schema and in Keras.
  public static let kind = "Highway"

  /// The layer's name and how its weights begin.
  public var declaration = LayerDeclaration()

  /// What is applied to the sums that pass the gate.
  public internal(set) var activation = ActivationFunction.linear
  /// Whether biases are added.
  public internal(set) var useBias = true

  /// Keras's defaults.
  public static var prototype: Highway { Highway() }

  /// The attributes.
  public static let fields: [AttributeField<Highway>] = [
    .activation(\.activation), .flag("use_bias", \.useBias),
  ]

  /// The two products, then the mean that the gate weighs.
  public func define(
    _ x: Definition.Value, in definition: inout Definition
  ) throws(ModelError) -> Definition.Value {
    let features = try x.shape.features()
    let kernel = definition.weight("kernel", [features, features])
    let carry = definition.weight("kernel_carry", [features, features])
    let bias = useBias ? definition.weight("bias", [features]) : nil
    let carryBias = useBias ? definition.weight("bias_carry", [features]) : nil
    let gate = try definition.activation(
      .sigmoid, definition.product(x, carry, bias: carryBias))
    let made = try definition.activation(activation, definition.product(x, kernel, bias: bias))
    let passed = try definition.combination(.multiply, made, gate)
    let rest = try definition.combination(.subtract, definition.constant([1], []), gate)
    return try definition.combination(
      .add, passed, definition.combination(.multiply, rest, x))
  }
}
