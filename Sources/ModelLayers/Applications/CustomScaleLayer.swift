/// A residual that is scaled before it is added, as InceptionResNetV2 has it (Szegedy et al., 2016):
/// `y = a + scale·b`.
///
/// As `CustomScaleLayer` of `keras/src/applications/inception_resnet_v2.py`.
public struct CustomScaleLayer: DeclaredLayer, Hashable {
  /// The name in the schema and in Keras.
  public static let kind = "CustomScaleLayer"

  /// The layer's name and how its weights begin.
  public var declaration = LayerDeclaration()

  /// What the second input is multiplied by.
  public internal(set) var scale: Double

  /// Makes the layer.
  public init(_ scale: Double, name: String? = nil) {
    self.scale = scale
    declaration = LayerDeclaration(name: name)
  }

  /// The residual as it is.
  public static var prototype: CustomScaleLayer { CustomScaleLayer(1) }

  /// The attributes.
  public static let fields: [AttributeField<CustomScaleLayer>] = [
    .number("scale", \.scale, isRequired: true)
  ]

  /// A product and a sum.
  ///
  /// - Throws: `ModelError.inputCount`, `ModelError.incompatibleShapes`.
  public func define(
    _ inputs: [Definition.Value], in definition: inout Definition
  ) throws(ModelError) -> [Definition.Value] {
    guard inputs.count == 2 else { throw .inputCount(expected: "2", found: inputs.count) }
    let residual = try definition.combination(.multiply, inputs[1], scale)
    return [try definition.combination(.add, inputs[0], residual)]
  }
}
