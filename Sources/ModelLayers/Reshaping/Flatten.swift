/// All of an input's axes but the batch axis as one, row-major.
///
/// Channels first, the channels become the last axis before, so that both formats
/// give the same vector for the same image.
public struct Flatten: UnaryLayer, DeclaredLayer, Hashable {
  /// The name in the schema and in Keras.
  public static let kind = "Flatten"

  /// The layer's name and how its weights begin.
  public var declaration = LayerDeclaration()

  /// Where the channels are.
  public internal(set) var dataFormat: DataFormat

  /// Makes the layer, with the default of Keras 3.
  public init(dataFormat: DataFormat = .channelsLast, name: String? = nil) {
    self.dataFormat = dataFormat
    declaration = LayerDeclaration(name: name)
  }

  /// Keras's default.
  public static var prototype: Flatten { Flatten() }

  /// The attributes.
  public static let fields: [AttributeField<Flatten>] = [.choice("data_format", \.dataFormat)]

  /// The elements in one row for each item: `(batch, elements)`.
  public func define(
    _ x: Definition.Value, in definition: inout Definition
  ) throws(ModelError) -> Definition.Value {
    guard x.shape.rank > 0 else { throw .rank(expected: "a batch axis", found: x.shape) }
    let count = try x.shape.dimensions.dropFirst().product(of: x.shape)
    return try definition.reshape(
      definition.channelsLast(x, from: dataFormat), [x.shape[0], count])
  }
}
