/// Attention whose scores are products of queries and keys, or sums of what both give together
/// (Luong, Pham and Manning, 2015).
///
/// `score_mode` `dot`: `scale·(query·key)`; `concat`: `concat_score_weight·Σ tanh(scale·(query + key))`.
/// As `keras/src/layers/attention/attention.py`.
///
/// Weights: scale, if there is one, and concat_score_weight of `concat`, each a number.
public struct Attention: DenseAttention, Hashable {
  /// How well a key fits a query.
  public enum ScoreMode: String, CaseIterable, Hashable, Sendable {
    /// Their product.
    case dot
    /// The sum of the hyperbolic tangents of their sum.
    case concat
  }

  /// The name in the schema and in Keras.
  public static let kind = "Attention"

  /// The layer's name and how its weights begin.
  public var declaration = LayerDeclaration()

  /// Whether there is a scale.
  public internal(set) var useScale: Bool
  /// How well a key fits a query.
  public internal(set) var scoreMode: ScoreMode
  /// Whether every call is causal.
  public var isCausal = false
  /// The call that the layer is seen from.
  public var form = CallForm()

  /// Makes the layer, with the defaults of Keras 3.
  public init(useScale: Bool = false, scoreMode: ScoreMode = .dot, name: String? = nil) {
    self.useScale = useScale
    self.scoreMode = scoreMode
    declaration = LayerDeclaration(
      name: name, initializers: ["scale": .ones, "concat_score_weight": .ones])
  }

  /// Keras's defaults.
  public static var prototype: Attention { Attention() }

  /// The attributes.
  public static let fields: [AttributeField<Attention>] = [
    .flag("use_scale", \.useScale), .choice("score_mode", \.scoreMode), .isCausal,
  ]

  /// Products, or sums of tangents.
  public func scores(
    _ query: Definition.Value, _ key: Definition.Value, in definition: inout Definition
  ) throws(ModelError) -> Definition.Value {
    let scale = useScale ? definition.weight("scale", []) : nil
    switch scoreMode {
    case .dot:
      let batch = try Letters.some(query.shape.rank - 2)
      let products = try definition.contraction(
        query, batch + "ik", key, batch + "jk", to: batch + "ij")
      return if let scale { try definition.combination(.multiply, products, scale) } else {
        products
      }
    case .concat:
      let weight = definition.weight("concat_score_weight", [])
      var pairs = try definition.pairs(query, key)
      if let scale { pairs = try definition.combination(.multiply, pairs, scale) }
      let sums = try definition.apply(
        Primitives.Reduction(.sum, over: [query.shape.rank]),
        to: definition.activation(.tanh, pairs))
      return try definition.combination(.multiply, sums, weight)
    }
  }
}
