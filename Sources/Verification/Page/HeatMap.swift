internal import Glibc

/// A picture of where in a tensor the errors are.
struct HeatMap {
  private let map: Fault.Detail.Map
  private let largest: Double
  /// Where the shades begin.
  private let least: Double

  private static let shadeCount = 8
  /// The most decades that the shades span, and the fewest.
  private static let decades = (most: 4.0, fewest: 1.0)
  /// The largest side in pixels, and the least.
  private static let size = 256
  private static let leastSize = 24

  init(_ map: Fault.Detail.Map) {
    self.map = map
    let errors = map.cells.joined().map(\.value).filter { $0 > 0 && $0.isFinite }
    largest = errors.max() ?? 0
    least = min(
      max(errors.min() ?? 0, largest * pow(10, -Self.decades.most)),
      largest * pow(10, -Self.decades.fewest))
  }

  var markup: Markup {
    let rows = map.cells.count, columns = map.cells.first?.count ?? 0
    let cell = max(1, Self.size / max(1, max(rows, columns)))
    let isStrip = rows * 4 < columns
    let height = isStrip ? max(Self.leastSize, rows * 8) : rows * cell
    return .element(
      "figure", [:],
      .element(
        "h4", [:], Markup("Error by \(map.rowName.map { "\($0) and " } ?? "")\(map.columnName)")),
      .element(
        "svg",
        [
          "class": "heat", "viewBox": "0 0 \(columns) \(rows)", "preserveAspectRatio": "none",
          "width": isStrip ? "100%" : "\(columns * cell)", "height": "\(height)", "role": "img",
          "shape-rendering": "crispEdges", "aria-label": label,
        ], cells), legend, .text(caption, in: "figcaption"))
  }

  private var caption: String {
    let down = map.rowName.map { "\(map.rowCount) \($0)s downwards, " } ?? ""
    return "\(down)\(map.columnCount) \(map.columnName)s to the right; the largest error of each."
  }

  /// The picture in words.
  private var label: String {
    let all = map.cells.joined().count, wrong = map.cells.joined().count { $0.value > 0 }
    let top = map.cells.joined().max { $0.value < $1.value }
    var place = ""
    for (row, cells) in map.cells.enumerated() {
      guard let column = cells.firstIndex(where: { $0 == top }) else { continue }
      let across = "\(map.columnName) \(column * map.columnCount / cells.count)"
      place =
        map.rowName.map { "\($0) \(row * map.rowCount / map.cells.count), \(across)" } ?? across
      break
    }
    return "Map of the errors: \(wrong) of \(all) cells differ, most at \(place), by "
      + short(top?.value ?? 0)
  }

  /// Cells of one shade in a row are one rectangle.
  private var cells: [Markup] {
    var rectangles: [Markup] = []
    for (row, cells) in map.cells.enumerated() {
      let shades = cells.map { shade(of: $0.value) }
      var start = 0
      while start < shades.count {
        let end = shades[start...].firstIndex { $0 != shades[start] } ?? shades.count
        rectangles.append(
          .element(
            "rect",
            [
              "class": "h\(shades[start])", "x": "\(start)", "y": "\(row)",
              "width": "\(end - start)", "height": "1",
            ]))
        start = end
      }
    }
    return rectangles
  }

  /// 0 for no error, then the darker the larger, by its logarithm.
  private func shade(of value: Double) -> Int {
    guard value > 0 else { return 0 }
    guard value < largest else { return Self.shadeCount }
    guard value > least else { return 1 }
    let share = log10(value / least) / log10(largest / least)
    return min(Self.shadeCount, 1 + Int(share * Double(Self.shadeCount)))
  }

  private var legend: Markup {
    let swatches = (1...Self.shadeCount).map { Markup.element("span", ["class": "h\($0)"]) }
    var parts: [Markup] = [
      .element("span", ["class": "h0"]), .text("0", in: "span", class: "end"),
      .text(short(least), in: "span", class: "start"),
    ]
    parts += swatches
    parts.append(.text(short(largest), in: "span", class: "end"))
    return .element("div", ["class": "shades", "aria-hidden": "true"], parts)
  }
}
