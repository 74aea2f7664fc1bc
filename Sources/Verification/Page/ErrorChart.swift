internal import Glibc

/// Where an error stands in a chart.
enum ErrorPlace: Hashable {
  case value(Double)
  case zero
  case infinite
  /// There is no figure.
  case none

  init(_ value: Double) {
    self = value == 0 ? .zero : value.isFinite ? .value(value) : .infinite
  }

  var value: Double? { if case .value(let value) = self { value } else { nil } }
}

extension CallReport {
  /// The largest error of the call by itself.
  var place: ErrorPlace {
    guard let statistics else { return verdict == .wrong ? .infinite : .none }
    guard let worst = statistics.worst, worst.expected.value.isFinite, worst.found.value.isFinite
    else { return statistics.worst == nil ? ErrorPlace(statistics.maxAbsolute) : .infinite }
    return ErrorPlace(statistics.maxAbsolute)
  }

  /// The bound on rounding that belongs to the largest error: it is that error divided by how much
  /// of the bound the errors take up; `nil` where nothing differs or nothing is allowed.
  var bound: Double? {
    guard let statistics, statistics.maxAbsolute > 0,
      case let bound = statistics.maxAbsolute / statistics.maxBoundRatio.value,
      bound > 0, bound.isFinite
    else { return nil }
    return bound
  }
}

/// The heights of errors in a chart, in pixels: decades between two lines, and a line each for
/// what has no logarithm.
struct ErrorScale {
  private(set) var lines: [(y: Double, label: String)] = []
  private var low = 0
  private var high = 1
  private let top: Double
  private(set) var height: Double
  private var zero = 0.0
  private var missing = 0.0

  private static let plotHeight = 168.0
  private static let rowHeight = 20.0
  /// More decades than these are not told apart.
  private static let largestSpan = 30

  init(_ places: [ErrorPlace], bounds: [Double]) {
    let values = places.compactMap(\.value) + bounds
    top = places.contains(.infinite) ? Self.rowHeight + 12 : 12
    height = top + Self.plotHeight
    if let least = values.min(), let largest = values.max() {
      high = Int(log10(largest).rounded(.up))
      low = max(min(Int(log10(least).rounded(.down)), high - 1), high - Self.largestSpan)
    }
    if places.contains(.infinite) { lines.append((12, "∞")) }
    let step = max(1, (high - low + 4) / 5)
    for decade in stride(from: high, through: low, by: -step) {
      lines.append((y(log: Double(decade)), Self.power(decade)))
    }
    if places.contains(.zero) {
      height += Self.rowHeight
      zero = height
      lines.append((zero, "0"))
    }
    if places.contains(.none) {
      height += Self.rowHeight
      missing = height
      lines.append((missing, "none"))
    }
    height += 10
  }

  func y(_ place: ErrorPlace) -> Double {
    switch place {
    case .value(let value): y(log: log10(value))
    case .zero: zero
    case .infinite: 12
    case .none: missing
    }
  }

  private func y(log: Double) -> Double {
    let share = (Double(high) - log) / Double(high - low)
    return top + Self.plotHeight * min(1, max(0, share))
  }

  /// A power of ten: `10⁻⁶`.
  private static func power(_ exponent: Int) -> String {
    let digits: [Character: Character] = [
      "0": "⁰", "1": "¹", "2": "²", "3": "³", "4": "⁴", "5": "⁵", "6": "⁶", "7": "⁷", "8": "⁸",
      "9": "⁹", "-": "⁻",
    ]
    return "10" + String(String(exponent).compactMap { digits[$0] })
  }
}

/// The errors of a case's calls in the order of running, by themselves and in the whole model.
struct ErrorChart {
  private let calls: [CallReport]
  private let identifier: String
  private let title: String
  /// Which call the reader is shown first.
  private let first: Int

  /// Draws the calls of a case.
  ///
  /// - Parameter identifier: What the identifiers in the chart begin with.
  init(_ one: VerificationReport.Case, identifier: String) {
    calls = one.calls
    self.identifier = identifier
    title = one.name
    first = one.calls.firstIndex { $0.verdict == .wrong } ?? 0
  }

