import ModelLayers
import Testing

/// The fans of a shape, and what Keras hands to its backend for that shape.
struct KerasFans: Sendable, CustomTestStringConvertible {
  let shape: [Int]
  let fans: (fanIn: Int, fanOut: Int)
  let glorotLimit, glorotDeviation: Double
  let heLimit, heDeviation: Double
  let lecunLimit, lecunDeviation: Double
  /// The deviation of `VarianceScaling(2.5, mode, "untruncated_normal")`.
  let fanOutDeviation, fanAvgDeviation: Double
  var testDescription: String { "\(shape)" }

  /// Printed by Keras 3.15.1: `compute_fans(shape)`, and the `maxval` or `stddev` that each
  /// initializer passes to `keras.backend.random` when it is called with the shape.
  static let all: [KerasFans] = [
    .init(
      shape: [], fans: (1, 1),
      glorotLimit: 1.7320508075688772, glorotDeviation: 1.1368472343385565,
      heLimit: 2.449489742783178, heDeviation: 1.6077447771479307,
      lecunLimit: 1.7320508075688772, lecunDeviation: 1.1368472343385565,
      fanOutDeviation: 1.5811388300841898, fanAvgDeviation: 1.5811388300841898),
    .init(
      shape: [256], fans: (256, 256),
      glorotLimit: 0.10825317547305482, glorotDeviation: 0.07105295214615978,
      heLimit: 0.15309310892394862, heDeviation: 0.10048404857174567,
      lecunLimit: 0.10825317547305482, lecunDeviation: 0.07105295214615978,
      fanOutDeviation: 0.09882117688026186, fanAvgDeviation: 0.09882117688026186),
    .init(
      shape: [512, 10], fans: (512, 10),
      glorotLimit: 0.10721125348377948, glorotDeviation: 0.07036907721204812,
      heLimit: 0.10825317547305482, heDeviation: 0.07105295214615978,
      lecunLimit: 0.07654655446197431, lecunDeviation: 0.050242024285872836,
      fanOutDeviation: 0.5, fanAvgDeviation: 0.09787003658578391),
    .init(
      shape: [5, 8, 24], fans: (40, 120),
      glorotLimit: 0.19364916731037085, glorotDeviation: 0.12710338480068226,
      heLimit: 0.3872983346207417, heDeviation: 0.2542067696013645,
      lecunLimit: 0.2738612787525831, lecunDeviation: 0.17975133060865117,
      fanOutDeviation: 0.14433756729740643, fanAvgDeviation: 0.1767766952966369),
    .init(
      shape: [3, 3, 64, 64], fans: (576, 576),
      glorotLimit: 0.07216878364870322, glorotDeviation: 0.047368634764106514,
      heLimit: 0.10206207261596575, heDeviation: 0.06698936571449711,
      lecunLimit: 0.07216878364870322, lecunDeviation: 0.047368634764106514,
      fanOutDeviation: 0.06588078458684124, fanAvgDeviation: 0.06588078458684124),
    .init(
      shape: [7, 7, 3, 64], fans: (147, 3136),
      glorotLimit: 0.04275040011889855, glorotDeviation: 0.028059612298702064,
      heLimit: 0.20203050891044214, heDeviation: 0.1326045542677961,
      lecunLimit: 0.14285714285714285, lecunDeviation: 0.09376557953897816,
      fanOutDeviation: 0.028234621965789103, fanAvgDeviation: 0.03902559747915379),
  ]
}

@Suite struct InitializerTests {
  @Test(arguments: KerasFans.all)
  func `fans, limits and deviations are those that Keras computes`(_ keras: KerasFans) {
    let fans = Fans(shape: keras.shape)
    #expect((fans.fanIn, fans.fanOut) == keras.fans)
    func scaled(_ mode: Initializer.Mode) -> Initializer {
      .varianceScaling(scale: 2.5, mode: mode, distribution: .untruncatedNormal)
    }
    let expected: [(Initializer, Initializer.Method)] = [
      (.glorotUniform(), .uniform(minval: -keras.glorotLimit, maxval: keras.glorotLimit)),
      (.glorotNormal(), .truncatedNormal(mean: 0, stddev: keras.glorotDeviation)),
      (.heUniform(), .uniform(minval: -keras.heLimit, maxval: keras.heLimit)),
      (.heNormal(), .truncatedNormal(mean: 0, stddev: keras.heDeviation)),
      (.lecunUniform(), .uniform(minval: -keras.lecunLimit, maxval: keras.lecunLimit)),
      (.lecunNormal(), .truncatedNormal(mean: 0, stddev: keras.lecunDeviation)),
      (scaled(.fanOut), .normal(mean: 0, stddev: keras.fanOutDeviation)),
      (scaled(.fanAvg), .normal(mean: 0, stddev: keras.fanAvgDeviation)),
    ]
    for (initializer, method) in expected {
      #expect(initializer.method.resolved(for: keras.shape) == method)
    }
  }

