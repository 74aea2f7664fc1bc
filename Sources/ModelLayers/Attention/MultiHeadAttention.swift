/// Attention of several heads that look at projections of query, key and value (Vaswani et al., 2017).
///
/// With q, k and v the projections of one head, its result is `softmax(q·kᵀ ÷ √key_dim)·v`, the softmax
/// over all places of the attention axes together; a projection of the results of all heads is the
/// output. As `keras/src/layers/attention/multi_head_attention.py`.
///
/// Inputs `(batch, places…, size)`, value and key with the same places. Weights, each a kernel and a
/// bias: query and key `(size, heads, keyDimension)`; gate, if there is one, and value
/// `(size, heads, valueDimension)`; attention_output `(heads, valueDimension, output…)`.
public struct MultiHeadAttention: HeadAttention, Hashable {
  /// The name in the schema and in Keras.
  public static let kind = "MultiHeadAttention"

  /// The layer's name and how its weights begin.
  public var declaration = LayerDeclaration()

  /// The number of heads.
  public internal(set) var headCount: Int
  /// The size of a head's queries and keys.
  public internal(set) var keyDimension: Int
  /// The size of a head's values.
  public internal(set) var valueDimension: Int
  /// The last axes of the output; empty for that of the query.
  public internal(set) var outputShape: [Int]
  /// The axes of places, counted from the first; empty for all between the batch axis and the last.
  public internal(set) var attentionAxes: [Int]
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
  /// Whether inputs keep their masks; from Keras 3.8 on they have none behind a call.
  public internal(set) var keepsMasks = false
  /// The call that the layer is seen from.
  public var form = CallForm()

  /// Makes the layer, with the defaults of Keras 3.
  public init(
    _ headCount: Int, keyDimension: Int, valueDimension: Int? = nil, useBias: Bool = true,
    outputShape: [Int] = [], attentionAxes: [Int] = [], useGate: Bool = false,
    slidingWindow: Int? = nil, dropout: Double = 0, name: String? = nil
  ) {
    self.headCount = headCount
    self.keyDimension = keyDimension
    self.valueDimension = valueDimension ?? keyDimension
    self.outputShape = outputShape
    self.attentionAxes = attentionAxes
    self.dropout = dropout
    self.useBias = useBias
    self.useGate = useGate
    self.slidingWindow = slidingWindow
    declaration = LayerDeclaration(
      name: name,
      initializers: .projections(["query", "key", "gate", "value", "attention_output"]))
  }

  /// Keras's defaults, without heads.
  public static var prototype: MultiHeadAttention { MultiHeadAttention(0, keyDimension: 0) }

  /// The attributes.
  public static let fields: [AttributeField<MultiHeadAttention>] =
    [
      .count("num_heads", \.headCount, isRequired: true),
      .count("key_dim", \.keyDimension, isRequired: true)
        .followed { $0.valueDimension = $0.keyDimension },
      .count("value_dim", \.valueDimension),
      .ints("output_shape", \.outputShape).expecting("integers of at least 1") {
        $0.outputShape.allSatisfy { $0 > 0 }
      },
      .ints("attention_axes", \.attentionAxes)
        .expecting("axes behind that of the batch, each once") {
          $0.attentionAxes.allSatisfy { $0 > 0 }
            && Set($0.attentionAxes).count == $0.attentionAxes.count
        },
    ] + AttributeField.ofHeads + [.impliedFlag("keeps_masks", \.keepsMasks, usual: false)]

  /// The masks of inputs are gone behind a call.
  public var takesMasks: Bool { !keepsMasks }

  /// The attention axes.
  public func placeAxes(of query: Shape) throws(ModelError) -> [Int] {
    let axes =
      attentionAxes.isEmpty ? Array(query.dimensions.indices.dropFirst().dropLast()) : attentionAxes
    guard axes.allSatisfy({ $0 < query.rank - 1 }) else {
      throw .attribute(
        "attention_axes", expected: "axes between the first and the last of \(query)",
        found: "\(axes)")
    }
    return axes
  }

  /// Projections, weights of keys for each head, and sums of values.
  public func define(
    _ inputs: [Definition.Value], masks: [Definition.Value?], in definition: inout Definition
  ) throws(ModelError) -> [Definition.Value] {
    let operands = try operands(inputs, masks: masks)
    let rank = operands.query.shape.rank
    for input in [operands.query, operands.value, operands.key]
    where input.shape.rank != rank || rank < 3 {
      throw .rank(
        expected: "[batch, places…, size], as many axes of query, value and key",
        found: input.shape)
    }
    let axes = try placeAxes(of: operands.query.shape)
    let mask = try mask(of: operands, in: &definition)
    let query = try definition.projection(
      operands.query, "query", to: [headCount, keyDimension], useBias: useBias)
    let key = try definition.projection(
      operands.key, "key", to: [headCount, keyDimension], useBias: useBias)
    let gate =
      useGate
      ? try definition.projection(
        operands.query, "gate", to: [headCount, valueDimension], useBias: useBias) : nil
    let value = try definition.projection(
      operands.value, "value", to: [headCount, valueDimension], useBias: useBias)
    // The axes of a query, its heads and their size; those of a key have letters of their own at the
    // places.
    let letters = try Array(Letters.some(rank + 1 + axes.count))
    let asked = Array(letters.prefix(rank + 1))
    var given = asked
    for (axis, letter) in zip(axes, letters.suffix(axes.count)) { given[axis] = letter }
    let outer = asked.indices.dropLast().filter { !axes.contains($0) }.map { asked[$0] }
    let pairs = outer + axes.map { asked[$0] } + axes.map { given[$0] }
    let products = try definition.contraction(
      query, String(asked), key, String(given), to: String(pairs))
    let scores = try definition.combination(
      .multiply, products, 1 / Double(keyDimension).squareRoot())
    let weights = try weights(
      scores, mask: mask, axisCount: axes.count, isFusible: rank == 3, in: &definition)
    let heads = try definition.contraction(
      weights, String(pairs), value, String(given), to: String(asked))
    let size = outputShape.isEmpty ? try operands.query.shape.sizes(of: [rank - 1]) : outputShape
    let result = try definition.projection(
      gated(heads, by: gate, in: &definition), "attention_output", to: size, summing: 2,
      useBias: useBias)
    return returnsScores ? [result, weights] : [result]
  }
}