  var markup: Markup {
    guard !calls.isEmpty else { return .empty }
    let isolated = Panel(calls)
    let whole = Panel(cumulative: calls)
    let panels = [isolated] + (whole.places.allSatisfy { $0 == .none } ? [] : [whole])
    let zoom = calls.count > 100 ? Self.zoom : .empty
    let plots = panels.map { panel in
      Markup.text(
        panel.isWhole ? "In the whole model, run from its inputs alone" : "Each call by itself",
        class: "panel") + .element("div", ["class": "row"], axis(panel.scale), plot(panel))
    }
    let track: Markup = .element(
      "div",
      [
        "class": "track", "role": "slider", "tabindex": "0", "id": "\(identifier)-chart",
        "aria-label": "Calls of case \(title), in the order of running",
        "aria-valuemin": "1", "aria-valuemax": "\(calls.count)", "aria-valuenow": "\(first + 1)",
        "aria-valuetext": "\(calls[first].path), \(calls[first].verdict)",
      ], plots + [names])
    return .element(
      "div", ["class": calls.count > 100 ? "chart dense" : "chart"], legend(panels), zoom,
      .element("div", ["class": "slide"], track),
      .element("div", ["class": "readout", "id": "\(identifier)-readout"]))
  }

  /// How wide the chart is drawn.
  private static let zoom = Markup.element(
    "div", ["class": "zoom", "role": "group", "aria-label": "Width of the chart"],
    ["1", "2", "4", "8"].map { factor -> Markup in
      let isPressed = factor == "1" ? "true" : "false"
      return .element(
        "button", ["type": "button", "data-zoom": factor, "aria-pressed": isPressed],
        Markup("\(factor)×"))
    })

  private func axis(_ scale: ErrorScale) -> Markup {
    let labels = scale.lines.map { line in
      Markup.element(
        "text", ["x": "52", "y": Self.number(line.y + 4), "class": "tick"], Markup(line.label))
    }
    return .element(
      "svg",
      ["class": "axis", "width": "60", "height": Self.number(scale.height), "aria-hidden": "true"],
      labels)
  }

  private func plot(_ panel: Panel) -> Markup {
    let scale = panel.scale, count = Double(calls.count)
    let grid = scale.lines.map { line in
      Markup.element(
        "line",
        [
          "class": "grid", "x1": "0", "x2": "100%", "y1": Self.number(line.y),
          "y2": Self.number(line.y),
        ])
    }
    // In units of calls and pixels, stretched to the width: percents have no paths.
    let bounds = Markup.element(
      "svg",
      [
        "viewBox": "0 0 \(calls.count) \(Self.number(scale.height))",
        "preserveAspectRatio": "none", "width": "100%", "height": Self.number(scale.height),
      ], .element("path", ["class": "room", "d": panel.room]),
      .element("path", ["class": "bound", "d": panel.steps]))
    let marks = calls.indices.compactMap { index -> Markup? in
      guard !panel.isWhole || panel.places[index] != .none else { return nil }
      let shape = panel.shape(of: index)
      return .element(
        "use",
        [
          "class": "m \(shape)", "href": "#mark-\(shape)",
          "x": Self.number((Double(index) + 0.5) / count * 100) + "%",
          "y": Self.number(scale.y(panel.places[index])),
        ])
    }
    let x = Self.number((Double(first) + 0.5) / count * 100) + "%"
    let cursor = Markup.element(
      "line", ["class": "cursor", "x1": x, "x2": x, "y1": "0", "y2": "100%"])
    return .element(
      "svg",
      [
        "class": panel.isWhole ? "plot whole" : "plot alone",
        "height": Self.number(scale.height), "aria-hidden": "true",
      ], grid + [bounds, cursor] + marks + (panel.isWhole ? [] : [wrongName(scale)]))
  }

