/// What was found in one case.
struct CaseSection {
  private let one: VerificationReport.Case
  private let report: VerificationReport
  private let name: String
  private let identifier: String

  /// - Parameters:
  ///   - name: What the model was held against.
  ///   - identifier: What the identifiers in the section begin with.
  init(
    _ one: VerificationReport.Case, of report: VerificationReport, name: String, identifier: String
  ) {
    self.one = one
    self.report = report
    self.name = name
    self.identifier = identifier
  }

  /// - Parameter boxes: The identifiers of the boxes in the graph, by the tensors' names.
  func markup(boxes: [String: String]) -> Markup {
    let box = one.fault.flatMap { boxes[$0.path] }
    let rows = CallRows(one, identifier: identifier, standard: report.standard, boxes: boxes)
    let isRecorded = one.calls.contains { $0.reason != .missing }
    return .element(
      "section", ["id": identifier, "class": "case", "aria-labelledby": "\(identifier)-title"],
      heading, FaultSection(one, in: report, box: box)?.markup ?? .empty, unknown,
      isRecorded ? chart : .text("No call is recorded.", class: "hint"),
      .element("h3", [:], "Calls"), rows.markup, rankings)
  }

  private var heading: Markup {
    .element(
      "h2", ["id": "\(identifier)-title"],
      .element(
        "span", ["class": one.verdict.mark.rawValue, "aria-hidden": "true"],
        Markup(one.verdict.mark.sign)),
      Markup(" Case \(one.name) "),
      .text("\(one.verdict.title). ".lowercased(), in: "span", class: "hidden"),
      .text(one.description, in: "small"))
  }

  private var unknown: Markup {
    guard !one.unknownTensors.isEmpty else { return .empty }
    return .text("The model has no tensor for", class: "hint")
      + .element(
        "ul", ["class": "unknown"],
        one.unknownTensors.map { .element("li", [:], .code($0)) })
  }

  /// Whether classes are ranked alike.
  private var rankings: Markup {
    let rankings = one.outputs.compactMap { output in
      output.ranking.map { (output.path, $0) }
    }
    return Markup(
      rankings.map { path, ranking in
        .text("'\(path)' ranks classes as the \(report.standard): \(ranking).", class: "hint after")
      })
  }

  private var chart: Markup {
    let allowance = report.allowance
    return .element("h3", [:], "Error along the network")
      + .text(
        "The largest error of each call, in the order of running. What is shaded is the room that "
          + "\(allowance) has: a mark above it is beyond; none is drawn where nothing differs. The "
          + "arrow keys move along the calls.",
        class: "hint")
      + ErrorChart(one, identifier: identifier).markup
  }
}
