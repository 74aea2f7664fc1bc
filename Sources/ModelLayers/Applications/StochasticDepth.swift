/// Passes its input on; drops whole items in training (Huang et al., 2016).
///
/// As `StochasticDepth` of `keras/src/applications/convnext.py`.
public struct StochasticDepth: InferenceIdentity, Hashable {
  /// The name in the schema and in Keras.
  public static let kind = "StochasticDepth"

  /// The layer's name and how its weights begin.
  public var declaration = LayerDeclaration()

  /// The part of the items that is dropped.
  public internal(set) var rate: Double

  /// Makes the layer.
  public init(_ rate: Double, name: String? = nil) {
    self.rate = rate
    declaration = LayerDeclaration(name: name)
  }

  /// Nothing is dropped.
  public static var prototype: StochasticDepth { StochasticDepth(0) }

  /// The attributes.
  public static let fields: [AttributeField<StochasticDepth>] = [
    .number("drop_path_rate", \.rate).expecting("0 to 1") { (0...1).contains($0.rate) }
  ]

  /// The input, and `training`.
  public var signature: Signature {
    Signature([.init("inputs", .operand), .init("training", .training)])
  }
}
