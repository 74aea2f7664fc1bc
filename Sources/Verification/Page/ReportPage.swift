internal import OrderedCollections
public import ModelGraph

/// Reports as one page of HTML that needs nothing else: to be looked at from disk, and kept.
///
/// It shows the verdict; of each case the first wrong call, the error of each call along the
/// network and a table of all figures; and the graph. Nothing is fetched, and a name that comes from
/// a file is shown as it is, never read as HTML. The same reports give the same text.
public struct ReportPage: Sendable {
  private let reports: [(name: String, report: VerificationReport)]
  private let model: String
  private let graph: Graph

  /// Shows what reports found.
  ///
  /// - Parameters:
  ///   - reports: Each with the name of what the model was held against.
  ///   - model: The name of what was verified.
  ///   - graph: The graph of the model.
  public init(
    _ reports: [(name: String, report: VerificationReport)], model: String, graph: Graph
  ) {
    self.reports = reports
    self.model = model
    self.graph = graph
  }

  /// The page.
  public var text: String {
    "<!DOCTYPE html>\n"
      + Markup.element(
        "html", ["lang": "en", "xmlns": "http://www.w3.org/1999/xhtml"],
        [head, .element("body", [:], [body])]
      ).text + "\n"
  }

  private var verdict: VerificationReport.Verdict { reports.map(\.report.verdict).together }

  private var head: Markup {
    // Nothing but this page's own script may run, whatever a name holds.
    let policy =
      "default-src 'none'; style-src 'unsafe-inline'; script-src '\(PageScript.digest)'; "
      + "base-uri 'none'; form-action 'none'"
    return .element(
      "head", [:],
      .element("meta", ["charset": "utf-8"]),
      .element("meta", ["http-equiv": "Content-Security-Policy", "content": policy]),
      .element(
        "meta", ["name": "viewport", "content": "width=device-width, initial-scale=1"]),
      .element("meta", ["name": "color-scheme", "content": "light dark"]),
      .text("\(verdict.title): \(model)", in: "title"),
      .element("style", [:], Markup(trusted: PageStyle.text)))
  }

  private var body: Markup {
    let section = GraphSection(graph)
    let cases = numberedCases
    let parts = cases.map { one in
      CaseSection(one.one, of: one.report, name: one.name, identifier: one.identifier)
        .markup(boxes: section.boxes)
    }
    let graph = section.markup(cases.map { ($0.identifier, $0.one) })
    return [
      .element("a", ["class": "skip", "href": "#main"], "Skip to the report"),
      ErrorChart.shapes,
      .element("header", [:], header),
      .element(
        "main", ["id": "main"],
        [contents(cases)] + parts
          + [.element("section", ["aria-labelledby": "graph"], graph)]),
      .element("footer", [:], legend),
      .element("script", [:], Markup(trusted: PageScript.text)),
    ].lines
  }

  private typealias Numbered = (
    identifier: String, name: String, report: VerificationReport, one: VerificationReport.Case
  )

  private var numberedCases: [Numbered] {
    let cases = reports.flatMap { name, report in report.cases.map { (name, report, $0) } }
    return cases.enumerated().map { ("case\($0 + 1)", $1.0, $1.1, $1.2) }
  }

  // MARK: - Parts

  private var header: [Markup] {
    let counts = CallReport.Verdict.allCases.map { verdict in
      (verdict, reports.reduce(0) { $0 + $1.report.count(of: verdict) })
    }
    let badges = counts.filter { $0.1 > 0 }.map { verdict, count in
      Markup.element(
        "li", [:], .element("strong", [:], Markup("\(count)")), " ", verdict.badge)
    }
    let conclusions = reports.map { name, report -> Markup in
      let source = report.isAgainstReference ? Markup(report.producer) : .code(name)
      let recorder = report.isAgainstReference ? "" : ", recorded by \(report.producer)"
      return .element(
        "li", [:], .text(FaultSection.sentence(report.headline), class: "headline"),
        .element(
          "p", ["class": "hint"], "Held against ", source,
          Markup("\(recorder); run by \(report.engine)")))
    }
    return [
      .text("resverify", class: "program"),
      .element(
        "h1", [:],
        .element(
          "span", ["class": "verdict \(verdict.mark.rawValue)"],
          .element("span", ["aria-hidden": "true"], Markup(verdict.mark.sign)),
          Markup(" \(verdict.title)")), " ", .text(model, in: "span", class: "model")),
      .element("ul", ["class": "conclusions"], conclusions),
      .element("ul", ["class": "counts", "aria-label": "Tensors by verdict"], badges),
    ]
  }

  private func contents(_ cases: [Numbered]) -> Markup {
    guard cases.count > 1 else { return .empty }
    let items = cases.map { one in
      Markup.element(
        "li", [:], one.one.verdict.mark.badge, " ",
        .element("a", ["href": "#\(one.identifier)"], Markup(one.one.name)),
        .text(" \(one.name)", in: "small"))
    }
    return .element(
      "nav", ["aria-label": "Cases"],
      .element(
        "ul", [:], items + [.element("li", [:], .element("a", ["href": "#graph"], "Graph"))]))
  }

  private var legend: Markup {
    let meanings: [(CallReport.Verdict, String)] = [
      (.ok, "every element is within the probable bound of rounding"),
      (.rounding, "some element is beyond the probable bound, all are within the worst case"),
      (.wrong, "some element is beyond what rounding can do"),
      (.unchecked, "nothing was found that speaks for the model or against it"),
    ]
    return .element("h2", [:], "Verdicts")
      + .element(
        "dl", ["class": "meanings"],
        meanings.map { verdict, meaning in
          .element("div", [:], .element("dt", [:], verdict.badge), .text(meaning, in: "dd"))
        })
  }
}
