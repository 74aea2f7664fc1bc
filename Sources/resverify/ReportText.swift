internal import CommandSupport
internal import Residual

/// A report as the program prints it: a table of the calls and the conclusion, which names the
/// first call that diverges.
struct ReportText {
  private let source: String
  private let report: VerificationReport
  private let model: String
  private let isQuiet: Bool

  init(_ verified: Verified, model: String, isQuiet: Bool) {
    source = verified.source
    report = verified.report
    self.model = model
    self.isQuiet = isQuiet
  }

  var text: String {
    let golden = source == model ? "its goldens" : source
    let standard = report.isAgainstReference ? "" : "\(golden), by "
    let title = "\(model) against \(standard)\(report.producer), run by \(report.engine)"
    guard !isQuiet else { return Text.printable("\(model): \(report.conclusion)") + "\n" }
    let table = report.table.map { line in
      Self.colored(Text.printable(line.text), line.verdict) + "\n"
    }
    let explanation = report.explanation.map { Text.printable($0) + "\n" }
    return Text.printable(title) + "\n\n" + table.joined() + conclusion + "\n"
      + explanation.joined()
  }

  private var conclusion: String {
    let text = Text.printable(report.conclusion)
    return switch report.verdict {
    case .agrees: Terminal.colored(text, .green)
    case .differs: Terminal.colored(text, .red)
    default: Terminal.colored(text, .yellow)
    }
  }

  private static func colored(_ line: String, _ verdict: CallReport.Verdict?) -> String {
    switch verdict {
    case .wrong: Terminal.colored(line, .red)
    case .unchecked: Terminal.colored(line, .yellow)
    default: line
    }
  }
}
