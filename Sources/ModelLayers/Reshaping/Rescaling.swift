/// Its input times a scale plus an offset, `y = x·scale + offset`: one of each for
/// all elements, or one for each place along the last axis.
public struct Rescaling: UnaryLayer, DeclaredLayer, OptionalMaskPassing, Hashable {
  /// The name in the schema and in Keras.
  public static let kind = "Rescaling"

  /// The layer's name and how its weights begin.
  public var declaration = LayerDeclaration()

  /// What the input is multiplied by: one number, or one for each channel.
  public internal(set) var scale: [Double]
  /// What is added: one number, or one for each channel.
  public internal(set) var offset: [Double]
  /// Whether the mask of the input is handed on.
  public internal(set) var passesMask = true

  /// Makes the layer, with the default of Keras 3.
  public init(_ scale: [Double], offset: [Double] = [0], name: String? = nil) {
    self.scale = scale
    self.offset = offset
    declaration = LayerDeclaration(name: name)
  }

  /// No scale.
  public static var prototype: Rescaling { Rescaling([1]) }

  /// The attributes.
  public static let fields: [AttributeField<Rescaling>] = [
    .numbers("scale", \.scale, isRequired: true), .numbers("offset", \.offset),
    .passesMask,
  ]

  /// A product and a sum.
  public func define(
    _ x: Definition.Value, in definition: inout Definition
  ) throws(ModelError) -> Definition.Value {
    guard x.shape.rank > 0 else { throw .rank(expected: "a batch axis", found: x.shape) }
    let scaled = try definition.combination(
      .multiply, x, factors("scale", scale, for: x.shape, in: &definition))
    return try definition.combination(
      .add, scaled, factors("offset", offset, for: x.shape, in: &definition))
  }

  /// One number, or one for each place along the last axis.
  private func factors(
    _ name: String, _ numbers: [Double], for input: Shape, in definition: inout Definition
  ) throws(ModelError) -> Definition.Value {
    guard numbers.count != 1 else { return definition.constant(numbers, []) }
    guard let channels = input[-1] else {
      throw .unknownDimension(shape: input, needed: "the size of the last axis")
    }
    guard numbers.count == channels else {
      throw .attribute(
        name, expected: "1 number or as many as the last axis of \(input)",
        found: "\(numbers.count) numbers")
    }
    return definition.constant(numbers, [channels])
  }
}
