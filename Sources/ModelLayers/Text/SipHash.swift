/// SipHash-2-4 (Aumasson and Bernstein, 2012): a hash of bytes by a key of two words, by which TensorFlow
/// spreads texts where nobody shall foresee their places.
enum SipHash {
  /// The hash of some bytes.
  static func hash(_ bytes: [UInt8], key: (UInt64, UInt64)) -> UInt64 {
    var state = State(
      v0: key.0 ^ 0x736f_6d65_7073_6575, v1: key.1 ^ 0x646f_7261_6e64_6f6d,
      v2: key.0 ^ 0x6c79_6765_6e65_7261, v3: key.1 ^ 0x7465_6462_7974_6573)
    let end = bytes.count & ~7
    for place in stride(from: 0, to: end, by: 8) { state.take(bytes.word(at: place)) }
    // The last word has the bytes that are left, and the number of all.
    state.take(bytes.word(at: end) | UInt64(bytes.count & 0xff) << 56)
    state.v2 ^= 0xff
    for _ in 0..<4 { state.round() }
    return state.v0 ^ state.v1 ^ state.v2 ^ state.v3
  }

  private struct State {
    var v0: UInt64
    var v1: UInt64
    var v2: UInt64
    var v3: UInt64

    mutating func take(_ word: UInt64) {
      v3 ^= word
      round()
      round()
      v0 ^= word
    }

    mutating func round() {
      v0 = v0 &+ v1
      v2 = v2 &+ v3
      v1 = v1.rotated(by: 51) ^ v0
      v3 = v3.rotated(by: 48) ^ v2
      v0 = v0.rotated(by: 32)
      v2 = v2 &+ v1
      v0 = v0 &+ v3
      v1 = v1.rotated(by: 47) ^ v2
      v3 = v3.rotated(by: 43) ^ v0
      v2 = v2.rotated(by: 32)
    }
  }
}
