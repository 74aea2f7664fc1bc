/// A vector `(batch, features)` again and again: `(batch, n, features)`.
public struct RepeatVector: UnaryLayer, DeclaredLayer, Hashable {
  /// The name in the schema and in Keras.
  public static let kind = "RepeatVector"

  /// The layer's name and how its weights begin.
  public var declaration = LayerDeclaration()

  /// How often the vector is there.
  public internal(set) var count: Int

  /// Makes the layer.
  public init(_ count: Int, name: String? = nil) {
    self.count = count
    declaration = LayerDeclaration(name: name)
  }

  /// No repetition.
  public static var prototype: RepeatVector { RepeatVector(0) }

  /// The attributes.
  public static let fields: [AttributeField<RepeatVector>] = [
    .count("n", \.count, isRequired: true)
  ]

  /// The vector as a row, repeated.
  public func define(
    _ x: Definition.Value, in definition: inout Definition
  ) throws(ModelError) -> Definition.Value {
    guard x.shape.rank == 2 else { throw .rank(expected: "[batch, features]", found: x.shape) }
    let row = try definition.reshape(x, [x.shape[0], 1, x.shape[1]])
    return try definition.repetition(row, axis: 1, count: count)
  }
}
