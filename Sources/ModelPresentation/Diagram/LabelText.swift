internal import ModelGraph

/// Texts of a diagram or a page: what may be shown, how wide it is, how a format writes it.
package enum LabelText {
  /// A shape that cannot be told.
  static let unknown = "?"

  /// A shape without the axis of the batch: `256×256×64`.
  static func shape(_ shape: Shape?) -> String {
    guard let shape else { return unknown }
    let isBatched = shape.dimensions.first == .some(nil)
    let sizes = shape.dimensions.dropFirst(isBatched ? 1 : 0)
    guard !sizes.isEmpty else { return "scalar" }
    return shortened(sizes.map { $0.map(String.init) ?? unknown }.joined(separator: "×"), to: 40)
  }

  /// A number in groups of three digits: `25,636,712`.
  static func grouped(_ number: Int) -> String {
    var text = ""
    let digits = String(number)
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index).isMultiple(of: 3) { text += "," }
      text.append(digit)
    }
    return text
  }

  /// A text of one line: what has no shape of its own is written as `\u{1B}`.
  package static func printable(_ text: String) -> String {
    var shown = ""
    for scalar in text.unicodeScalars {
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned:
        shown += "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
      default:
        shown.unicodeScalars.append(scalar)
      }
    }
    return shown
  }

  /// A text without its middle, where it is longer than a number of characters.
  static func shortened(_ text: String, to limit: Int) -> String {
    // Scalars, because one character may be made of any number of them.
    let scalars = text.unicodeScalars
    guard scalars.count > limit else { return text }
    let end = limit / 2
    return String(scalars.prefix(limit - end - 1)) + "…" + String(scalars.suffix(end))
  }

  /// About how wide a text is in a sans-serif font, rather more than less.
  ///
  /// - Parameter size: The size of the font in pixels.
  static func width(_ text: String, size: Int) -> Int {
    text.unicodeScalars.reduce(0) { $0 + thousandths(of: $1) } * size / 1000 + 1
  }

  /// The width of a character in thousandths of the font's size, as in the wider of common fonts.
  private static func thousandths(of scalar: Unicode.Scalar) -> Int {
    switch scalar {
    case "i", "j", "l", "I", ".", ",", ":", ";", "'", "|", "!": 340
    case "f", "r", "t", "(", ")", "[", "]", "-", "/", " ": 420
    case "m", "w", "M", "W", "@", "%", "…": 980
    case "A"..."Z": 720
    case _ where scalar.value < 0x1100: 630
    default: 1050
    }
  }

  /// A text as XML has it between tags and in quotes.
  package static func xml(_ text: String) -> String {
    escaped(text) { character in
      switch character {
      case "&": "&amp;"
      case "<": "&lt;"
      case ">": "&gt;"
      case "\"": "&quot;"
      case "'": "&#39;"
      default: nil
      }
    }
  }

  /// A text as Graphviz has it, in its quotes; `\n` between lines.
  static func dot(_ lines: [String]) -> String {
    let texts = lines.map { line in
      escaped(line) { character in
        switch character {
        case "\"", "\\": "\\" + String(character)
        case "&": "&amp;"
        default: nil
        }
      }
    }
    return "\"" + texts.joined(separator: "\\n") + "\""
  }

  private static func escaped(
    _ text: String, _ replacement: (Unicode.Scalar) -> String?
  ) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      if let other = replacement(scalar) {
        result += other
      } else {
        result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}
