internal import CommandSupport
internal import Residual

/// A report as text: a line for each call, the first divergence, and the conclusion.
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
    (isQuiet ? "" : report.cases.map(text).joined()) + divergence + conclusion
  }

  private func text(of one: VerificationReport.Case) -> String {
    let rows = one.calls.map { row($0, isOutput: false) } + one.outputs.map { row($0, isOutput: true) }
    let table = Text.table(rows).split(separator: "\n").map { "  \(colored(String($0)))\n" }
    let unknown = one.unknownTensors.map {
      Text.printable("  the golden has a tensor '\($0)', which the model does not have") + "\n"
    }
    return Text.printable("case '\(one.name)' of \(source)") + "\n" + table.joined() + unknown.joined()
  }

  private func row(_ call: CallReport, isOutput: Bool) -> [String] {
    let path = isOutput ? "output '\(call.path)'" : call.path
    return [call.verdict.rawValue, Text.printable(path), call.kind, "\(call.shape)", detail(call)]
  }

  private func detail(_ call: CallReport) -> String {
    if let shape = call.goldenShape { return "recorded with shape \(shape)" }
    if let reason = call.reason { return words(reason) }
    guard let statistics = call.statistics else { return "" }
    let ratio = statistics.maxBoundRatio.value
    let bound = ratio.isFinite ? "\(short(ratio)) of the bound" : "beyond any bound"
    return "off by \(short(statistics.maxAbsolute)), \(bound)"
      + (call.isCumulative ? ", errors before it included" : "")
  }

  private func words(_ reason: CallReport.Reason) -> String {
    switch reason {
    case .missing: "nothing is recorded"
    case .zero: "every recorded element is zero"
    case .constant: "every recorded element is the same"
    case .notANumber: "a recorded element is not a number"
    case .empty: "has no elements"
    case .unbounded: "the values are too large for a bound"
    case .shape: "recorded with another shape"
    default: "\(reason)"
    }
  }

  private func colored(_ line: String) -> String {
    for verdict in CallReport.Verdict.allCases where line.hasPrefix(verdict.rawValue) {
      let color: Terminal.Color? =
        switch verdict {
        case .ok: .green
        case .wrong: .red
        case .unchecked: .yellow
        default: nil
        }
      guard let color else { return line }
      return Terminal.colored(verdict.rawValue, color) + line.dropFirst(verdict.rawValue.count)
    }
    return line
  }

  private var divergence: String {
    guard let (one, call) = report.firstDivergence else { return "" }
    let place = "the first call that diverges is '\(call.path)' (\(call.kind)) in case '\(one.name)'"
    guard let worst = call.statistics?.worst else {
      return Text.printable("\(place): \(detail(call))") + "\n"
    }
    let values =
      "at \(worst.index) it makes \(worst.found.value) where \(worst.expected.value) is recorded"
      + " and \(short(worst.allowed.value)) is allowed"
    return Text.printable("\(place): \(values)") + "\n"
  }

  private var conclusion: String {
    let verdict =
      switch report.verdict {
      case .agrees: Terminal.colored("agrees", .green) + " with"
      case .differs: Terminal.colored("differs", .red) + " from"
      default: Terminal.colored("cannot be told", .yellow) + " to agree with"
      }
    let counts = CallReport.Verdict.allCases.map { "\(report.count(of: $0)) \($0.rawValue)" }
    let golden = source == model ? "its goldens" : source
    return Text.printable(model) + " \(verdict) " + Text.printable(golden)
      + " (\(report.producer), in \(report.precision.rawValue)): "
      + counts.joined(separator: ", ") + "\n"
  }

  /// A number with three significant digits.
  private func short(_ value: Double) -> String {
    guard value != 0, value.isFinite else { return value == 0 ? "0" : "\(value)" }
    var exponent = 0
    var mantissa = value.magnitude
    while mantissa >= 10 { (mantissa, exponent) = (mantissa / 10, exponent + 1) }
    while mantissa < 1 { (mantissa, exponent) = (mantissa * 10, exponent - 1) }
    let digits = Int((mantissa * 100).rounded())
    let text = "\(digits / 100).\(digits % 100 < 10 ? "0" : "")\(digits % 100)"
    let sign = value < 0 ? "-" : ""
    guard !(-3...2).contains(exponent) else { return "\(sign)\(rounded(value.magnitude, exponent))" }
    return "\(sign)\(text)e\(exponent)"
  }

  private func rounded(_ value: Double, _ exponent: Int) -> Double {
    var scale = 1.0
    for _ in 0..<(2 - exponent) { scale *= 10 }
    return (value * scale).rounded() / scale
  }
}
