/// Its inputs one after the other along an axis; they agree in all others.
public struct Concatenate: DeclaredLayer, Hashable {
  /// The name in the schema and in Keras.
  public static let kind = "Concatenate"

  /// The layer's name and how its weights begin.
  public var declaration = LayerDeclaration()

  /// The axis, the batch axis being 0; a negative one counts from the last.
  public internal(set) var axis: Int
  /// What becomes of the masks of inputs that are joined along the last axis; one without a mask
  /// counts everywhere.
  public internal(set) var maskRule = MaskRule.any

  /// Makes the layer, with the default of Keras 3.
  public init(axis: Int = -1, name: String? = nil) {
    self.axis = axis
    declaration = LayerDeclaration(name: name)
  }

  /// Keras's default.
  public static var prototype: Concatenate { Concatenate() }

  /// The attributes.
  public static let fields: [AttributeField<Concatenate>] = [
    .int("axis", \.axis), .maskRule(\.maskRule),
  ]

  /// The inputs, joined.
  public func define(
    _ inputs: [Definition.Value], in definition: inout Definition
  ) throws(ModelError) -> [Definition.Value] {
    guard let first = inputs.first else { throw .inputCount(expected: "at least 1", found: 0) }
    let axis = try first.shape.axis(axis)
    return inputs.count == 1 ? inputs : [try definition.concatenation(inputs, axis: axis)]
  }

  /// The masks, joined along the last axis or laid end to end along another.
  public func defineMasks(
    _ inputs: [Definition.Value], masks: [Definition.Value?], in definition: inout Definition
  ) throws(ModelError) -> [Definition.Value?] {
    guard masks.contains(where: { $0 != nil }) else { return [] }
    let axis = try inputs[0].shape.axis(axis)
    var parts: [Definition.Value] = []
    for (input, mask) in zip(inputs, masks) {
      // Features share a mask.
      let sizes = input.shape.dimensions.dropLast() + [1]
      guard let mask else {
        parts.append(try definition.truths(Shape(Array(sizes))))
        continue
      }
      guard mask.shape.rank == sizes.count - 1 else {
        throw .incompatibleShapes(
          [input.shape, mask.shape], rule: "a mask must have all axes but the last")
      }
      parts.append(try definition.reshape(mask, Array(sizes)))
    }
    let all = try definition.concatenation(parts, axis: axis)
    return [try definition.joined(alongLastAxisOf: all, by: maskRule)]
  }
}
