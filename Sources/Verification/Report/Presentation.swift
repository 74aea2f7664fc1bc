internal import Glibc
internal import ModelGraph
internal import ModelPresentation

extension VerificationReport {
  /// One line of the report as text.
  public struct Line: Hashable, Sendable {
    /// The text, without a line break.
    public var text: String
    /// The verdict that the line is about, for who wants to colour it.
    public var verdict: CallReport.Verdict?

    init(_ text: String, _ verdict: CallReport.Verdict? = nil) {
      self.text = text
      self.verdict = verdict
    }
  }

  /// The report as a table for each case, the conclusion, and what is known of the fault.
  public var lines: [Line] { table + [Line(conclusion)] + explanation.map { Line($0) } }

  /// A table for each case, how many tensors have which verdict, and which weights are others.
  public var table: [Line] {
    cases.flatMap { lines(for: $0) + [Line("")] } + [Line(counts)]
      + [weights?.sentence, weights?.absenceSentence].compactMap(\.self)
      .map { Line($0, .unchecked) }
  }

  /// What is known of the first fault, one thing a line; empty where there is none.
  public var explanation: [String] {
    guard let fault = cases.lazy.compactMap(\.fault).first else { return [] }
    return fault.lines.map { name, text in
      "  " + name + String(repeating: " ", count: max(1, 12 - name.count)) + text
    }
  }

  /// How many tensors have which verdict, in one line.
  public var counts: String {
    let counts = CallReport.Verdict.allCases.map { ($0, count(of: $0)) }
    let total = counts.reduce(0) { $0 + $1.1 }
    let parts = counts.filter { $0.1 > 0 }.map { "\($0.1) \($0.0)" }.joined(separator: ", ")
    return total == 0
      ? "no tensors" : "\(total) tensor\(total == 1 ? "" : "s"): \(parts)"
  }

  /// What the whole comes to, in one sentence.
  public var conclusion: String {
    switch verdict {
    case .agrees:
      return "agrees: what was compared differs by no more than \(allowance)"
    case .differs:
      guard let (one, call) = firstDivergence else { return "differs" }
      return "differs: \(Self.place(of: call, in: one)) is the first to diverge: "
        + call.divergence(from: standard, of: subject, allowedBy: allowance)
    case .couldNotTell:
      let unknown = cases.flatMap(\.unknownTensors)
      guard !unknown.isEmpty else { return "could not tell: \(reservation)" }
      return "could not tell: the model has no tensors for \(unknown.quoted(atMost: 3)) of the "
        + "golden"
    }
  }

  /// What the whole comes to, without the figures and the verdict.
  var headline: String {
    if let (one, call) = firstDivergence {
      return "\(Self.place(of: call, in: one)) is the first to diverge"
    }
    return conclusion.split(separator: ": ", maxSplits: 1).last.map(String.init) ?? conclusion
  }

  private static func place(of call: CallReport, in one: Case) -> String {
    let place = one.calls.contains(call) ? "call" : "output"
    return "case '\(one.name)', \(place) '\(call.path)' (\(call.kind))"
  }

  /// Why nothing that was compared is enough.
  private var reservation: String {
    let isCompared = count(of: .ok) + count(of: .rounding) > 0
    for one in cases {
      guard let (isOutput, call) = one.unfit, isCompared || call.isUnfit else { continue }
      let what = call.explanation(standard).map { ": \($0)" } ?? ""
      return "case '\(one.name)', \(isOutput ? "output" : "call") '\(call.path)'\(what)"
    }
    if isCompared, let (one, call) = unboundedOutput {
      let what = call.explanation(standard).map { ": \($0)" } ?? ""
      return "case '\(one.name)', output '\(call.path)'\(what)"
    }
    return "nothing was compared"
  }

  /// What the model is held against, in a sentence.
  var standard: String { isAgainstReference ? "reference" : "golden" }
  /// What is held against it.
  var subject: String { isAgainstReference ? "engine" : "model" }
  var allowance: String { isToleranceStated ? "the stated tolerance" : "rounding" }
}