  @Test func `defaults are those of Keras`() {
    // As `get_config()` of Keras 3.15.1 shows them.
    #expect(Initializer.randomNormal().method == .normal(mean: 0, stddev: 0.05))
    #expect(Initializer.truncatedNormal().method == .truncatedNormal(mean: 0, stddev: 0.05))
    #expect(Initializer.randomUniform().method == .uniform(minval: -0.05, maxval: 0.05))
    #expect(
      Initializer.varianceScaling().method
        == .varianceScaling(scale: 1, mode: .fanIn, distribution: .truncatedNormal))
    #expect(Initializer.orthogonal().method == .orthogonal(gain: 1))
    #expect(Initializer.identity().method == .identity(gain: 1))
    #expect(Initializer.glorotUniform().seed == nil)
  }

  @Test func `each role begins as in Keras`() {
    for role in ["kernel", "depthwise_kernel", "pointwise_kernel"] {
      #expect(Initializer.standard(for: role) == .glorotUniform())
    }
    for role in ["gamma", "moving_variance", "variance"] {
      #expect(Initializer.standard(for: role) == .ones)
    }
    for role in ["bias", "beta", "moving_mean", "mean", "alpha", "count"] {
      #expect(Initializer.standard(for: role) == .zeros)
    }
  }

  @Test func `constants and identities are what they say`() throws {
    func values(_ initializer: Initializer, _ shape: [Int]) throws -> [Float] {
      try initializer.values(shape: shape, stream: 0)
    }
    #expect(try values(.zeros, [2, 2]) == [0, 0, 0, 0])
    #expect(try values(.ones, [3]) == [1, 1, 1])
    #expect(try values(.constant(-2.5), []) == [-2.5])
    #expect(try values(.identity(gain: 3), [2, 3]) == [3, 0, 0, 0, 3, 0])
    #expect(try values(.identity(), [3, 2]) == [1, 0, 0, 1, 0, 0])
    for initializer in [Initializer.zeros, .heNormal(), .orthogonal(), .identity()] {
      #expect(try values(initializer, [1 << 40, 0]) == [])
    }
  }

  @Test func `what makes no sense is refused with its value`() {
    func message(_ initializer: Initializer, _ shape: [Int]) -> String? {
      let error = #expect(throws: ModelError.self) {
        try initializer.values(shape: shape, stream: 0, as: Float.self)
      }
      return error.map { "\($0)" }
    }
    #expect(
      message(.randomNormal(stddev: -1), [2])
        == "attribute 'stddev' is -1.0; expected a finite number that is not negative")
    #expect(
      message(.truncatedNormal(mean: .nan), [2])
        == "attribute 'mean' is nan; expected a finite number")
    #expect(
      message(.randomUniform(minval: 1, maxval: 0), [2])
        == "attribute 'maxval' is 0.0; expected a finite number that is not less than 1.0")
    #expect(
      message(.varianceScaling(scale: 0), [2])
        == "attribute 'scale' is 0.0; expected a finite number that is more than 0")
    #expect(
      message(.orthogonal(), [256])
        == "shape [256] needs 2 or more axes for the orthogonal initializer")
    #expect(
      message(.identity(), [3, 3, 3])
        == "shape [3, 3, 3] needs 2 axes for the identity initializer")
    for shape in [[-1, 2], [1 << 32, 1 << 32]] {
      #expect(message(.zeros, shape) == "shape \(shape) is not one that a tensor can have")
    }
  }
}
