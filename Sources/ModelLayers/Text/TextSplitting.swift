/// What becomes of a text before its tokens are looked up, as TensorFlow's functions of strings do it.
public struct TextSplitting: Hashable, Sendable {
  /// How texts are made alike; the raw values are Keras's names.
  public enum Standard: String, CaseIterable, Hashable, Sendable {
    case lowerAndStripPunctuation = "lower_and_strip_punctuation"
    case lower
    case stripPunctuation = "strip_punctuation"
    case none
  }

  /// What a text is cut into; the raw values are Keras's names.
  public enum Unit: String, CaseIterable, Hashable, Sendable {
    case word = "whitespace"
    case character
    /// Each text is one token.
    case none
  }

  /// How texts are made alike.
  var standard: Standard
  /// What they are cut into.
  var unit: Unit
  /// How many tokens in a row make one, for each that is wanted; none for the tokens as they are.
  var widths: [Int]

  /// The tokens of a text; `nil` where versions of TensorFlow find different ones: some replace what Unicode
  /// says is never a character.
  func tokens(of text: [UInt8]) -> [[UInt8]]? {
    let text = standardized(text)
    switch unit {
    case .none: return [text]
    case .word: return text.split(whereSeparator: Self.isSpace).map(Array.init)
    case .character:
      // Bytes that are no UTF-8 are replaced, as many together as began a character.
      let characters = String(decoding: text, as: UTF8.self).unicodeScalars
      guard characters.allSatisfy(\.isCharacter) else { return nil }
      return characters.map { Array(String($0).utf8) }
    }
  }

  /// Shows tokens, or what several of them in a row make, to `body` one by one, until it returns false.
  func forEach(_ tokens: [[UInt8]], _ body: ([UInt8]) -> Bool) {
    guard !widths.isEmpty else {
      for token in tokens where !body(token) { return }
      return
    }
    for width in widths where width <= tokens.count {
      for start in 0...tokens.count - width {
        guard body(Array(tokens[start..<start + width].joined(separator: [0x20]))) else { return }
      }
    }
  }

  /// How many of them there are of so many tokens.
  func count(of tokens: Int) -> Int {
    widths.isEmpty ? tokens : widths.reduce(0) { $0.addingSaturating(max(0, tokens - $1 + 1)) }
  }

  private func standardized(_ text: [UInt8]) -> [UInt8] {
    var text = text
    if standard == .lower || standard == .lowerAndStripPunctuation {
      // Letters beyond ASCII stay: nobody says that the bytes are UTF-8.
      text = text.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
    }
    if standard == .stripPunctuation || standard == .lowerAndStripPunctuation {
      text.removeAll(where: Self.isPunctuation)
    }
    return text
  }

  /// All signs of ASCII that are no letters, digits or spaces.
  private static func isPunctuation(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x21...0x2F, 0x3A...0x40, 0x5B...0x60, 0x7B...0x7E: true
    default: false
    }
  }

  private static func isSpace(_ byte: UInt8) -> Bool {
    byte == 0x20 || (0x09...0x0D).contains(byte)
  }
}

extension Unicode.Scalar {
  /// Whether it is none of the 66 that are never characters.
  fileprivate var isCharacter: Bool {
    value & 0xFFFE != 0xFFFE && !(0xFDD0...0xFDEF).contains(value)
  }
}
