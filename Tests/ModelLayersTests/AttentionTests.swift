import ModelLayers
import TestSupport
import Testing

/// Attention against sums that are written out.
@Suite struct AttentionTests {
  /// The softmax of a row.
  private func softmax(_ row: [Double]) -> [Double] {
    let powers = row.map { exponential($0) }
    return powers.map { $0 / powers.reduce(0, +) }
  }

  private func exponential(_ x: Double) -> Double {
    // e to a small power by its series, squared again.
    var (term, sum) = (1.0, 1.0)
    for n in 1..<30 {
      term *= x / 1024 / Double(n)
      sum += term
    }
    for _ in 0..<10 { sum *= sum }
    return sum
  }

  @Test(arguments: [1, 2]) func `heads that share keys look at the same`(_ groups: Int) throws {
    let layer = GroupQueryAttention(headDimension: 3, queryHeadCount: 4, keyHeadCount: groups)
    let trial = try LayerTrial(layer, [2, 4, 5], [2, 6, 5])
    let expected = heads(trial, count: 4, size: 3) { $0 / (4 / groups) }
    #expect(trial.distance(to: expected) < 1e-12)
    #expect(trial.roundingShare() <= 1)
  }

  @Test func `each head looks at projections of its own`() throws {
    let trial = try LayerTrial(
      MultiHeadAttention(2, keyDimension: 3), [2, 4, 5], [2, 6, 5])
    #expect(trial.distance(to: heads(trial, count: 2, size: 3) { $0 }) < 1e-12)
    #expect(trial.roundingShare() <= 1)
  }

  @Test func `keys and gates are projections of their own inputs`() throws {
    var layer = MultiHeadAttention(2, keyDimension: 3, useGate: true)
    layer.form.operands = ["query", "value", "key"]
    let trial = try LayerTrial(layer, [2, 4, 5], [2, 6, 5], [2, 6, 5])
    #expect(trial.distance(to: heads(trial, count: 2, size: 3) { $0 }) < 1e-12)
    #expect(trial.roundingShare() <= 1)
  }

  @Test func `places along two axes are places all the same`() throws {
    let layer = MultiHeadAttention(2, keyDimension: 3)
    let trial = try LayerTrial(layer, [2, 2, 3, 5], [2, 2, 3, 5])
    let flat = layer.forward(
      trial.inputs.map { $0.reshaped([2, 6, 5]) }, Parameters(trial.parameters))[0]
    #expect(trial.distance(to: flat.reshaped([2, 2, 3, 5])) < 1e-13)
  }

  /// Which keys each query may look at, by every way of saying it.
  private static let hidden: [(name: String, what: Hidden)] = [
    ("causal", Hidden(isCausal: true)), ("query", Hidden(query: [1, 0, 1, 1, 1, 1, 0, 1])),
    ("value", Hidden(value: [1, 1, 0, 1, 0, 1, 0, 1, 1, 1, 1, 0])),
    ("key", Hidden(key: [0, 1, 1, 1, 1, 1, 1, 1, 1, 0, 1, 1])),
    ("attention", Hidden(pairs: (0..<48).map { $0 % 5 == 0 ? 0 : 1 })),
    (
      "all of them",
      Hidden(
        isCausal: true, query: [1, 0, 1, 1, 1, 1, 0, 1],
        value: [1, 1, 0, 1, 0, 1, 0, 1, 1, 1, 1, 0], pairs: (0..<48).map { $0 % 5 == 0 ? 0 : 1 })
    ),
  ]

  /// What of 2 x 4 queries and 2 x 6 keys is hidden.
  struct Hidden {
    var isCausal = false
    var query, value, key, pairs: [Double]?

    func allows(_ b: Int, _ t: Int, _ s: Int) -> Bool {
      (!isCausal || s <= t) && query?[b * 4 + t] != 0 && value?[b * 6 + s] != 0
        && key?[b * 6 + s] != 0 && pairs?[(b * 4 + t) * 6 + s] != 0
    }
  }

