/// Normalization of the features at each place by their own mean and variance:
/// `y = (x - mean)/(√(variance + epsilon) + epsilon)·gamma + beta`.
///
/// Weights: gamma, beta and, of no use, moving_mean and moving_variance, each of the last axis's size. As
/// `BatchNormalization` in mode 1 of `keras/layers/normalization.py` of Keras 1.
public struct FeatureNormalization: UnaryLayer, DeclaredLayer, Hashable {
  /// The name in the schema.
  public static let kind = "FeatureNormalization"

  /// The layer's name and how its weights begin.
  public var declaration = LayerDeclaration()

  /// What is added to the variance, and to its root.
  public internal(set) var epsilon = 1e-3

  /// Keras's default.
  public static var prototype: FeatureNormalization { FeatureNormalization() }

  /// The attributes.
  public static let fields: [AttributeField<FeatureNormalization>] = [
    .number("epsilon", \.epsilon)
  ]

  /// Real numbers are taken.
  public func checkElements(_ inputs: [TensorType]) throws(ModelError) { try inputs.checkReal() }

  /// The moments along the last axis, and what is made of them.
  public func define(
    _ x: Definition.Value, in definition: inout Definition
  ) throws(ModelError) -> Definition.Value {
    let axes = try x.shape.normalizedAxes([-1])
    let sizes = try x.shape.sizes(of: axes)
    let gamma = definition.weight("gamma", sizes)
    let beta = definition.weight("beta", sizes)
    for role in ["moving_mean", "moving_variance"] {
      definition.weight(role, sizes, isTrainable: false)
    }
    let (mean, variance) = try definition.moments(x, over: axes)
    let one = x.shape.dimensions.dropLast() + [1]
    let root = try definition.function(
      .squareRoot, definition.combination(.add, variance, epsilon))
    let divisor = try definition.reshape(definition.combination(.add, root, epsilon), Array(one))
    let centred = try definition.combination(
      .subtract, x, definition.reshape(mean, Array(one)))
    let normed = try definition.combination(.divide, centred, divisor)
    return try definition.combination(
      .add, definition.combination(.multiply, gamma, normed), beta)
  }
}
