/// Its inputs one after the other along an axis; they agree in all others.
public struct Concatenate: DeclaredLayer, Hashable {
  /// The name in the schema and in Keras.
  public static let kind = "Concatenate"

  /// The layer's name and how its weights begin.
  public var declaration = LayerDeclaration()

  /// The axis, the batch axis being 0; a negative one counts from the last.
  public internal(set) var axis: Int

  /// Makes the layer, with the default of Keras 3.
  public init(axis: Int = -1, name: String? = nil) {
    self.axis = axis
    declaration = LayerDeclaration(name: name)
  }

  /// Keras's default.
  public static var prototype: Concatenate { Concatenate() }

  /// The attributes.
  public static let fields: [AttributeField<Concatenate>] = [.int("axis", \.axis)]

  /// The inputs, joined.
  public func define(
    _ inputs: [Definition.Value], in definition: inout Definition
  ) throws(ModelError) -> [Definition.Value] {
    guard let first = inputs.first else { throw .inputCount(expected: "at least 1", found: 0) }
    let axis = try first.shape.axis(axis)
    return inputs.count == 1 ? inputs : [try definition.concatenation(inputs, axis: axis)]
  }
}
