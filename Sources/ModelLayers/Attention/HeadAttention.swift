/// Attention of several heads, each of which looks at projections of its own.
///
/// A call takes query and value, and maybe a key, if it is not the value, and a mask of which places of
/// a query may look at which keys. The masks of the inputs hide places too.
public protocol HeadAttention: CallDependentLayer, DeclaredLayer {
  /// The part of the weights that is dropped in training. It tells how Keras computes: see `isFused`.
  var dropout: Double { get set }
  /// Whether biases are added.
  var useBias: Bool { get set }
  /// Whether heads are multiplied by the sigmoid of one more projection of the query.
  var useGate: Bool { get set }
  /// How near to its query's place a key has to be: less than so many places away.
  var slidingWindow: Int? { get set }
  /// What becomes of keys that a mask hides, where the weights are computed by themselves.
  var masking: Softmax.HiddenElements { get set }
  /// Whether heads are computed at once where nobody asks for their weights, as in Keras from 3.7 on:
  /// then a query that may look at nothing looks at everything alike.
  var isFused: Bool { get set }

  /// The axes of places in a query of this shape.
  func placeAxes(of query: Shape) throws(ModelError) -> [Int]
}

extension HeadAttention {
  /// Real numbers are taken, and any mask.
  public func checkElements(_ inputs: [TensorType]) throws(ModelError) {
    try zip(inputs, operandNames(inputs.count)).filter { $1 != "attention_mask" }.map(\.0)
      .checkReal()
  }

  /// Attention without masks of inputs.
  public func define(
    _ inputs: [Definition.Value], in definition: inout Definition
  ) throws(ModelError) -> [Definition.Value] {
    try define(inputs, masks: inputs.map { _ in nil }, in: &definition)
  }

  /// Whether the scores are asked for.
  var returnsScores: Bool { form.isSet("return_attention_scores") }

  /// Which operand each input is.
  private func operandNames(_ count: Int) -> [String] {
    guard form.operands.isEmpty else { return form.operands }
    return signature.parameters.filter { $0.role == .operand }.prefix(count).map(\.name)
  }

  /// The inputs by what they are to the layer.
  func operands(
    _ inputs: [Definition.Value], masks: [Definition.Value?]
  ) throws(ModelError) -> AttentionOperands {
    let names = operandNames(inputs.count)
    guard names.count == inputs.count, let query = names.firstIndex(of: "query"),
      let value = names.firstIndex(of: "value")
    else { throw .inputCount(expected: "2 or more: query and value", found: inputs.count) }
    let key = names.firstIndex(of: "key")
    return AttentionOperands(
      query: inputs[query], value: inputs[value], key: inputs[key ?? value],
      attentionMask: names.firstIndex(of: "attention_mask").map { inputs[$0] },
      queryMask: masks[query],
      keyMasks: [masks[value], key.flatMap { masks[$0] }].compactMap(\.self))
  }

  /// The mask of the query, and that of the scores: which keys the softmax of Keras takes.
  public func defineMasks(
    _ inputs: [Definition.Value], masks: [Definition.Value?], in definition: inout Definition
  ) throws(ModelError) -> [Definition.Value?] {
    let operands = try operands(inputs, masks: masks)
    guard returnsScores else { return [operands.queryMask] }
    return [operands.queryMask, try mask(of: operands, in: &definition)]
  }

  /// Scores have a mask where a call alone hides something.
  public var makesMask: Bool { returnsScores }

  /// Which keys each query may look at, aligned with the scores; `nil` where nothing is hidden.
  func mask(
    of operands: AttentionOperands, in definition: inout Definition
  ) throws(ModelError) -> Definition.Value? {
    guard let mask = try joinedMask(of: operands, in: &definition) else { return nil }
    // It is the same for all heads, whose axis is before those of places.
    let count = try placeAxes(of: operands.query.shape).count
    let rank = operands.query.shape.rank + count
    let axis = mask.shape.rank - 2 * count
    guard axis >= 0, mask.shape.rank <= rank else {
      throw .rank(expected: "a mask of \(2 * count) to \(rank) axes", found: mask.shape)
    }
    return try definition.expanded(mask, at: axis, count: rank - mask.shape.rank)
  }

