internal import ModelGraph

/// How the lines of a summary's table are drawn.
public enum SummaryStyle: String, CaseIterable, Hashable, Sendable {
  /// With box-drawing characters, as Keras 3 draws them.
  case boxes
  /// In ASCII, for pipes and files.
  case plain
}

extension SummaryStyle {
  /// A horizontal line: its left end, what fills it, where it meets a column's side, its right end.
  struct Rule {
    let left: String
    let fill: String
    let crossing: String
    let right: String

    init(_ left: String, _ fill: String, _ crossing: String, _ right: String) {
      self.left = left
      self.fill = fill
      self.crossing = crossing
      self.right = right
    }

    /// The line over columns of texts that have a space on both sides.
    func line(_ widths: [Int]) -> String {
      let parts = widths.map { String(repeating: fill, count: $0 + 2) }
      return left + parts.joined(separator: crossing) + right
    }
  }

  var top: Rule { self == .boxes ? Rule("┏", "━", "┳", "┓") : Rule("+", "-", "+", "+") }
  var belowHeader: Rule { self == .boxes ? Rule("┡", "━", "╇", "┩") : Rule("+", "=", "+", "+") }
  var between: Rule { self == .boxes ? Rule("├", "─", "┼", "┤") : Rule("+", "-", "+", "+") }
  var bottom: Rule { self == .boxes ? Rule("└", "─", "┴", "┘") : Rule("+", "-", "+", "+") }
  var headerSide: String { self == .boxes ? "┃" : "|" }
  var side: String { self == .boxes ? "│" : "|" }
}
