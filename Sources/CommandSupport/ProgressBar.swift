/// A line on the terminal that shows how far long work has come; it appears after a second and
/// goes without a trace.
package final class ProgressBar {
  private let isShown: Bool
  private let start = ContinuousClock.now
  private var last: ContinuousClock.Instant?

  /// Makes a bar.
  ///
  /// - Parameter isQuiet: Whether the user wants none.
  package init(isQuiet: Bool) {
    isShown = !isQuiet && StandardError.isTerminal
  }

  /// Shows how far the work has come.
  package func show(_ label: String, _ completed: Int, of total: Int, unit: (Int) -> String) {
    let now = ContinuousClock.now
    guard isShown, total > 0, now - start > .seconds(1), now - (last ?? start) > .milliseconds(80)
    else { return }
    last = now
    let share = min(1, Double(completed) / Double(total))
    let text = " \(Int(share * 100)) % \(label) \(unit(completed)) of \(unit(total))"
    let width = max(0, min(30, StandardError.columns - text.count - 3))
    let filled = Int(share * Double(width))
    let bar =
      String(repeating: "#", count: filled) + String(repeating: "-", count: width - filled)
    StandardError.write("\r[\(bar)]\(text)\u{1B}[K")
  }

  /// Removes the bar.
  package func clear() {
    if last != nil { StandardError.write("\r\u{1B}[K") }
    last = nil
  }

  deinit { clear() }
}
