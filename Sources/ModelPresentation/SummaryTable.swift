internal import ModelGraph

/// Cells in columns between lines, wrapped to a width.
struct SummaryTable {
  let header: [String]
  let rows: [[String]]
  let style: SummaryStyle

  /// The column of numbers, aligned at their end and wrapped last of all.
  private static let numberColumn = 2
  /// The space beside each cell's text, on both sides together.
  private static let padding = 2
  /// The least width of a table: below it a cell would hold a few characters.
  static let minimumWidth = 48

  /// Where the columns end, as parts of the width: Keras's own.
  private var positions: [Double] {
    header.count == 3 ? [0.45, 0.8, 1] : [0.3, 0.56, 0.74, 1]
  }

  /// The width that Keras takes where the terminal does not say another.
  var standardWidth: Int { header.count == 3 ? 88 : 108 }

  /// The table's lines.
  ///
  /// - Parameter width: The width of a line in characters; `nil` for as many as the cells need.
  func lines(width: Int?) -> [String] {
    let widths = width.map { textWidths(of: max($0, Self.minimumWidth)) } ?? longestTexts
    let body = rows.flatMap { [style.between.line(widths)] + wrapped($0, widths, style.side) }
    return [style.top.line(widths)] + wrapped(header, widths, style.headerSide)
      + [style.belowHeader.line(widths)] + body.dropFirst() + [style.bottom.line(widths)]
  }

  // MARK: - Widths

  private var longestTexts: [Int] { SummaryText.widths(of: [header] + rows) }

  /// The width of each column's text.
  ///
  /// Keras gives each column its part of the width, then takes what padding and lines need from
  /// all of them alike.
  private func textWidths(of width: Int) -> [Int] {
    var end = 0
    var widths = positions.map { position in
      let start = end
      end = Int(position * Double(width))
      return end - start + Self.padding
    }
    var excess = widths.reduce(0, +) + widths.count + 1 - width
    for column in widths.indices {
      let share = (Double(excess) / Double(widths.count - column)).rounded(.toNearestOrEven)
      widths[column] -= Int(share)
      excess -= Int(share)
    }
    return wideningNumbers(widths.map { $0 - Self.padding })
  }

  /// Keras cuts a number that does not fit its column; here the widest column makes room for it.
  private func wideningNumbers(_ widths: [Int]) -> [Int] {
    var widths = widths
    let needed = rows.map { $0[Self.numberColumn].count }.max() ?? 0
    while widths[Self.numberColumn] < needed {
      let others = widths.indices.filter { $0 != Self.numberColumn && widths[$0] > 4 }
      guard let widest = others.max(by: { widths[$0] < widths[$1] }) else { break }
      widths[widest] -= 1
      widths[Self.numberColumn] += 1
    }
    return widths
  }

  // MARK: - Lines

  /// A row as one or more lines.
  private func wrapped(_ cells: [String], _ widths: [Int], _ side: String) -> [String] {
    let columns = zip(cells, widths).map { Self.wrapped($0, width: $1) }
    return (0..<(columns.map(\.count).max() ?? 0)).map { line in
      let texts = columns.indices.map { column in
        let text = line < columns[column].count ? columns[column][line] : ""
        let space = String(repeating: " ", count: max(0, widths[column] - text.count))
        return " " + (column == Self.numberColumn ? space + text : text + space) + " "
      }
      return side + texts.joined(separator: side) + side
    }
  }

  /// A text in lines of at most some characters, broken at spaces and, where a word is longer than
  /// a line, inside the word.
  static func wrapped(_ text: String, width: Int) -> [String] {
    var lines: [[Character]] = []
    for part in text.split(separator: " ", omittingEmptySubsequences: false) {
      var word = Array(part)[...]
      if let last = lines.indices.last, lines[last].count + 1 + word.count <= width {
        lines[last] += [" "] + word
        continue
      }
      while word.count > width {
        lines.append(Array(word.prefix(width)))
        word = word.dropFirst(width)
      }
      lines.append(Array(word))
    }
    return lines.map { String($0) }
  }
}
