internal import ModelGraph

/// Numbers and names as tables and sentences show them.
package enum SummaryText {
  /// A number in groups of three digits: `25,636,712`.
  package static func grouped(_ number: Int) -> String {
    var digits = String(number.magnitude)
    var groups: [String] = []
    while digits.count > 3 {
      groups.insert(String(digits.suffix(3)), at: 0)
      digits.removeLast(3)
    }
    return (number < 0 ? "-" : "") + ([digits] + groups).joined(separator: ",")
  }

  /// A size in binary units with two decimals, as Keras 3 prints it: `97.80 MB` for 102,546,848.
  package static func memory(_ byteCount: Int) -> String {
    var scale = 1
    var unit = "B"
    for larger in ["KB", "MB", "GB", "TB", "PB"] where byteCount / 1024 >= scale {
      scale *= 1024
      unit = larger
    }
    // In integers, since a rounded quotient may be rounded once more: half to even, as C prints.
    let (fraction, rest) = (byteCount % scale * 100).quotientAndRemainder(dividingBy: scale)
    let isRoundedUp = 2 * rest > scale || (2 * rest == scale && !fraction.isMultiple(of: 2))
    let hundredths = fraction + (isRoundedUp ? 1 : 0)
    let (carry, decimals) = hundredths.quotientAndRemainder(dividingBy: 100)
    return "\(byteCount / scale + carry).\(decimals < 10 ? "0" : "")\(decimals) \(unit)"
  }

  /// The most characters of a cell that others are aligned with: one that is longer must not make
  /// all rows as long.
  private static let widestAligned = 200

  /// How many characters the cells of each column are aligned to.
  package static func widths(of rows: [[String]]) -> [Int] {
    var widths: [Int] = []
    for row in rows {
      widths += [Int](repeating: 0, count: max(0, row.count - widths.count))
      for (column, cell) in row.enumerated() {
        widths[column] = max(widths[column], min(cell.count, widestAligned))
      }
    }
    return widths
  }

  /// A name as one line of a terminal may show it: control characters are written as `\u{1B}`.
  package static func printable(_ text: String) -> String {
    text.unicodeScalars.map { scalar in
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate:
        "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
      default: String(scalar)
      }
    }.joined()
  }
}
