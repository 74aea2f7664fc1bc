/// Independent draws from a stream of random bits, the same on every machine.
///
/// They use nothing but operations that IEEE 754 rounds in one way only; the
/// system's logarithm is not one, hence `naturalLogarithm`.
package struct RandomDraws {
  private var generator: Xoshiro256
  private var spare: Double?

  /// Begins a stream.
  package init(seed: UInt64) {
    generator = Xoshiro256(seed: seed)
  }

  /// A draw from U[0, 1): a multiple of 2⁻⁵³.
  package mutating func uniform() -> Double {
    Double(generator.next() >> 11) * 0x1p-53
  }

  /// A draw from N(0, 1), by the polar method (Marsaglia and Bray, 1964).
  package mutating func normal() -> Double {
    if let draw = spare {
      spare = nil
      return draw
    }
    while true {
      let x = 2 * uniform() - 1
      let y = 2 * uniform() - 1
      let square = x * x + y * y
      guard square > 0, square < 1 else { continue }
      let factor = (-2 * naturalLogarithm(square) / square).squareRoot()
      spare = y * factor
      return x * factor
    }
  }

  /// A draw from N(0, 1) without what is more than two standard deviations from 0.
  package mutating func truncatedNormal() -> Double {
    while true {
      let draw = normal()
      if abs(draw) <= 2 { return draw }
    }
  }
}

/// ln x for a positive normal number, to within a few units in the last place.
///
/// x = m·2ᵉ with m in [√½, √2], and ln m = 2·artanh t with t = (m - 1)/(m + 1),
/// |t| < 0.1716. The terms of artanh's series after t²¹/21 are less than 2⁻⁶⁰
/// of its sum.
package func naturalLogarithm(_ x: Double) -> Double {
  var exponent = Double(x.exponent)
  var significand = x.significand
  if significand > 2.0.squareRoot() {
    significand /= 2
    exponent += 1
  }
  let t = (significand - 1) / (significand + 1)
  let square = t * t
  var series = 0.0
  for power in stride(from: 21, through: 1, by: -2) {
    series = series * square + 1 / Double(power)
  }
  let ln2 = 0x1.62E42FEFA39EFp-1
  return exponent * ln2 + 2 * t * series
}
