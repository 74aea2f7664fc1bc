/// What is known of the first wrong call of a case.
struct FaultSection {
  private let fault: Fault
  private let one: VerificationReport.Case
  private let report: VerificationReport
  private let box: String?

  /// - Parameter box: The identifier of the call's box in the graph.
  init?(_ one: VerificationReport.Case, in report: VerificationReport, box: String?) {
    guard let fault = one.fault else { return nil }
    self.fault = fault
    self.one = one
    self.report = report
    self.box = box
  }

  var markup: Markup {
    let isOutput = !one.calls.contains { $0.verdict == .wrong }
    let name = Markup.code(fault.path)
    let link = box.map { Markup.element("a", ["href": "#\($0)"], name) } ?? name
    var parts: [Markup] = [
      .element(
        "h3", [:], Markup(isOutput ? "First wrong output: " : "First wrong call: "), link,
        .text(" \(fault.kind)", in: "span", class: "kind"))
    ]
    let wrong = (one.calls + one.outputs).first { $0.verdict == .wrong }
    if let wrong {
      let text = wrong.divergence(
        from: report.standard, of: report.subject, allowedBy: report.allowance)
      parts.append(.text(Self.sentence(text), class: "lead"))
    }
    parts.append(diagnoses)
    if let detail = fault.detail { parts.append(DetailFigures(detail, report).markup) }
    parts.append(facts)
    return .element("section", ["class": "fault"], parts)
  }

  private var diagnoses: Markup {
    guard let diagnoses = fault.diagnoses else { return .empty }
    guard !diagnoses.isEmpty else {
      return .text("Diagnosis: \(Fault.noDiagnosis).", class: "diagnosis")
    }
    let items = diagnoses.prefix(Fault.shownDiagnoses).enumerated().map { number, one in
      Markup.element(
        "li", [:],
        .element(
          "p", [:], Markup(number == 0 ? "With " : "Or with "),
          .text(one.difference, in: "strong"), Markup(" the "), Markup(report.standard),
          " is met: the largest error goes from ",
          .text(short(one.errorBefore.value), in: "span", class: "number"), " to ",
          .text(short(one.errorAfter.value), in: "span", class: "number"), "."),
        .text("To mend it: \(one.fix).", class: "fix"))
    }
    return .element(
      "div", ["class": "diagnosis"], .element("h4", [:], "Diagnosis"), .element("ol", [:], items))
  }

  private var facts: Markup {
    let facts = [("result", fault.shape.shown)] + fault.facts
    return .element(
      "dl", ["class": "facts"],
      facts.map { name, text in
        .element("div", [:], .text(name, in: "dt"), .text(text, in: "dd"))
      })
  }

  /// A text that begins a cell or a sentence.
  static func capitalized(_ text: String) -> String {
    text.prefix(1).uppercased() + text.dropFirst()
  }

  /// A sentence that stands by itself.
  static func sentence(_ text: String) -> String { capitalized(text) + "." }
}