extension VerificationReport: CustomStringConvertible {
  /// The report as text.
  public var description: String { lines.map(\.text).joined(separator: "\n") }
}

// MARK: - Tables

extension VerificationReport {
  private static let headings = [
    "call", "kind", "shape", "max abs", "max rel", "ULP", "of bound", "cumulative", "verdict",
  ]

  private func lines(for one: Case) -> [Line] {
    let title = one.description.isEmpty ? "" : ": \(one.description)"
    var lines = [Line("case '\(one.name)'\(title)")]
    let isRecorded = one.calls.contains { $0.reason != .missing }
    let calls = isRecorded ? one.calls : []
    let cells =
      [Self.headings] + calls.map { $0.cells(isWhole: false, standard: standard) }
      + one.outputs.map { $0.cells(isWhole: true, standard: standard) }
    let widths = SummaryText.widths(of: cells)
    lines.append(Line(Self.aligned(Self.headings, widths)))
    lines += zip(calls, cells.dropFirst()).map { Line(Self.aligned($1, widths), $0.verdict) }
    if !isRecorded {
      lines.append(Line("no call is recorded: \(one.calls.count) unchecked", .unchecked))
    }
    lines.append(Line("whole model"))
    lines += zip(one.outputs, cells.dropFirst(1 + calls.count)).map {
      Line(Self.aligned($1, widths), $0.verdict)
    }
    lines += one.outputs.compactMap { output in
      output.ranking.map { Line("'\(output.path)' ranks classes as the \(standard): \($0)") }
    }
    lines += one.unknownTensors.map { Line("the model has no tensor for '\($0)'", .unchecked) }
    return lines
  }

  /// Texts to the left, numbers to the right, the last column as it is.
  static func aligned(_ cells: [String], _ widths: [Int]) -> String {
    let parts = cells.indices.map { column in
      let gap = String(repeating: " ", count: max(0, widths[column] - cells[column].count))
      if column == cells.count - 1 { return cells[column] }
      return column < 3 ? cells[column] + gap : gap + cells[column]
    }
    return parts.joined(separator: "  ")
  }
}

extension CallReport {
  fileprivate func cells(isWhole: Bool, standard: String) -> [String] {
    let numbers =
      statistics.map {
        [
          short($0.maxAbsolute), short($0.maxRelative), "\($0.maxULP)",
          short($0.maxBoundRatio.value),
        ]
      } ?? ["", "", "", ""]
    let isMarked = isCumulative && !isWhole && statistics != nil
    let remark = passesOn ? ", passes on" : isMarked ? ", from what is not recorded" : ""
    return [path, kind, shape.description] + numbers
      + [cumulative.map { short($0.maxAbsolute.value) } ?? "", sentence(standard) + remark]
  }

  /// The verdict and the reason for it.
  func sentence(_ standard: String) -> String {
    verdict.rawValue + (explanation(standard).map { ": \($0)" } ?? "")
  }

  /// The reason for the verdict, if it is not in the numbers.
  func explanation(_ standard: String) -> String? {
    switch reason {
    case .missing:
      "not recorded" + (checkedThrough.map { ": checked through '\($0)'" } ?? "")
    case .zero: "\(standard) is all zero"
    case .constant: "\(standard) is constant"
    case .notANumber: "\(standard) holds NaN"
    case .givenNaN: "\(standard) holds NaN in what it is given"
    case .empty: "no elements"
    case .unbounded: "values too large to bound rounding"
    case .step: "rounding decides the side of a step"
    case .shape: "\(standard) has shape \(goldenShape ?? [])"
    case .dtype: "\(standard) is \(goldenType ?? ""), which hides faults"
    case nil: nil
    }
  }

