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

  /// `softmax(q·kᵀ ÷ √size)·v` of each head, and the last projection.
  private func heads(
    _ trial: LayerTrial, count: Int, size: Int, _ keyHead: (Int) -> Int
  ) -> NDArray<Double> {
    let (x, y) = (trial.inputs[0], trial.inputs[1])
    func projected(_ role: String, _ x: NDArray<Double>, _ b: Int, _ t: Int, _ n: Int, _ h: Int)
      -> Double
    {
      let (kernel, bias) = (
        Parameters(trial.parameters)[role + "/kernel"], Parameters(trial.parameters)[role + "/bias"]
      )
      return (0..<5).reduce(bias.at(n, h)) { $0 + x.at(b, t, $1) * kernel.at($1, n, h) }
    }
    return .generate([2, 4, 5]) { place in
      let (b, t) = (place[0], place[1])
      var result = Parameters(trial.parameters)["attention_output/bias"].at(place[2])
      for n in 0..<count {
        let weights = softmax(
          (0..<6).map { s in
            (0..<size).reduce(0) {
              $0 + projected("query", x, b, t, n, $1) * projected("key", y, b, s, keyHead(n), $1)
            } / Double(size).squareRoot()
          })
        for h in 0..<size {
          let head = (0..<6).reduce(0) {
            $0 + weights[$1] * projected("value", y, b, $1, keyHead(n), h)
          }
          result +=
            head * Parameters(trial.parameters)["attention_output/kernel"].at(n, h, place[2])
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
