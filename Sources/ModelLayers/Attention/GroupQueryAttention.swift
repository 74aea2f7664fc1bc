/// Attention of several heads of queries, groups of which share the projections of key and value
/// (Ainslie et al., 2023).
///
/// As `MultiHeadAttention`, where heads that are neighbours look at the same keys and values. As
/// `keras/src/layers/attention/grouped_query_attention.py`.
///
/// Inputs `(batch, places, size)`. Weights, each a kernel and a bias: query and, if there is one, gate
/// `(size, queryHeads, headDimension)`; key and value `(size, keyHeads, headDimension)`;
/// attention_output `(queryHeads, headDimension, size)`.
public struct GroupQueryAttention: HeadAttention, Hashable {
  /// The name in the schema and in Keras.
  public static let kind = "GroupQueryAttention"

  /// The layer's name and how its weights begin.
  public var declaration = LayerDeclaration()

  /// The size of a head.
  public internal(set) var headDimension: Int
  /// The number of heads of queries.
  public internal(set) var queryHeadCount: Int
  /// The number of heads of keys and values.
  public internal(set) var keyHeadCount: Int
  /// The part of the weights that is dropped in training.
  public var dropout: Double
  /// Whether biases are added.
  public var useBias: Bool
  /// Whether heads are multiplied by the sigmoid of one more projection of the query.
  public var useGate: Bool
  /// How near to its query's place a key has to be; `nil` for anywhere.
  public var slidingWindow: Int?
  /// What becomes of keys that a mask hides.
  public var masking = Softmax.HiddenElements.zero
  /// Whether heads are computed at once where nobody asks for their weights.
  public var isFused = true
  /// The call that the layer is seen from.
  public var form = CallForm()

  /// Makes the layer, with the defaults of Keras 3.
  public init(
    headDimension: Int, queryHeadCount: Int, keyHeadCount: Int, useBias: Bool = true,
    useGate: Bool = false, slidingWindow: Int? = nil, dropout: Double = 0, name: String? = nil
  ) {
    self.headDimension = headDimension
    self.queryHeadCount = queryHeadCount
    self.keyHeadCount = keyHeadCount
    self.dropout = dropout
    self.useBias = useBias
    self.useGate = useGate
    self.slidingWindow = slidingWindow
    declaration = LayerDeclaration(
      name: name,
      initializers: .projections(["query", "key", "gate", "value", "attention_output"]))
  }

  /// Keras's defaults, without heads.
  public static var prototype: GroupQueryAttention {
    GroupQueryAttention(headDimension: 0, queryHeadCount: 0, keyHeadCount: 0)
  }

  /// The attributes.
  public static let fields: [AttributeField<GroupQueryAttention>] =
    [
      .count("head_dim", \.headDimension, isRequired: true),
      .count("num_query_heads", \.queryHeadCount, isRequired: true),
      .count("num_key_value_heads", \.keyHeadCount, isRequired: true)
        .expecting("a divisor of the number of query heads") {
          $0.keyHeadCount > 0 && $0.queryHeadCount.isMultiple(of: $0.keyHeadCount)
        },
    ] + AttributeField.ofHeads

  /// The one between the first and the last.
  public func placeAxes(of query: Shape) -> [Int] { [1] }

  /// Projections, weights of keys for each head, and sums of values.
  public func define(
    _ inputs: [Definition.Value], masks: [Definition.Value?], in definition: inout Definition
  ) throws(ModelError) -> [Definition.Value] {
    let operands = try operands(inputs, masks: masks)
    for input in [operands.query, operands.value, operands.key] where input.shape.rank != 3 {
      throw .rank(expected: "[batch, places, size]", found: input.shape)
    }
    let mask = try mask(of: operands, in: &definition)
    let query = try definition.projection(
      operands.query, "query", to: [queryHeadCount, headDimension], useBias: useBias)
    let key = try definition.projection(
      operands.key, "key", to: [keyHeadCount, headDimension], useBias: useBias)
    let gate =
      useGate
      ? try definition.projection(
        operands.query, "gate", to: [queryHeadCount, headDimension], useBias: useBias) : nil
    let value = try definition.projection(
      operands.value, "value", to: [keyHeadCount, headDimension], useBias: useBias)
    // The heads of queries as groups g of as many heads r as share a key: none is repeated.
    let (batch, queries, keys) = (query.shape[0], query.shape[1], key.shape[1])
    let groups = [keyHeadCount, queryHeadCount / keyHeadCount]
    let grouped = try definition.reshape(query, [batch, queries] + groups + [headDimension])
    let products = try definition.contraction(grouped, "btgrh", key, "bsgh", to: "bgrts")
    let scores = try definition.combination(
      .multiply, definition.reshape(products, [batch, queryHeadCount, queries, keys]),
      1 / Double(headDimension).squareRoot())
    let weights = try weights(scores, mask: mask, axisCount: 1, isFusible: true, in: &definition)
    let sums = try definition.contraction(
      definition.reshape(weights, [batch] + groups + [queries, keys]), "bgrts", value, "bsgh",
      to: "btgrh")
    let heads = try definition.reshape(sums, [batch, queries, queryHeadCount, headDimension])
    let size = try operands.query.shape.sizes(of: [2])
    let result = try definition.projection(
      gated(heads, by: gate, in: &definition), "attention_output", to: size, summing: 2,
      useBias: useBias)
    return returnsScores ? [result, weights] : [result]
  }
}
