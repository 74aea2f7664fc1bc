extension Initializer {
  /// The stream of random numbers that belongs to a weight.
  ///
  /// It is the 64-bit FNV-1a hash (Fowler, Noll and Vo) of the eight bytes of the
  /// seed, little-endian, and of the name in UTF-8. Unlike Swift's own hashes it
  /// is the same in every process, so that a model built twice is the same twice.
  ///
  /// - Parameters:
  ///   - seed: The model's.
  ///   - name: The weight's, such as `conv1/kernel`.
  public static func stream(seed: UInt64, name: String) -> UInt64 {
    let seedBytes = (0..<8).map { UInt8(truncatingIfNeeded: seed >> (8 * $0)) }
    return fnv1a(seedBytes + name.utf8)
  }

  /// The 64-bit FNV-1a hash of some bytes.
  package static func fnv1a(_ bytes: some Sequence<UInt8>) -> UInt64 {
    bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
  }
}
