/// Attention whose scores are sums of what query and key give together (Bahdanau, Cho and Bengio,
/// 2015): `Σ scale·tanh(query + key)`.
///
/// As `keras/src/layers/attention/additive_attention.py`.
///
/// Weights: scale `(size)`, if there is one.
public struct AdditiveAttention: DenseAttention, Hashable {
  /// The name in the schema and in Keras.
  public static let kind = "AdditiveAttention"

  /// The layer's name and how its weights begin.
  public var declaration = LayerDeclaration()

  /// Whether there is a scale.
  public internal(set) var useScale: Bool
  /// Whether every call is causal.
  public var isCausal = false
  /// The call that the layer is seen from.
  public var form = CallForm()

  /// Makes the layer, with the defaults of Keras 3.
  public init(useScale: Bool = true, name: String? = nil) {
    self.useScale = useScale
    declaration = LayerDeclaration(name: name, initializers: ["scale": .glorotUniform()])
  }

  /// Keras's defaults.
  public static var prototype: AdditiveAttention { AdditiveAttention() }

  /// The attributes.
  public static let fields: [AttributeField<AdditiveAttention>] = [
    .flag("use_scale", \.useScale), .isCausal,
  ]

  /// Sums of tangents.
  public func scores(
    _ query: Definition.Value, _ key: Definition.Value, in definition: inout Definition
  ) throws(ModelError) -> Definition.Value {
    let rank = query.shape.rank
    var terms = try definition.activation(.tanh, definition.pairs(query, key))
    if useScale {
      guard let size = query.shape[-1] else {
        throw .unknownDimension(shape: query.shape, needed: "the size of a query")
      }
      terms = try definition.combination(.multiply, terms, definition.weight("scale", [size]))
    }
    return try definition.apply(Primitives.Reduction(.sum, over: [rank]), to: terms)
  }
}
