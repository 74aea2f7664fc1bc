/// A softplus with learned slopes: `y = alpha·log(1 + exp(beta·x))`.
///
/// Weights: alpha and beta of the input's sizes without the batch, 1 along shared axes. As
/// `keras/layers/advanced_activations.py` of Keras 1, which alone has the layer.
public struct ParametricSoftplus: UnaryLayer, DeclaredLayer, Hashable {
  /// The name in the schema and in Keras.
  public static let kind = "ParametricSoftplus"

  /// The layer's name and how its weights begin.
  public var declaration = LayerDeclaration()

  /// The axes along which all elements have the same weights; the batch is axis 0.
  public internal(set) var sharedAxes: [Int] = []

  /// Keras's defaults.
  public static var prototype: ParametricSoftplus { ParametricSoftplus() }

  /// The attributes.
  public static let fields: [AttributeField<ParametricSoftplus>] = [
    .ints("shared_axes", \.sharedAxes)
  ]

  /// Real numbers are taken.
  public func checkElements(_ inputs: [TensorType]) throws(ModelError) { try inputs.checkReal() }

  /// A product, a softplus, a product.
  public func define(
    _ x: Definition.Value, in definition: inout Definition
  ) throws(ModelError) -> Definition.Value {
    let sizes = try x.shape.sizes(sharing: sharedAxes)
    let alpha = definition.weight("alpha", sizes)
    let beta = definition.weight("beta", sizes)
    let scaled = try definition.combination(.multiply, beta, x)
    return try definition.combination(
      .multiply, definition.activation(.softplus, scaled), alpha)
  }
}
