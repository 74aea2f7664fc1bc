/// Normalization by the root of the mean square of each sample itself (Zhang and Sennrich, 2019).
///
/// `y = x / √(mean x² + epsilon)·scale` with the mean over all axes of `axes` together. As
/// `keras/src/layers/normalization/rms_normalization.py`.
///
/// Weights: scale, of the sizes of the axes in the order in which they are sorted as they are
/// written; it is broadcast from the last axis on, as NumPy does, wherever the axes are.
public struct RMSNormalization: UnaryLayer, DeclaredLayer, Hashable {
  /// The name in the schema and in Keras.
  public static let kind = "RMSNormalization"

  /// The layer's name and how its weights begin.
  public var declaration = LayerDeclaration()

  /// The normalized axes; negative ones count from the last.
  public internal(set) var axes: [Int]
  /// What is added to the mean square.
  public internal(set) var epsilon: Double

  /// Makes the layer, with the defaults of Keras 3.
  public init(axes: [Int] = [-1], epsilon: Double = 1e-6, name: String? = nil) {
    self.axes = axes
    self.epsilon = epsilon
    declaration = LayerDeclaration(name: name, initializers: ["scale": .ones])
  }

  /// Keras's defaults.
  public static var prototype: RMSNormalization { RMSNormalization() }

  /// The attributes; `axis` is a list.
  public static let fields: [AttributeField<RMSNormalization>] = [
    .ints("axis", \.axes).expecting("at least one axis") { !$0.axes.isEmpty },
    .number("epsilon", \.epsilon),
  ]

  /// Real numbers are taken.
  public func checkElements(_ inputs: [TensorType]) throws(ModelError) { try inputs.checkReal() }

  /// The operation of Keras with a weight.
  public func define(
    _ x: Definition.Value, in definition: inout Definition
  ) throws(ModelError) -> Definition.Value {
    let places = try axes.sorted().map { (axis) throws(ModelError) in try x.shape.axis(axis) }
    let scale = definition.weight("scale", try x.shape.sizes(of: places))
    let normalized = try definition.rootMeanSquareNormalization(
      x, over: x.shape.normalizedAxes(axes), epsilon: epsilon)
    return try definition.combination(.multiply, normalized, scale)
  }
}
