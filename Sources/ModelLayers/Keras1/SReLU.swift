/// A rectifier in the shape of an S, with learned bends and slopes (Jin et al., 2015).
///
/// ```
/// d = x - t_left
/// y = t_left + min(max(d, 0), |t_right|) + a_left·min(d, 0) + a_right·max(d - |t_right|, 0)
/// ```
///
/// Weights: t_left, a_left, t_right and a_right of the input's sizes without the batch, 1 along shared
/// axes. As `keras/layers/advanced_activations.py` of Keras 1, which alone has the layer.
public struct SReLU: UnaryLayer, DeclaredLayer, Hashable {
  /// The name in the schema and in Keras.
  public static let kind = "SReLU"

  /// The layer's name and how its weights begin.
  public var declaration = LayerDeclaration()

  /// The axes along which all elements have the same weights; the batch is axis 0.
  public internal(set) var sharedAxes: [Int] = []

  /// Keras's defaults.
  public static var prototype: SReLU { SReLU() }

  /// The attributes.
  public static let fields: [AttributeField<SReLU>] = [.ints("shared_axes", \.sharedAxes)]

  /// Real numbers are taken.
  public func checkElements(_ inputs: [TensorType]) throws(ModelError) { try inputs.checkReal() }

  /// The parts of the line, in the order in which Keras adds them.
  public func define(
    _ x: Definition.Value, in definition: inout Definition
  ) throws(ModelError) -> Definition.Value {
    let sizes = try x.shape.sizes(sharing: sharedAxes)
    let weights = ["t_left", "a_left", "t_right", "a_right"].map { definition.weight($0, sizes) }
    let (left, leftSlope, rightSlope) = (weights[0], weights[1], weights[3])
    let right = try definition.combination(
      .add, left, definition.function(.absolute, weights[2]))
    let distance = try definition.combination(.subtract, x, left)
    let middle = try definition.combination(
      .minimum, definition.activation(.relu, distance),
      definition.combination(.subtract, right, left))
    let below = try definition.combination(
      .multiply, leftSlope, definition.combination(.minimum, distance, 0))
    let above = try definition.combination(
      .multiply, definition.activation(.relu, definition.combination(.subtract, x, right)),
      rightSlope)
    let inside = try definition.combination(
      .add, left, definition.combination(.add, middle, below))
    return try definition.combination(.add, inside, above)
  }
}
