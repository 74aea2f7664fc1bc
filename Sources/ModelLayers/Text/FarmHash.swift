/// FarmHash's 64-bit fingerprint of texts, which never changes, and by which TensorFlow spreads them.
///
/// As Google's FarmHash defines it (`Fingerprint64`): each range of lengths has a formula of its own, of
/// products with three odd constants, rotations, and shifts of 47.
enum FarmHash {
  private static let k0: UInt64 = 0xc3a5_c85c_97cb_3127
  private static let k1: UInt64 = 0xb492_b66f_be98_f273
  private static let k2: UInt64 = 0x9ae1_6a3b_2f90_404f

  /// The fingerprint of some bytes.
  static func fingerprint(_ bytes: [UInt8]) -> UInt64 {
    switch bytes.count {
    case 0: k2
    case 1...3: upTo3(bytes)
    case 4...7: upTo7(bytes)
    case 8...16: upTo16(bytes)
    case 17...32: upTo32(bytes)
    case 33...64: upTo64(bytes)
    default: longer(bytes)
    }
  }

  /// The fingerprint of two fingerprints, one after the other.
  static func joined(_ first: UInt64, _ second: UInt64) -> UInt64 {
    let factor: UInt64 = 0xc6a4_a793_5bd1_e995
    var result = first ^ factor
    result ^= mixed(second &* factor) &* factor
    result &*= factor
    return mixed(mixed(result) &* factor)
  }

  // MARK: - Parts

  private static func mixed(_ value: UInt64) -> UInt64 { value ^ value >> 47 }

  private static func hash(_ u: UInt64, _ v: UInt64, _ factor: UInt64) -> UInt64 {
    let a = mixed((u ^ v) &* factor)
    return mixed((v ^ a) &* factor) &* factor
  }

  /// The constant of a length.
  private static func factor(_ bytes: [UInt8]) -> UInt64 { k2 &+ 2 &* UInt64(bytes.count) }

  /// 32 bytes with two numbers.
  private static func weak(
    _ bytes: [UInt8], _ place: Int, _ first: UInt64, _ second: UInt64
  ) -> (UInt64, UInt64) {
    let words = (0..<4).map { bytes.word(at: place + 8 * $0) }
    var a = first &+ words[0]
    var b = (second &+ a &+ words[3]).rotated(by: 21)
    let c = a
    a = a &+ words[1] &+ words[2]
    b = b &+ a.rotated(by: 44)
    return (a &+ words[3], b &+ c)
  }

  // MARK: - Lengths

  private static func upTo3(_ bytes: [UInt8]) -> UInt64 {
    let count = bytes.count
    let y = UInt64(bytes[0]) + UInt64(bytes[count >> 1]) << 8
    let z = UInt64(count) + UInt64(bytes[count - 1]) << 2
    return mixed(y &* k2 ^ z &* k0) &* k2
  }

  private static func upTo7(_ bytes: [UInt8]) -> UInt64 {
    let count = bytes.count
    let first = UInt64(count) &+ bytes.word(at: 0, byteCount: 4) << 3
    return hash(first, bytes.word(at: count - 4, byteCount: 4), factor(bytes))
  }

  private static func upTo16(_ bytes: [UInt8]) -> UInt64 {
    let factor = factor(bytes)
    let a = bytes.word(at: 0) &+ k2
    let b = bytes.word(at: bytes.count - 8)
    return hash(b.rotated(by: 37) &* factor &+ a, (a.rotated(by: 25) &+ b) &* factor, factor)
  }

  private static func upTo32(_ bytes: [UInt8]) -> UInt64 {
    let (count, factor) = (bytes.count, factor(bytes))
    let a = bytes.word(at: 0) &* k1
    let b = bytes.word(at: 8)
    let c = bytes.word(at: count - 8) &* factor
    let d = bytes.word(at: count - 16) &* k2
    return hash(
      (a &+ b).rotated(by: 43) &+ c.rotated(by: 30) &+ d, a &+ (b &+ k2).rotated(by: 18) &+ c,
      factor)
  }

  private static func upTo64(_ bytes: [UInt8]) -> UInt64 {
    let (count, factor) = (bytes.count, factor(bytes))
    let a = bytes.word(at: 0) &* k2
    let b = bytes.word(at: 8)
    let c = bytes.word(at: count - 8) &* factor
    let d = bytes.word(at: count - 16) &* k2
    let y = (a &+ b).rotated(by: 43) &+ c.rotated(by: 30) &+ d
    let z = hash(y, a &+ (b &+ k2).rotated(by: 18) &+ c, factor)
    let e = bytes.word(at: 16) &* factor
    let f = bytes.word(at: 24)
    let g = (y &+ bytes.word(at: count - 32)) &* factor
    let h = (z &+ bytes.word(at: count - 24)) &* factor
    return hash(
      (e &+ f).rotated(by: 43) &+ g.rotated(by: 30) &+ h, e &+ (f &+ a).rotated(by: 18) &+ g,
      factor)
  }

  /// What is kept from 64 bytes to the next.
  private struct State {
    var x: UInt64
    var y: UInt64
    var z: UInt64
    var v: (UInt64, UInt64) = (0, 0)
    var w: (UInt64, UInt64) = (0, 0)

    /// Takes 64 bytes; the last ones, which overlap those before, with another factor and weights of 9.
    mutating func take(_ bytes: [UInt8], at place: Int, _ factor: UInt64, weight: UInt64) {
      x = (x &+ y &+ v.0 &+ bytes.word(at: place + 8)).rotated(by: 37) &* factor
      y = (y &+ v.1 &+ bytes.word(at: place + 48)).rotated(by: 42) &* factor
      x ^= w.1 &* weight
      y = y &+ v.0 &* weight &+ bytes.word(at: place + 40)
      z = (z &+ w.0).rotated(by: 33) &* factor
      v = FarmHash.weak(bytes, place, v.1 &* factor, x &+ w.0)
      w = FarmHash.weak(bytes, place + 32, z &+ w.1, y &+ bytes.word(at: place + 16))
      swap(&z, &x)
    }
  }

  private static func longer(_ bytes: [UInt8]) -> UInt64 {
    let seed: UInt64 = 81
    let y = seed &* k1 &+ 113
    var state = State(
      x: seed &* k2 &+ bytes.word(at: 0), y: y, z: mixed(y &* k2 &+ 113) &* k2)
    let end = (bytes.count - 1) / 64 * 64
    for place in stride(from: 0, to: end, by: 64) { state.take(bytes, at: place, k1, weight: 1) }
    let factor = k1 &+ (state.z & 0xff) << 1
    state.w.0 = state.w.0 &+ UInt64(bytes.count - 1 - end)
    state.v.0 = state.v.0 &+ state.w.0
    state.w.0 = state.w.0 &+ state.v.0
    state.take(bytes, at: bytes.count - 64, factor, weight: 9)
    return hash(
      hash(state.v.0, state.w.0, factor) &+ mixed(state.y) &* k0 &+ state.z,
      hash(state.v.1, state.w.1, factor) &+ state.x, factor)
  }
}

extension UInt64 {
  /// The bits moved to the right, those that fall out come in at the left.
  func rotated(by count: UInt64) -> UInt64 { self >> count | self << (64 - count) }
}

extension [UInt8] {
  /// A little-endian number of some bytes, 8 of them or fewer; those behind the end count as 0.
  func word(at place: Int, byteCount: Int = 8) -> UInt64 {
    self[place..<Swift.min(place + byteCount, count)].reversed()
      .reduce(0) { $0 << 8 | UInt64($1) }
  }
}
