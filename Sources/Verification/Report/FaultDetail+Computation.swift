internal import Glibc
internal import ModelGraph

extension Fault.Detail {
  /// Looks at every element of a tensor that is wrong.
  ///
  /// - Parameters:
  ///   - found: What the model makes, of the golden's shape.
  ///   - format: Where the channels are.
  init(
    found: NDArray<Double>, golden: NDArray<Double>, within allowance: Comparison.Allowance,
    format: DataFormat
  ) {
    values = Values(expected: golden.elements, found: found.elements)
    errors = Errors()
    maps = Map.empty(for: golden.dimensions, format)
    var ranking = WorstElements(limit: Self.worstCount)
    let strides = golden.dimensions.indices.map { golden.dimensions[($0 + 1)...].reduce(1, *) }
    for (index, (a, b)) in zip(found.elements, golden.elements).enumerated() {
      guard a != b, !b.isNaN else {
        errors.equal += 1
        continue
      }
      let difference = abs(a - b)
      let error = difference.isNaN ? .infinity : difference
      let limits = allowance.limits(at: index, expected: b)
      errors.add(error / limits.worst)
      ranking.note(index, error: error, limits)
      for map in maps.indices { maps[map].raise(at: index, strides, to: error) }
    }
    worst = ranking.elements.map { place in
      CallReport.Element(
        index: strides.indices.map { place.index / strides[$0] % golden.dimensions[$0] },
        expected: ReportedNumber(golden.elements[place.index]),
        found: ReportedNumber(found.elements[place.index]),
        allowed: ReportedNumber(place.allowed))
    }
  }
}

/// The worst elements met so far, ordered as `Comparison` finds the worst one.
private struct WorstElements {
  struct Place {
    var index: Int
    var isWrong: Bool
    /// The error as a multiple of the probable bound.
    var ratio: Double
    var allowed: Double
  }

  let limit: Int
  private(set) var elements: [Place] = []

  init(limit: Int) { self.limit = limit }

  mutating func note(_ index: Int, error: Double, _ limits: (probable: Double, worst: Double)) {
    let isWrong = !(error <= limits.worst)
    let place = Place(
      index: index, isWrong: isWrong, ratio: error / limits.probable,
      allowed: error.isFinite ? (isWrong ? limits.worst : limits.probable) : 0)
    guard !place.ratio.isNaN else { return }
    let position = elements.firstIndex { Self.isWorse(place, than: $0) } ?? elements.count
    guard position < limit else { return }
    elements.insert(place, at: position)
    if elements.count > limit { elements.removeLast() }
  }

  private static func isWorse(_ one: Place, than other: Place) -> Bool {
    one.isWrong == other.isWrong ? one.ratio > other.ratio : one.isWrong
  }
}

// MARK: - Histograms

extension Fault.Detail.Values {
  init(expected: [Double], found: [Double]) {
    let finite = (expected + found).lazy.filter(\.isFinite)
    low = finite.min() ?? 0
    high = finite.max() ?? 0
    self.expected = Self.counts(of: expected, from: low, to: high)
    self.found = Self.counts(of: found, from: low, to: high)
    expectedNonFinite = expected.count { !$0.isFinite }
    foundNonFinite = found.count { !$0.isFinite }
  }

  private static func counts(of elements: [Double], from low: Double, to high: Double) -> [Int] {
    var counts = [Int](repeating: 0, count: binCount)
    // Halves, because the difference of two finite numbers may be infinite.
    let width = high / 2 - low / 2
    for element in elements where element.isFinite {
      let position = width > 0 ? (element / 2 - low / 2) / width : 0
      counts[min(binCount - 1, Int(position * Double(binCount)))] += 1
    }
    return counts
  }
}

extension Fault.Detail.Errors {
  fileprivate init() {
    low = -8
    step = 0.5
    counts = [Int](repeating: 0, count: 32)
    equal = 0
    infinite = 0
  }

  /// Adds an error as a multiple of what is allowed.
  fileprivate mutating func add(_ ratio: Double) {
    guard ratio.isFinite else {
      infinite += 1
      return
    }
    // Zero where the bound is infinite: its logarithm is below every bin.
    let position = (log10(ratio) - low) / step
    counts[Int(max(0, min(Double(counts.count - 1), position)))] += 1
  }
}

// MARK: - Maps

extension Fault.Detail.Map {
  /// The maps of a tensor, without any error yet.
  fileprivate static func empty(for dimensions: [Int], _ format: DataFormat) -> [Self] {
    let rank = dimensions.count
    func map(_ rows: (axis: Int, name: String)?, _ columns: (axis: Int, name: String)) -> Self {
      Self(dimensions, rows: rows, columns: columns)
    }
    guard rank > 0, !dimensions.contains(0) else { return [] }
    let channels = (format.channelAxis(rank: rank), "channel")
    switch rank {
    case 1: return [map(nil, (0, "element"))]
    case 2: return [map((0, "sample"), (1, "feature"))]
    case 3: return [map((format.spatialAxes(rank: 3).lowerBound, "step"), channels)]
    case 4:
      let first = format.spatialAxes(rank: 4).lowerBound
      return [map((first, "row"), (first + 1, "column")), map(nil, channels)]
    default: return [map(nil, channels)]
    }
  }

  private init(
    _ dimensions: [Int], rows: (axis: Int, name: String)?, columns: (axis: Int, name: String)
  ) {
    rowAxis = rows?.axis
    rowName = rows?.name
    rowCount = rows.map { dimensions[$0.axis] } ?? 1
    columnAxis = columns.axis
    columnName = columns.name
    columnCount = dimensions[columns.axis]
    cells = Array(
      repeating: Array(
        repeating: ReportedNumber(0), count: min(columnCount, Self.largestSize)),
      count: min(rowCount, Self.largestSize))
  }

  fileprivate mutating func raise(at index: Int, _ strides: [Int], to error: Double) {
    let row = rowAxis.map { index / strides[$0] % rowCount } ?? 0
    let column = index / strides[columnAxis] % columnCount
    let (y, x) = (row * cells.count / rowCount, column * cells[0].count / columnCount)
    cells[y][x].value = max(cells[y][x].value, error)
  }
}
