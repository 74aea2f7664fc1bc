internal import Glibc

/// Pictures of how a tensor differs: maps, histograms and the worst elements.
struct DetailFigures {
  private let detail: Fault.Detail
  private let standard: String
  private let subject: String

  init(_ detail: Fault.Detail, _ report: VerificationReport) {
    self.detail = detail
    standard = report.standard
    subject = report.subject
  }

  var markup: Markup {
    let maps = Markup.element("div", ["class": "maps"], detail.maps.map { HeatMap($0).markup })
    return .element(
      "div", ["class": "figures"], detail.maps.isEmpty ? .empty : maps, values, errors, worst)
  }

  // MARK: - Histograms

  private var values: Markup {
    let values = detail.values
    // Logarithms, because zeros behind a ReLU would hide all else.
    let largest = log10(1 + Double((values.expected + values.found).max() ?? 1))
    func outline(_ counts: [Int]) -> String {
      let tops = counts.enumerated().map { bin, count in
        "V\(ErrorChart.number(100 - 96 * log10(1 + Double(count)) / largest))H\(bin + 1)"
      }
      return "M0 100" + tops.joined() + "V100"
    }
    let extra = values.expectedNonFinite + values.foundNonFinite
    let note =
      extra > 0
      ? "; \(values.expectedNonFinite) of the \(standard) and \(values.foundNonFinite) of the "
        + "\(subject) are not finite" : ""
    let range = "from \(short(values.low)) to \(short(values.high))"
    return figure(
      "Values", "How many elements have which value (logarithmic)\(note)",
      picture: .element(
        "svg",
        [
          "class": "histogram", "viewBox": "0 0 \(values.expected.count) 100",
          "preserveAspectRatio": "none", "role": "img",
          "aria-label":
            "Histogram of the values of the \(standard) and of the \(subject), \(range)",
        ], .element("path", ["class": "expected", "d": outline(values.expected)]),
        .element("path", ["class": "found", "d": outline(values.found)])),
      scale: [short(values.low), short(values.high)],
      legend: [("expected", standard), ("found", subject)])
  }

  private var errors: Markup {
    let errors = detail.errors
    let wrong = zip(errors.counts.indices, errors.counts).reduce(errors.infinite) { sum, bin in
      errors.low + Double(bin.0) * errors.step >= 0 ? sum + bin.1 : sum
    }
    let largest = log10(1 + Double(errors.counts.max() ?? 1))
    let bars = errors.counts.enumerated().filter { $0.1 > 0 }.map { bin, count in
      let height = largest > 0 ? 96 * log10(1 + Double(count)) / largest : 0
      let isWrong = errors.low + Double(bin) * errors.step >= 0
      return Markup.element(
        "rect",
        [
          "class": isWrong ? "wrong" : "ok", "x": ErrorChart.number(Double(bin) + 0.08),
          "width": "0.84", "y": ErrorChart.number(100 - height),
          "height": ErrorChart.number(height),
        ])
    }
    let limit = ErrorChart.number(-errors.low / errors.step)
    let total = errors.counts.reduce(0, +) + errors.equal + errors.infinite
    let remainder = [
      errors.equal > 0 ? "\(errors.equal) are equal" : nil,
      errors.infinite > 0 ? "\(errors.infinite) have no finite ratio" : nil,
    ].compactMap(\.self).joined(separator: ", ")
    return figure(
      "Errors",
      "Error ÷ what rounding can do at worst: right of the line, elements are wrong"
        + (remainder.isEmpty ? "" : "; \(remainder)"),
      picture: .element(
        "svg",
        [
          "class": "histogram", "viewBox": "0 0 \(errors.counts.count) 100",
          "preserveAspectRatio": "none", "role": "img",
          "aria-label": "Histogram of the errors: \(wrong) of \(total) elements are beyond what "
            + "rounding can do",
        ],
        bars + [.element("path", ["class": "limit", "d": "M\(limit) 0V100"])]),
      scale: ["10⁻⁸", "1", "10⁸"], legend: [])
  }

  private func figure(
    _ title: String, _ caption: String, picture: Markup, scale: [String],
    legend: [(style: String, text: String)]
  ) -> Markup {
    let items = legend.map { style, text in
      Markup.element("li", [:], .element("span", ["class": "swatch \(style)"]), Markup(text))
    }
    return .element(
      "figure", [:], .element("h4", [:], Markup(title)),
      legend.isEmpty ? .empty : .element("ul", ["class": "legend"], items), picture,
      .element(
        "div", ["class": "scale", "aria-hidden": "true"], scale.map { .text($0, in: "span") }),
      .text(caption + ".", in: "figcaption"))
  }

  // MARK: - Elements

  private var worst: Markup {
    let headings = ["Index", standard, subject, "Error", "Allowed"]
    let heads = headings.enumerated().map { column, heading in
      Markup.element(
        "th", ["scope": "col", "class": column == 0 ? "text" : "figure"],
        Markup(FaultSection.capitalized(heading)))
    }
    let rows = detail.worst.map { element in
      let error = abs(element.expected.value - element.found.value)
      let figures = [
        "\(Float(element.expected.value))", "\(Float(element.found.value))", short(error),
        short(element.allowed.value),
      ]
      let name: Markup = .element(
        "th", ["scope": "row", "class": "text"], .code("\(element.index)"))
      let cells: [Markup] = figures.map { .text($0, in: "td", class: "figure") }
      return Markup.element("tr", [:], [name] + cells)
    }
    return .element(
      "figure", ["class": "wide"], .element("h4", [:], "Worst elements"),
      .element(
        "div",
        ["class": "scroll", "role": "region", "tabindex": "0", "aria-label": "Worst elements"],
        .element(
          "table", [:], .element("thead", [:], .element("tr", [:], heads)),
          .element("tbody", [:], rows))))
  }
}