  @Test(arguments: hidden.indices, [false, true])
  func `a key that is hidden has no weight, and hidden queries see all or none`(
    _ index: Int, _ isFused: Bool
  ) throws {
    let hidden = Self.hidden[index].what
    // Weights that are dropped in training are computed by themselves.
    var layer = MultiHeadAttention(2, keyDimension: 3, dropout: isFused ? 0 : 0.5)
    layer.form.operands =
      ["query", "value", "key"] + (hidden.pairs == nil ? [] : ["attention_mask"])
    layer.form.settings["use_causal_mask"] = .bool(hidden.isCausal)
    var plain = layer
    plain.form.operands = ["query", "value", "key"]
    let trial = try LayerTrial(plain, [2, 4, 5], [2, 6, 5], [2, 6, 5])
    let masks = [hidden.query, hidden.value, hidden.key]
    let pairs = hidden.pairs.map { [NDArray([2, 4, 6], $0)] } ?? []
    let heeding = layer.heeding(
      masksWhere: masks.map { $0 != nil } + pairs.map { _ in false })
    let given = zip(masks, [4, 6, 6]).compactMap { mask, count in
      mask.map { NDArray([2, count], $0) }
    }
    let types =
      trial.inputs.map { TensorType(Shape($0.dimensions)) }
      + (pairs + given).map { TensorType(Shape($0.dimensions), .bool) }
    let made = try heeding.definition(for: types).values(
      trial.inputs + pairs + given, Parameters(trial.parameters))[0]
    let expected = heads(trial, count: 2, size: 3, allows: hidden.allows, isFused: isFused) { $0 }
    #expect(zip(made.elements, expected.elements).allSatisfy { abs($0 - $1) < 1e-12 })
  }

  @Test(arguments: hidden.indices.dropLast(2), [false, true])
  func `attention without weights hides keys, and makes zeros of hidden queries`(
    _ index: Int, _ isAdditive: Bool
  ) throws {
    let hidden = Self.hidden[index].what
    guard hidden.key == nil else { return }
    var layer: any DenseAttention =
      isAdditive ? AdditiveAttention() : ModelLayers.Attention()
    layer.form.settings["use_causal_mask"] = .bool(hidden.isCausal)
    let trial = try LayerTrial(layer, [2, 4, 3], [2, 6, 3])
    let heeding = layer.heeding(masksWhere: [hidden.query != nil, hidden.value != nil])
    let given =
      [hidden.query.map { NDArray([2, 4], $0) }, hidden.value.map { NDArray([2, 6], $0) }]
      .compactMap(\.self)
    let types =
      trial.inputs.map { TensorType(Shape($0.dimensions)) }
      + given.map { TensorType(Shape($0.dimensions), .bool) }
    let made = try heeding.definition(for: types).values(
      trial.inputs + given, Parameters(trial.parameters))[0]
    let scale = trial.parameters["scale"]
    let (q, v) = (trial.inputs[0], trial.inputs[1])
    let expected = NDArray<Double>.generate([2, 4, 3]) { place in
      let (b, t) = (place[0], place[1])
      guard hidden.query?[b * 4 + t] != 0 else { return 0 }
      let keys = (0..<6).filter { (!hidden.isCausal || $0 <= t) && hidden.value?[b * 6 + $0] != 0 }
      let weights = softmax(
        keys.map { s in
          (0..<3).reduce(0) { sum, d in
            let both = exponential(2 * (q.at(b, t, d) + v.at(b, s, d)))
            return isAdditive
              ? sum + (scale?.at(d) ?? 0) * (1 - 2 / (both + 1))
              : sum + q.at(b, t, d) * v.at(b, s, d)
          }
        })
      return zip(keys, weights).reduce(0) { $0 + $1.1 * v.at(b, $1.0, place[2]) }
    }
    #expect(zip(made.elements, expected.elements).allSatisfy { abs($0 - $1) < 1e-12 })
  }

