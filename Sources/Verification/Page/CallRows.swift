/// The figures of a case's calls as a table.
struct CallRows {
  private let one: VerificationReport.Case
  private let identifier: String
  private let standard: String
  /// The identifier of each call's box in the graph, by the tensor's name.
  private let boxes: [String: String]

  private static let headings = [
    "#", "Call", "Verdict", "Kind", "Shape", "Max error", "Bound", "Of bound", "Relative", "ULP",
    "In the whole", "Allowed there",
  ]
  /// The columns with texts; the others have figures.
  private static let texts: Set<Int> = [1, 2, 3, 4]
  /// From here on a table scrolls by itself.
  private static let longCount = 24

  init(
    _ one: VerificationReport.Case, identifier: String, standard: String, boxes: [String: String]
  ) {
    self.one = one
    self.identifier = identifier
    self.standard = standard
    self.boxes = boxes
  }

  var markup: Markup {
    let heads = Self.headings.enumerated().map { column, heading in
      Markup.element(
        "th", ["scope": "col", "class": Self.texts.contains(column) ? "text" : "figure"],
        Markup(heading))
    }
    let rows = one.calls.enumerated().map { row($1, number: $0 + 1) }
    let outputs = one.outputs.map { row($0, number: nil) }
    let title: Markup = .element(
      "tr", ["class": "group"],
      .element(
        "th", ["scope": "rowgroup", "colspan": "\(Self.headings.count)"],
        "Outputs of the whole model, run from its inputs alone"))
    let table: Markup = .element(
      "table", ["id": "\(identifier)-calls"],
      .element("caption", ["class": "hidden"], Markup("Calls of case \(one.name)")),
      .element("thead", [:], .element("tr", [:], heads)), .element("tbody", [:], rows.lines),
      outputs.isEmpty ? .empty : .element("tbody", [:], ([title] + outputs).lines))
    let isLong = rows.count > Self.longCount
    return Markup([
      filter, .element("a", ["class": "skip", "href": "#\(identifier)-end"], "Skip the table"),
      .element(
        "div",
        [
          "class": isLong ? "scroll long" : "scroll", "role": "region", "tabindex": "0",
          "aria-label": "Calls of case \(one.name)",
        ], table),
      .element("span", ["id": "\(identifier)-end", "tabindex": "-1"]),
    ])
  }

  private var filter: Markup {
    let all = one.calls + one.outputs
    let verdicts = CallReport.Verdict.allCases.sorted { $0.gravity > $1.gravity }
    let counts = verdicts.map { verdict in (verdict, all.count { $0.verdict == verdict }) }
    guard counts.count(where: { $0.1 > 0 }) > 1 else { return .empty }
    var choices: [Markup] = [
      .element("legend", [:], "Show"),
      choice("all", [Markup("all \(all.count)")], isChecked: true),
    ]
    for (verdict, count) in counts where count > 0 {
      choices.append(
        choice(verdict.rawValue, [verdict.badge, Markup(" \(count)")], isChecked: false))
    }
    return .element("fieldset", ["class": "filter"], choices)
  }

  private func choice(_ value: String, _ label: [Markup], isChecked: Bool) -> Markup {
    let button: Markup =
      isChecked
      ? .element(
        "input",
        ["type": "radio", "name": "\(identifier)-filter", "value": value, "checked": "checked"])
      : .element("input", ["type": "radio", "name": "\(identifier)-filter", "value": value])
    return .element("label", [:], [button] + label)
  }

  /// - Parameter number: Which call it is; `nil` for an output of the whole model.
  private func row(_ call: CallReport, number: Int?) -> Markup {
    let statistics = call.statistics
    let figures: [String?] = [
      statistics.map { short($0.maxAbsolute) }, call.bound.map(short),
      statistics.map { short($0.maxBoundRatio.value) }, statistics.map { short($0.maxRelative) },
      statistics.map { "\($0.maxULP)" }, call.cumulative.map { short($0.maxAbsolute.value) },
      call.cumulative.map { short($0.allowed.value) },
    ]
    let name = Markup(call.path)
    let link = boxes[call.path].map { Markup.element("a", ["href": "#\($0)"], name) } ?? name
    var cells: [Markup] = [
      .text(number.map(String.init) ?? "", in: "td", class: "figure"),
      .element("th", ["scope": "row", "class": "text"], .element("code", [:], link)),
      .element("td", ["class": "text"], call.verdict.badge, remark(call)),
      .text(call.kind, in: "td", class: "text"),
      .text(call.shape.shown, in: "td", class: "text shape"),
    ]
    for figure in figures { cells.append(.text(figure ?? "", in: "td", class: "figure")) }
    let verdict = call.verdict.rawValue
    guard let number else { return .element("tr", ["data-verdict": verdict], cells) }
    return .element(
      "tr", ["id": "\(identifier)-call\(number)", "data-verdict": verdict], cells)
  }

  /// What is said of a call besides its verdict.
  private func remark(_ call: CallReport) -> Markup {
    var remarks: [String] = []
    let sentence = call.sentence(standard)
    if call.reason != nil {
      remarks.append(String(sentence.dropFirst(call.verdict.rawValue.count + 2)))
    }
    if call.passesOn { remarks.append("passes on") }
    return remarks.isEmpty ? .empty : .text(" " + remarks.joined(separator: "; "), in: "small")
  }
}

extension [Int] {
  /// A shape as it is shown: `2 × 8 × 8 × 16`.
  var shown: String { isEmpty ? "scalar" : map(String.init).joined(separator: " × ") }
}
