/// Says which steps of a sequence count: those that have an element other than `maskValue`.
///
/// The others become zeros. Input and output `(batch, steps…, features)`, the mask `(batch, steps…)`. As
/// `keras/src/layers/core/masking.py`.
public struct Masking: UnaryLayer, DeclaredLayer, Hashable {
  /// The name in the schema and in Keras.
  public static let kind = "Masking"

  /// The layer's name and how its weights begin.
  public var declaration = LayerDeclaration()

  /// What all elements are of a step that does not count.
  public internal(set) var maskValue: Double

  /// Makes the layer, with the default of Keras 3.
  public init(maskValue: Double = 0, name: String? = nil) {
    self.maskValue = maskValue
    declaration = LayerDeclaration(name: name)
  }

  /// Keras's default.
  public static var prototype: Masking { Masking() }

  /// The attributes.
  public static let fields: [AttributeField<Masking>] = [
    .number("mask_value", \.maskValue)
      .expecting("a number that float32 has") { Float($0.maskValue).isFinite }
  ]

  /// The input where a step counts, zeros elsewhere.
  public func define(
    _ x: Definition.Value, in definition: inout Definition
  ) throws(ModelError) -> Definition.Value {
    let mask = try mask(of: x, in: &definition)
    let wide = try definition.reshape(mask, x.shape.dimensions.dropLast() + [1])
    let zero = definition.constant([0], [])
    return try definition.apply(Primitives.Selection(), to: wide, x, zero)
  }

  /// Which steps count, whatever the masks before say.
  public func defineMasks(
    _ inputs: [Definition.Value], masks: [Definition.Value?], in definition: inout Definition
  ) throws(ModelError) -> [Definition.Value?] {
    [try mask(of: inputs[0], in: &definition)]
  }

  /// It does.
  public var makesMask: Bool { true }

  private func mask(
    of x: Definition.Value, in definition: inout Definition
  ) throws(ModelError) -> Definition.Value {
    guard x.shape.rank > 1 else {
      throw .rank(expected: "a batch axis and at least one more", found: x.shape)
    }
    let differs = try definition.apply(
      Primitives.Comparison(.notEqual), to: x, definition.constant([Double(Float(maskValue))], []))
    return try definition.joined(alongLastAxisOf: differs, by: .any)
  }
}