  @Test func `the key causal of a layer is what every call sets`() throws {
    let layer = try ModelLayers.Attention(attributes: ["causal": .bool(true)])
    var called = ModelLayers.Attention()
    called.form.settings["use_causal_mask"] = .bool(true)
    let trial = try LayerTrial(layer, [2, 4, 3], [2, 4, 3])
    #expect(trial.distance(to: called.forward(trial.inputs, Parameters([:]))[0]) == 0)
    #expect(
      trial.distance(to: ModelLayers.Attention().forward(trial.inputs, Parameters([:]))[0]) > 1e-3)
  }

  /// `softmax(q·kᵀ ÷ √size)·v` of each head, and the last projection.
  ///
  /// The key is the third input, or else the second, which is the value.
  private func heads(
    _ trial: LayerTrial, count: Int, size: Int,
    allows: (Int, Int, Int) -> Bool = { _, _, _ in true }, isFused: Bool = true,
    _ keyHead: (Int) -> Int
  ) -> NDArray<Double> {
    let (x, y, z) = (trial.inputs[0], trial.inputs[1], trial.inputs[trial.inputs.count - 1])
    let parameters = Parameters(trial.parameters)
    func projected(_ role: String, _ x: NDArray<Double>, _ b: Int, _ t: Int, _ n: Int, _ h: Int)
      -> Double
    {
      let (kernel, bias) = (parameters[role + "/kernel"], parameters[role + "/bias"])
      return (0..<5).reduce(bias.at(n, h)) { $0 + x.at(b, t, $1) * kernel.at($1, n, h) }
    }
    let hasGate = trial.parameters["gate/kernel"] != nil
    return .generate([2, 4, 5]) { place in
      let (b, t) = (place[0], place[1])
      var result = parameters["attention_output/bias"].at(place[2])
      let allowed = (0..<6).filter { allows(b, t, $0) }
      for n in 0..<count {
        let keys = allowed.isEmpty && isFused ? Array(0..<6) : allowed
        let weights = softmax(
          keys.map { s in
            guard !allowed.isEmpty else { return 0 }
            return (0..<size).reduce(0) {
              $0 + projected("query", x, b, t, n, $1) * projected("key", z, b, s, keyHead(n), $1)
            } / Double(size).squareRoot()
          })
        for h in 0..<size {
          var head = zip(keys, weights).reduce(0) {
            $0 + $1.1 * projected("value", y, b, $1.0, keyHead(n), h)
          }
          if hasGate { head /= 1 + exponential(-projected("gate", x, b, t, n, h)) }
          result += head * parameters["attention_output/kernel"].at(n, h, place[2])
        }
      }
      return result
    }
  }

  @Test(arguments: [(1.0, "dot"), (0.0, "concat")])
  func `scores are products, or sums of tangents`(_ dot: Double, _ mode: String) throws {
    let layer = try ModelLayers.Attention(
      attributes: ["use_scale": .bool(true), "score_mode": .string(mode)])
    let trial = try LayerTrial(layer, [2, 3, 4], [2, 5, 4], [2, 5, 4])
    let (q, v, k) = (trial.inputs[0], trial.inputs[1], trial.inputs[2])
    let scale = Parameters(trial.parameters)["scale"].elements[0]
    let expected = NDArray<Double>.generate([2, 3, 4]) { place in
      let (b, t) = (place[0], place[1])
      let weights = softmax(
        (0..<5).map { s in
          (0..<4).reduce(0) { sum, d in
            let sumOfBoth = exponential(2 * scale * (q.at(b, t, d) + k.at(b, s, d)))
            return dot == 1
              ? sum + scale * q.at(b, t, d) * k.at(b, s, d)
              : sum + Parameters(trial.parameters)["concat_score_weight"].elements[0]
                * (1 - 2 / (sumOfBoth + 1))
          }
        })
      return (0..<5).reduce(0) { $0 + weights[$1] * v.at(b, $1, place[2]) }
    }
    #expect(trial.distance(to: expected) < 1e-12)
    #expect(trial.roundingShare() <= 1)
  }

  @Test func `a window leaves out what is too far away, and bounds stay small`() throws {
    let narrow = MultiHeadAttention(1, keyDimension: 2, slidingWindow: 1)
    let trial = try LayerTrial(narrow, [1, 3, 2], [1, 3, 2])
    // A window of one place is the value at that place.
    let value = trial.inputs[1]
    let p = Parameters(trial.parameters)
    let expected = NDArray<Double>.generate([1, 3, 2]) { place in
      (0..<2).reduce(p["attention_output/bias"].at(place[2])) { sum, h in
        let head = (0..<2).reduce(p["value/bias"].at(0, h)) {
          $0 + value.at(0, place[1], $1) * p["value/kernel"].at($1, 0, h)
        }
        return sum + head * p["attention_output/kernel"].at(0, h, place[2])
      }
    }
    #expect(trial.distance(to: expected) < 1e-13)
    #expect((1e-6...1).contains(trial.roundingShare()))
  }

  @Test func `what does not fit is refused by name`() throws {
    #expect(
      refusal {
        try GroupQueryAttention(attributes: [
          "head_dim": .int(2), "num_query_heads": .int(4), "num_key_value_heads": .int(3),
        ])
      } == "attribute 'num_key_value_heads' is 3; expected a divisor of the number of query heads")
    #expect(
      refusal { try ModelLayers.Attention().outputShapes(for: [[nil, 5, 4]]) }
        == "has 1 inputs; expected 2 or 3: query, value and maybe key")
    #expect(
      refusal {
        try MultiHeadAttention(2, keyDimension: 3, attentionAxes: [2]).outputShapes(
          for: [[nil, 5, 4], [nil, 5, 4]])
      }.contains("attribute 'attention_axes' is [2]; expected axes between the first and the last"))
  }
}
