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
      Terminal.colored(Text.printable(line.text), line.verdict) + "\n"
    }
    let explanation = report.explanation.map { Text.printable($0) + "\n" }
    return Text.printable(title) + "\n\n" + table.joined() + conclusion + "\n"
      + explanation.joined()
  }

  private var conclusion: String {
    Terminal.colored(Text.printable(report.conclusion), report.verdict)
  }
}

extension Terminal {
  /// A line in the colour of the verdict that it is about.
  static func colored(_ line: String, _ verdict: CallReport.Verdict?) -> String {
    switch verdict {
    case .wrong: colored(line, .red)
    case .unchecked: colored(line, .yellow)
    default: line
    }
  }

  /// A conclusion in the colour of its verdict.
  static func colored(_ line: String, _ verdict: VerificationReport.Verdict) -> String {
    switch verdict {
    case .agrees: colored(line, .green)
    case .differs: colored(line, .red)
    default: colored(line, .yellow)
    }
  }
}
