internal import Residual

/// Numbers and tables as the programs print them.
package enum Text {
  /// A size for people, in decimal units: `102.5 MB`.
  package static func bytes(_ count: Int) -> String {
    var value = Double(count)
    var unit = "bytes"
    for larger in ["kB", "MB", "GB", "TB"] where value >= 1000 {
      value /= 1000
      unit = larger
    }
    guard unit != "bytes" else { return count == 1 ? "1 byte" : "\(count) bytes" }
    let tenths = Int((value * 10).rounded())
    return "\(tenths / 10).\(tenths % 10) \(unit)"
  }

  /// A number in groups of three digits: `25,636,712`.
  package static func grouped(_ number: Int) -> String { SummaryText.grouped(number) }

  /// A number and what it counts: `1 layer`, `2 layers`.
  package static func count(_ number: Int, _ noun: String) -> String {
    "\(grouped(number)) \(noun)\(number == 1 ? "" : "s")"
  }

  /// Rows in aligned columns, two spaces apart.
  ///
  /// - Parameter right: The columns that are aligned at their end.
  package static func table(_ rows: [[String]], right: Set<Int> = []) -> String {
    let widths = SummaryText.widths(of: rows)
    return rows.map { row in
      var line = ""
      for (column, cell) in row.enumerated() {
        let space = String(repeating: " ", count: max(0, widths[column] - cell.count))
        line += (column == 0 ? "" : "  ") + (right.contains(column) ? space + cell : cell + space)
      }
      while line.hasSuffix(" ") { line.removeLast() }
      return line + "\n"
    }.joined()
  }

  /// A name as one line of a terminal may show it: control characters are written as `\u{1B}`.
  package static func printable(_ text: String) -> String { SummaryText.printable(text) }

  /// An error as one line of bounded length: long names are cut in their middle, and so is what
  /// is left.
  package static func sentence(_ text: String) -> String {
    // Cut before it is made printable too: a text from a file may be as long as the file.
    let words = printable(cut(text, keeping: 100_000)).utf8.split(
      separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
    let line = words.map { cut(String(Substring($0)), keeping: 200) }.joined(separator: " ")
    return cut(line, keeping: 2000)
  }

  /// A text without its middle, where it has more than a number of bytes: one character may be made
  /// of any number of them.
  static func cut(_ text: String, keeping count: Int) -> String {
    guard text.utf8.count > count else { return text }
    let tail = count / 3
    return "\(text.prefix(bytes: count - tail - 3))…\(text.suffix(bytes: tail))"
  }
}
