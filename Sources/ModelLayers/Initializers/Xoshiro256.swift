/// The generator xoshiro256** 1.0, with a period of 2²⁵⁶ - 1.
///
/// Blackman and Vigna, 2021: Scrambled Linear Pseudorandom Number Generators. The
/// four words of its state are made of a seed by SplitMix64, as the authors advise.
package struct Xoshiro256: RandomNumberGenerator {
  private var state: (UInt64, UInt64, UInt64, UInt64)

  /// Begins with a state, which must not be all zeros.
  package init(state: (UInt64, UInt64, UInt64, UInt64)) {
    self.state = state
  }

  /// Begins with a seed; any will do.
  package init(seed: UInt64) {
    var words = SplitMix64(seed: seed)
    state = (words.next(), words.next(), words.next(), words.next())
  }

  /// The next 64 bits.
  package mutating func next() -> UInt64 {
    let result = (state.1 &* 5).rotated(left: 7) &* 9
    let shifted = state.1 << 17
    state.2 ^= state.0
    state.3 ^= state.1
    state.1 ^= state.2
    state.0 ^= state.3
    state.2 ^= shifted
    state.3 = state.3.rotated(left: 45)
    return result
  }
}

/// The generator SplitMix64: a counter, scrambled.
///
/// Steele, Lea and Flood, 2014: Fast Splittable Pseudorandom Number Generators.
package struct SplitMix64: RandomNumberGenerator {
  private var counter: UInt64

  /// Begins with a seed; any will do.
  package init(seed: UInt64) {
    counter = seed
  }

  /// The next 64 bits.
  package mutating func next() -> UInt64 {
    counter &+= 0x9E37_79B9_7F4A_7C15
    var word = counter
    word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
    word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
    return word ^ (word >> 31)
  }
}

extension UInt64 {
  fileprivate func rotated(left count: UInt64) -> UInt64 {
    self << count | self >> (64 - count)
  }
}
