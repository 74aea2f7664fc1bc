/// Where texts go: those of a vocabulary to places of their own, others by their hash.
public struct TextPlaces: Hashable, Sendable {
  /// The texts that have a place each, in order.
  var vocabulary: [[UInt8]] = []
  /// The place of the first of them.
  var first = 0
  /// The first place of others.
  var unknownStart = 0
  /// How many places others have.
  var unknownCount: Int
  /// A text that has a place by itself.
  var mask: [UInt8]?
  /// Its place.
  var maskPlace = 0
  /// The key by which others are hashed, two words; none for FarmHash's fingerprint.
  var salt: [Int] = []

  /// More than any place.
  var end: Int { max(first + vocabulary.count, unknownStart + unknownCount) }

  /// What tells the place of a text; `nil` where it has none.
  func finder() -> ([UInt8]) -> Int? {
    var known: [[UInt8]: Int] = [:]
    known.reserveCapacity(vocabulary.count + 1)
    for (place, text) in vocabulary.enumerated() { known[text] = first + place }
    if let mask { known[mask] = maskPlace }
    return { text in
      if let place = known[text] { return place }
      guard unknownCount > 1 else { return unknownCount == 1 ? unknownStart : nil }
      return unknownStart + Int(hash(text) % UInt64(unknownCount))
    }
  }

  private func hash(_ text: [UInt8]) -> UInt64 {
    guard salt.count == 2 else { return FarmHash.fingerprint(text) }
    let key = salt.map { UInt64(truncatingIfNeeded: $0) }
    return SipHash.hash(text, key: (key[0], key[1]))
  }
}
