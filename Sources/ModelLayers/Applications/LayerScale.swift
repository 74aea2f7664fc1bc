/// A learned factor for each channel, as ConvNeXt has it (Liu et al., 2022): `y = x·gamma`.
///
/// Weights: gamma `(channels)`. As `LayerScale` of `keras/src/applications/convnext.py`.
public struct LayerScale: UnaryLayer, DeclaredLayer, Hashable {
  /// The name in the schema and in Keras.
  public static let kind = "LayerScale"

  /// The layer's name and how its weights begin.
  public var declaration = LayerDeclaration()

  /// What the factors begin with; only training uses it.
  public internal(set) var initialValue: Double
  /// The number of channels.
  public internal(set) var channels: Int

  /// Makes the layer.
  public init(_ channels: Int, initialValue: Double = 1e-6, name: String? = nil) {
    self.channels = channels
    self.initialValue = initialValue
    declaration = LayerDeclaration(
      name: name, initializers: ["gamma": .constant(initialValue)])
  }

  /// No channels.
  public static var prototype: LayerScale { LayerScale(0) }

  /// The attributes.
  public static let fields: [AttributeField<LayerScale>] = [
    .number("init_values", \.initialValue),
    .count("projection_dim", \.channels, isRequired: true),
  ]

  /// A product along the last axis.
  public func define(
    _ x: Definition.Value, in definition: inout Definition
  ) throws(ModelError) -> Definition.Value {
    guard x.shape.rank > 1, x.shape[-1] == channels else {
      throw .rank(expected: "[batch, …, \(channels)]", found: x.shape)
    }
    return try definition.combination(
      .multiply, x, definition.weight("gamma", [channels]))
  }
}
