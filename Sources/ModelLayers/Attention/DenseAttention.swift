/// Attention without weights of its own but for scales: values are averaged with weights that say how
/// well their keys fit a query.
///
/// Inputs: a query `(batch, …, queries, size)`, values `(batch, …, keys, size)` and, if they are not
/// the values, keys. `y = softmax(scores)·value` with the softmax over the keys. The mask of the
/// values hides keys; where that of the query says so, the result is 0.
public protocol DenseAttention: CallDependentLayer, DeclaredLayer {
  /// Whether every call is causal, as Keras 2.9 and before it have it.
  var isCausal: Bool { get set }

  /// How well each key fits each query: `(batch, …, queries, keys)`.
  func scores(
    _ query: Definition.Value, _ key: Definition.Value, in definition: inout Definition
  ) throws(ModelError) -> Definition.Value
}

extension DenseAttention {
  /// Real numbers are taken.
  public func checkElements(_ inputs: [TensorType]) throws(ModelError) { try inputs.checkReal() }

  /// The average without masks.
  public func define(
    _ inputs: [Definition.Value], in definition: inout Definition
  ) throws(ModelError) -> [Definition.Value] {
    try define(inputs, masks: inputs.map { _ in nil }, in: &definition)
  }

  /// The average, and what it is weighted with if the call asks for it.
  public func define(
    _ inputs: [Definition.Value], masks: [Definition.Value?], in definition: inout Definition
  ) throws(ModelError) -> [Definition.Value] {
    guard (2...3).contains(inputs.count) else {
      throw .inputCount(expected: "2 or 3: query, value and maybe key", found: inputs.count)
    }
    let (query, value, key) = (inputs[0], inputs[1], inputs[inputs.count - 1])
    let rank = query.shape.rank
    for input in inputs where input.shape.rank != rank || rank < 3 {
      throw .rank(
        expected: "[batch, …, places, size], as many axes of each input", found: input.shape)
    }
    let scores = try scores(query, key, in: &definition)
    var parts: [Definition.Value] = []
    if let mask = masks[1] { parts.append(try definition.expanded(mask, at: mask.shape.rank - 1)) }
    if isCausal || form.isSet("use_causal_mask"),
      let mask = try definition.neighbourhood(
        queries: scores.shape[-2], keys: scores.shape[-1], back: nil, ahead: 0)
    {
      parts.append(mask)
    }
    let mask = parts.isEmpty ? nil : try definition.joined(parts, by: .all)
    let weights = try definition.maskedSoftmax(
      scores, mask: mask, axes: [rank - 1], hidden: .add)
    let batch = try Letters.some(rank - 2)
    var result = try definition.contraction(
      weights, batch + "ij", value, batch + "jk", to: batch + "ik")
    if let mask = masks[0] {
      result = try definition.apply(
        Primitives.Selection(), to: definition.expanded(mask, at: mask.shape.rank), result,
        definition.constant([0], []))
    }
    return form.isSet("return_attention_scores") ? [result, weights] : [result]
  }
}

extension AttributeField where Root: DenseAttention {
  /// Whether every call is causal; it is written where it is.
  static var isCausal: AttributeField {
    AttributeField(
      "causal", .flag,
      read: { attributes, layer throws(ModelError) in
        layer.isCausal = try attributes.bool("causal", default: false)
      },
      write: { layer, attributes in if layer.isCausal { attributes["causal"] = .bool(true) } })
  }
}

extension Definition {
  /// The sum of each query and each key: `(batch, …, queries, keys, size)`.
  mutating func pairs(_ query: Value, _ key: Value) throws(ModelError) -> Value {
    let rank = query.shape.rank
    guard query.shape[-1] == key.shape[-1] else {
      throw .incompatibleShapes(
        [query.shape, key.shape], rule: "queries and keys must be of one size")
    }
    return try combination(
      .add, expanded(query, at: rank - 1), expanded(key, at: rank - 2))
  }
}