  /// The name of the first wrong call beside its mark.
  private func wrongName(_ scale: ErrorScale) -> Markup {
    guard calls[first].verdict == .wrong else { return .empty }
    let isLeft = first * 2 > calls.count
    return .element(
      "svg",
      [
        "x": Self.number((Double(first) + 0.5) / Double(calls.count) * 100) + "%",
        "y": Self.number(scale.y(calls[first].place)), "overflow": "visible",
      ],
      .element(
        "text",
        ["class": isLeft ? "wrongname left" : "wrongname", "x": isLeft ? "-11" : "11", "y": "4"],
        Markup(calls[first].path)))
  }

  /// What stands below the chart: names where there is room for them, else numbers.
  private var names: Markup {
    let count = calls.count, hasNames = count <= 24
    let step = [1, 5, 10, 25, 50, 100, 250, 500, 1000].first { count / $0 <= 12 } ?? 5000
    let shown = calls.indices.filter { hasNames || $0 == 0 || ($0 + 1).isMultiple(of: step) }
    let labels = shown.map { index -> Markup in
      let x = Self.number((Double(index) + 0.5) / Double(count) * 100) + "%"
      let turn = hasNames ? "rotate(-60)" : "rotate(0)"
      let name = hasNames ? Self.shortened(calls[index].path) : "\(index + 1)"
      return .element(
        "svg", ["x": x, "y": "12", "overflow": "visible"],
        .element(
          "text", ["class": hasNames ? "callname" : "callnumber", "transform": turn],
          Markup(name)))
    }
    return .element(
      "div", ["class": "row"],
      .element(
        "svg", ["class": "axis", "width": "60", "height": "20", "aria-hidden": "true"],
        hasNames ? .empty : .element("text", ["x": "52", "y": "12", "class": "tick"], "call")),
      .element(
        "svg",
        ["class": "names", "height": hasNames ? "92" : "20", "aria-hidden": "true"], labels))
  }

  private func legend(_ panels: [Panel]) -> Markup {
    let verdicts = CallReport.Verdict.allCases.filter { one in
      calls.contains { $0.verdict == one }
    }
    var items = verdicts.map { item(key: Self.key($0.rawValue), $0.rawValue) }
    if panels.count > 1 {
      items.append(item(key: Self.key("within"), "in the whole model"))
      if panels[1].isBeyond.contains(true) {
        items.append(item(key: Self.key("beyond"), "beyond what the whole may be off"))
      }
    }
    items.append(item(key: .element("span", ["class": "swatch"]), "room for rounding"))
    return .element("ul", ["class": "legend"], items)
  }

  private func item(key: Markup, _ text: String) -> Markup {
    .element("li", [:], key, Markup(text))
  }

  private static func key(_ shape: String) -> Markup {
    .element(
      "svg", ["class": "key", "width": "14", "height": "14", "aria-hidden": "true"],
      .element("use", ["class": "m \(shape)", "href": "#mark-\(shape)", "x": "7", "y": "7"]))
  }

  /// A number for an attribute, to hundredths.
  static func number(_ value: Double) -> String {
    let rounded = (value * 1000).rounded() / 1000
    return rounded == rounded.rounded() ? "\(Int(rounded))" : "\(rounded)"
  }

  private static func shortened(_ name: String) -> String {
    name.count > 16 ? "…" + name.suffix(15) : name
  }

  /// The shapes of the marks, once in a page.
  static let shapes = Markup(
    trusted: """
      <svg width="0" height="0" class="defs" aria-hidden="true"><defs>
      <g id="mark-ok"><circle r="3"/></g>
      <g id="mark-rounding"><path d="M0 -4.2L4.2 3.2H-4.2z"/></g>
      <g id="mark-wrong"><path d="M-5.5 -3.5L-3.5 -5.5L0 -2L3.5 -5.5L5.5 -3.5L2 0L5.5 3.5L3.5 5.5\
      L0 2L-3.5 5.5L-5.5 3.5L-2 0z"/></g>
      <g id="mark-unchecked"><path d="M-3 -1h6v2h-6z"/></g>
      <g id="mark-within"><path d="M0 -3.4L3.4 0L0 3.4L-3.4 0z"/></g>
      <g id="mark-beyond"><path d="M0 -4.6L4.6 0L0 4.6L-4.6 0z"/></g>
      </defs></svg>
      """)
}
