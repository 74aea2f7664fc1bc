import ModelLayers
import Testing

/// An initializer and the law that its values follow for `DistributionCase.shape`.
struct DistributionCase: Sendable, CustomTestStringConvertible {
  let name: String
  let initializer: Initializer
  let law: Law
  var testDescription: String { name }

  /// A kernel whose fans differ, so that the wrong one is noticed.
  static let shape = [3, 3, 32, 64]
  static let fanIn = 288.0
  static let fanOut = 576.0

  static let all: [DistributionCase] =
    [
      .init(name: "normal", initializer: .randomNormal(), law: .normal(variance: 0.0025)),
      .init(
        name: "shifted normal", initializer: .randomNormal(mean: 3, stddev: 2),
        law: .normal(mean: 3, variance: 4)),
      .init(name: "uniform", initializer: .randomUniform(), law: .uniform(-0.05, 0.05)),
      .init(
        name: "shifted uniform", initializer: .randomUniform(minval: 1, maxval: 4),
        law: .uniform(1, 4)),
      .init(
        name: "truncated normal", initializer: .truncatedNormal(),
        law: .truncatedNormal(stddev: 0.05)),
      .init(
        name: "shifted truncated normal", initializer: .truncatedNormal(mean: -1, stddev: 0.5),
        law: .truncatedNormal(mean: -1, stddev: 0.5)),
    ] + scaled

  private static let scaled: [DistributionCase] = [
    .init(
      name: "Glorot uniform", initializer: .glorotUniform(),
      law: .uniform(variance: 2 / (fanIn + fanOut))),
    .init(
      name: "Glorot normal", initializer: .glorotNormal(),
      law: .truncatedNormal(variance: 2 / (fanIn + fanOut))),
    .init(name: "He uniform", initializer: .heUniform(), law: .uniform(variance: 2 / fanIn)),
    .init(name: "He normal", initializer: .heNormal(), law: .truncatedNormal(variance: 2 / fanIn)),
    .init(name: "LeCun uniform", initializer: .lecunUniform(), law: .uniform(variance: 1 / fanIn)),
    .init(
      name: "LeCun normal", initializer: .lecunNormal(), law: .truncatedNormal(variance: 1 / fanIn)),
    .init(
      name: "fan out, untruncated",
      initializer: .varianceScaling(
        scale: 3, mode: .fanOut, distribution: .untruncatedNormal),
      law: .normal(variance: 3 / fanOut)
    ),
  ]
}

@Suite struct InitializerDistributionTests {
  private func sample(_ initializer: Initializer, stream: UInt64 = 2026) throws -> [Float] {
    try initializer.values(shape: DistributionCase.shape, stream: stream)
  }

  @Test(arguments: DistributionCase.all)
  func `values follow the law that the initializer names`(_ trial: DistributionCase) throws {
    let values = try sample(trial.initializer)
    let discrepancy = Discrepancy(of: values, from: trial.law)
    #expect(discrepancy.mean < 1)
    #expect(discrepancy.variance < 1)
    #expect(discrepancy.kolmogorovSmirnov < 1)
    // Rounding to float32 keeps the order, so it can reach a rounded bound but not pass it.
    let bounds = Float(trial.law.bounds.lowerBound)...Float(trial.law.bounds.upperBound)
    #expect(values.allSatisfy { bounds.contains($0) })
  }

  @Test func `a wrong fan, limit or truncation is told from the right one`() throws {
    typealias Case = DistributionCase
    let glorot = try sample(.glorotUniform())
    let lecun = try sample(.lecunNormal())
    let wrong: [(values: [Float], law: Law)] = [
      (glorot, .uniform(variance: 1 / Case.fanIn)),
      (glorot, .uniform(variance: 1 / Case.fanOut)),
      (glorot, .truncatedNormal(variance: 2 / (Case.fanIn + Case.fanOut))),
      (lecun, .truncatedNormal(variance: 1 / Case.fanOut)),
      // Truncated without the correction that keeps the variance.
      (lecun, .truncatedNormal(stddev: (1 / Case.fanIn).squareRoot())),
      // Not truncated at all, with the same variance.
      (lecun, .normal(variance: 1 / Case.fanIn)),
    ]
    for (values, law) in wrong {
      #expect(Discrepancy(of: values, from: law).kolmogorovSmirnov > 1)
    }
  }

  @Test func `the upper bound of a uniform distribution is never reached, for all rounding`() throws
  {
    // Between these bounds lie four numbers of float32: half of all draws between the last and
    // the bound round to the bound.
    let lower: Float = 1
    let upper = lower + 4 * lower.ulp
    let initializer = Initializer.randomUniform(minval: Double(lower), maxval: Double(upper))
    let values: [Float] = try initializer.values(shape: [1000], stream: 1)
    #expect(Set(values).sorted() == (0..<4).map { lower + Float($0) * lower.ulp })
    let single: [Float] = try Initializer.randomUniform(minval: 2, maxval: 2)
      .values(shape: [3], stream: 1)
    #expect(single == [2, 2, 2])
  }

  @Test func `neighbours in a stream, and the streams of like names, are not correlated`() throws {
    // The correlation of n independent pairs has the standard error 1/√n; four of them are
    // exceeded with a probability of 6·10⁻⁵.
    let streams = ["conv1/kernel", "conv2/kernel", "conv1/kernel2"].map {
      Initializer.stream(seed: 0, name: $0)
    }
    let samples = try streams.map { try sample(.randomNormal(stddev: 1), stream: $0) }
    let count = Double(samples[0].count)
    func correlation(_ left: some Sequence<Float>, _ right: some Sequence<Float>) -> Double {
      zip(left, right).reduce(0) { $0 + Double($1.0) * Double($1.1) } / count
    }
    for (left, right) in [(0, 1), (0, 2), (1, 2)] {
      #expect(abs(correlation(samples[left], samples[right])) < 4 / count.squareRoot())
    }
    for lag in 1...4 {
      #expect(
        abs(correlation(samples[0], samples[0].dropFirst(lag))) < 4 / count.squareRoot())
    }
  }
}