  /// Which queries may look at which keys: truth values `(batch, queries, keys)` or what is broadcast to
  /// it; `nil` where nothing is hidden.
  private func joinedMask(
    of operands: AttentionOperands, in definition: inout Definition
  ) throws(ModelError) -> Definition.Value? {
    var parts: [Definition.Value] = []
    let isCausal = form.isSet("use_causal_mask")
    let hidesPlaces =
      isCausal || slidingWindow != nil || operands.queryMask != nil || !operands.keyMasks.isEmpty
    guard !hidesPlaces || operands.query.shape.rank == 3 else {
      throw .rank(
        expected: "[batch, places, size] where places are masked", found: operands.query.shape)
    }
    if let mask = operands.queryMask { parts.append(try definition.expanded(mask, at: 2)) }
    for mask in operands.keyMasks { parts.append(try definition.expanded(mask, at: 1)) }
    if isCausal || slidingWindow != nil {
      let distance = slidingWindow.map { $0 - 1 }
      let places = try definition.neighbourhood(
        queries: operands.query.shape[1], keys: operands.value.shape[1], back: distance,
        ahead: isCausal ? 0 : distance ?? 0)
      if let places { parts.append(places) }
    }
    if let mask = operands.attentionMask {
      parts.append(mask.type.dtype == .bool ? mask : try definition.truth(mask))
    }
    return parts.isEmpty ? nil : try definition.joined(parts, by: .all)
  }

  /// The weights of keys, of scores whose last axes are those of queries and keys.
  ///
  /// - Parameters:
  ///   - axisCount: How many axes places have.
  ///   - isFusible: Whether Keras computes such heads at once.
  func weights(
    _ scores: Definition.Value, mask: Definition.Value?, axisCount: Int, isFusible: Bool,
    in definition: inout Definition
  ) throws(ModelError) -> Definition.Value {
    let rank = scores.shape.rank
    let computesAtOnce = isFused && isFusible && dropout == 0 && !returnsScores
    return try definition.maskedSoftmax(
      scores, mask: mask, axes: Array(rank - axisCount..<rank),
      hidden: computesAtOnce ? .replace : masking)
  }

  /// What the heads have come to, multiplied by the gate if there is one.
  func gated(
    _ heads: Definition.Value, by gate: Definition.Value?, in definition: inout Definition
  ) throws(ModelError) -> Definition.Value {
    guard let gate else { return heads }
    return try definition.combination(
      .multiply, heads, definition.activation(.sigmoid, gate))
  }
}

/// What a call of a layer of heads is given.
struct AttentionOperands {
  var query, value, key: Definition.Value
  var attentionMask, queryMask: Definition.Value?
  var keyMasks: [Definition.Value]
}

extension Definition {
  /// A product with a matrix for each of some axes that the last axes become:
  /// `y[…, n, h] = Σ x[…, d]·kernel[d, n, h] + bias[n, h]`.
  ///
  /// - Parameters:
  ///   - role: What the weights' roles begin with.
  ///   - depth: How many of the last axes are summed over.
  mutating func projection(
    _ x: Value, _ role: String, to sizes: [Int], summing depth: Int = 1, useBias: Bool
  ) throws(ModelError) -> Value {
    let rank = x.shape.rank
    let inner = try x.shape.sizes(of: Array(rank - depth..<rank))
    guard let rows = inner.checkedProduct(), let columns = sizes.checkedProduct() else {
      throw .invalidShape(Shape(inner + sizes), reason: "is too large for weights")
    }
    let kernel = weight("\(role)/kernel", inner + sizes)
    let bias = useBias ? weight("\(role)/bias", sizes) : nil
    let outer = Array(x.shape.dimensions.dropLast(depth))
    let flat = depth == 1 ? x : try reshape(x, outer + [rows])
    let y = try product(
      flat, reshape(kernel, [rows, columns], keepsFirstAxis: false),
      bias: bias.map { (bias) throws(ModelError) in
        try reshape(bias, [columns], keepsFirstAxis: false)
      })
    return try reshape(y, outer + sizes)
  }
}

// MARK: - Attributes

extension AttributeField where Root: HeadAttention {
  /// What all layers of heads have besides the numbers and sizes of heads.
  static var ofHeads: [AttributeField] {
    [
      .number("dropout", \.dropout, minimum: 0), .flag("use_bias", \.useBias),
      .flag("use_gate", \.useGate),
      AttributeField(
        "sliding_window", .integer,
        read: { attributes, layer throws(ModelError) in
          guard attributes["sliding_window"] != nil else { return }
          layer.slidingWindow = try attributes.positiveInt("sliding_window")
        },
        write: { layer, attributes in
          if let window = layer.slidingWindow { attributes["sliding_window"] = .int(window) }
        }
      ).expecting("at least 1") { ($0.slidingWindow ?? 1) > 0 },
      .deviation("masking", \.masking, from: .zero),
      .impliedFlag("is_fused", \.isFused),
    ]
  }
}

extension Dictionary<String, Initializer> {
  /// How the weights of projections of these roles begin.
  static func projections(_ roles: [String]) -> [String: Initializer] {
    Dictionary(
      uniqueKeysWithValues: roles.flatMap {
        [("\($0)/kernel", Initializer.glorotUniform()), ("\($0)/bias", .zeros)]
      })
  }
}
