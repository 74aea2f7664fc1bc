import Glibc

/// A distribution as theory has it: the moments and the distribution function
/// against which a sample is held.
struct Law: Sendable {
  /// The mean.
  let mean: Double
  /// The second central moment.
  let variance: Double
  /// The fourth central moment.
  let fourthMoment: Double
  /// No value lies outside.
  let bounds: ClosedRange<Double>
  /// The probability of a value that is not more than the argument.
  let cumulative: @Sendable (Double) -> Double

  static func normal(mean: Double = 0, variance: Double) -> Law {
    let deviation = variance.squareRoot()
    return Law(
      mean: mean, variance: variance, fourthMoment: 3 * variance * variance,
      bounds: -.infinity ... .infinity
    ) { standardNormal(($0 - mean) / deviation) }
  }

  static func uniform(_ lower: Double, _ upper: Double) -> Law {
    let width = upper - lower
    return Law(
      mean: (lower + upper) / 2, variance: width * width / 12,
      fourthMoment: width * width * width * width / 80, bounds: lower...upper
    ) { min(max(($0 - lower) / width, 0), 1) }
  }

  static func uniform(variance: Double) -> Law {
    uniform(-(3 * variance).squareRoot(), (3 * variance).squareRoot())
  }

  /// N(mean, stddev²) within two `stddev` of the mean.
  ///
  /// Partial integration gives the moments of z: m₂ = 1 - 2cφ(c)/Z and
  /// m₄ = 3m₂ - 2c³φ(c)/Z, c = 2, Z being what is left of the probability.
  static func truncatedNormal(mean: Double = 0, stddev: Double) -> Law {
    let left = standardNormal(2) - standardNormal(-2)
    let density = exp(-2.0) / (2 * Double.pi).squareRoot()
    let second = 1 - 4 * density / left
    let fourth = 3 * second - 16 * density / left
    let variance = stddev * stddev
    return Law(
      mean: mean, variance: second * variance, fourthMoment: fourth * variance * variance,
      bounds: mean - 2 * stddev...mean + 2 * stddev
    ) { (standardNormal(min(max(($0 - mean) / stddev, -2), 2)) - standardNormal(-2)) / left }
  }

  /// The truncated normal distribution of a given variance.
  static func truncatedNormal(variance: Double) -> Law {
    truncatedNormal(stddev: (variance / truncatedNormal(stddev: 1).variance).squareRoot())
  }
}

/// Φ.
private func standardNormal(_ z: Double) -> Double { erfc(-z / 2.0.squareRoot()) / 2 }

/// How far a sample is from a law, each number in units of what chance allows.
///
/// The scale is set for a probability of 10⁻⁴ or less that a sample of the law is
/// more than 1 away: four standard errors for the moments (a normal variable is
/// farther away with 6·10⁻⁵), and √(-ln(α/2) / 2n), the asymptotic critical value
/// of Kolmogorov and Smirnov, at α = 10⁻⁴. The seeds are fixed, so a generator that
/// passes once passes always; a wrong formula is many times farther away.
struct Discrepancy {
  let mean: Double
  let variance: Double
  let kolmogorovSmirnov: Double

  init(of sample: [Float], from law: Law) {
    let values = sample.map(Double.init).sorted()
    let count = Double(values.count)
    let mean = values.reduce(0, +) / count
    let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (count - 1)
    var distance = 0.0
    for (index, value) in values.enumerated() {
      let expected = law.cumulative(value)
      distance = max(distance, expected - Double(index) / count)
      distance = max(distance, Double(index + 1) / count - expected)
    }
    let meanError = (law.variance / count).squareRoot()
    let varianceError = ((law.fourthMoment - law.variance * law.variance) / count).squareRoot()
    self.mean = abs(mean - law.mean) / (4 * meanError)
    self.variance = abs(variance - law.variance) / (4 * varianceError)
    kolmogorovSmirnov = distance / (-log(1e-4 / 2) / (2 * count)).squareRoot()
  }
}