  /// What is wrong with the tensor, to follow its name.
  func divergence(
    from standard: String, of subject: String, allowedBy allowance: String
  ) -> String {
    if let goldenShape { return "has shape \(shape), the \(standard) \(goldenShape)" }
    guard let statistics, let worst = statistics.worst else { return "\(verdict)" }
    let (expected, found) = Self.texts(worst.expected.value, worst.found.value)
    let count = statistics.wrongCount
    return "at \(worst.index) the \(standard) has \(expected), the \(subject) \(found), and "
      + "\(allowance) allows \(short(worst.allowed.value)); \(count) of \(statistics.count) elements "
      + "\(count == 1 ? "is" : "are") wrong"
  }

  /// Two numbers with the digits of float32, or with all where these are alike.
  static func texts(_ expected: Double, _ found: Double) -> (String, String) {
    let texts = ("\(Float(expected))", "\(Float(found))")
    return texts.0 == texts.1 ? ("\(expected)", "\(found)") : texts
  }
}

extension Fault {
  /// The fault in names and texts.
  fileprivate var lines: [(name: String, text: String)] {
    var lines: [(String, String)] = []
    if let diagnoses {
      if diagnoses.isEmpty { lines.append(("diagnosis", Self.noDiagnosis)) }
      for (number, diagnosis) in diagnoses.prefix(Self.shownDiagnoses).enumerated() {
        lines.append((number == 0 ? "diagnosis" : "or", "\(diagnosis)"))
        lines.append(("to mend it", diagnosis.fix))
      }
    }
    return lines + facts
  }

  /// What is said where nothing explains a fault.
  static let noDiagnosis = "none of the usual mistakes explains it"
  /// How many diagnoses are shown.
  static let shownDiagnoses = 3

  /// What is known of the fault besides the diagnoses, in names and texts.
  var facts: [(name: String, text: String)] {
    var lines: [(String, String)] = []
    if suspects.count > 1 {
      lines.append(("suspects", "one of \(suspects.count) calls: \(suspects.quoted())"))
    } else if suspects.isEmpty {
      lines.append(("suspects", "none: each call that is recorded is right by itself"))
    }
    lines += inputs.map { ("input", $0.name + ($0.shape.map { " \($0)" } ?? "")) }
    if !attributes.isEmpty {
      lines.append(
        ("settings", attributes.map { "\($0.name) \($0.value)" }.joined(separator: ", ")))
    }
    lines += weights.map { ("weight", "\($0.role) '\($0.name)' \($0.shape) \($0.dtype)") }
    if !others.isEmpty {
      lines.append(("also wrong", others.quoted()))
    }
    if passingCount > 0 {
      let calls = passingCount == 1 ? "1 call passes" : "\(passingCount) calls pass"
      lines.append(("passed on", "\(calls) on what is wrong with what is given to them"))
    }
    return lines
  }
}

// MARK: - Numbers

/// A number with two significant digits: `0`, `0.31`, `12`, `3.4e-07`.
func short(_ value: Double) -> String {
  guard value.isFinite else { return "\(value)" }
  guard value != 0 else { return "0" }
  var exponent = Int(log10(abs(value)).rounded(.down))
  // Two factors, because a power below 10^-308 is no number to divide by.
  let half = exponent / 2
  var digits = Int(
    (abs(value) / pow(10, Double(half)) / pow(10, Double(exponent - half)) * 10)
      .rounded())
  if digits >= 100 {
    digits /= 10
    exponent += 1
  }
  let sign = value < 0 ? "-" : ""
  switch exponent {
  case 2...3: return sign + "\(Int(abs(value).rounded()))"
  case 1: return sign + "\(digits)"
  case 0: return sign + "\(digits / 10).\(digits % 10)"
  case -1: return sign + "0.\(digits)"
  case -2: return sign + "0.0\(digits)"
  default:
    let magnitude = abs(exponent) < 10 ? "0\(abs(exponent))" : "\(abs(exponent))"
    return sign + "\(digits / 10).\(digits % 10)e\(exponent < 0 ? "-" : "+")\(magnitude)"
  }
}
