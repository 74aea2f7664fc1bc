/// The working memory of one thread: some rows, and a panel of weights, which is a block of them
/// that the innermost cache holds.
///
/// `Sums` are the sums that the innermost loop adds up at once, one for each column of a panel:
/// sixteen of float64 fill half of a processor's registers, the others are left to the factors.
///
/// A row's zeros, which are half of all numbers after a ReLU, are left out where the weights are
/// finite, and where there are enough columns to make finding them worth while.
struct ProductTile<Sums: SIMD> where Sums.Scalar: ReferenceScalar {
  typealias Scalar = Sums.Scalar

  let terms: Terms
  let innerCount: Int
  let columnCount: Int
  /// The most rows to gather: as many as the next cache holds of one panel's height, fewer where
  /// rows are long, but enough to make reading the weights worth while.
  let rowLimit: Int
  /// The rows one after the other.
  private var rows: [Scalar] = []
  private var rowCount = 0
  /// The elements of each row that are not zero and meet one panel's weights, in a part of the
  /// array that could hold them all; where they are in the panel; how many they are.
  private var factors: [Scalar] = []
  private var places: [Int32] = []
  private var factorCounts: [Int] = []
  private var panel = [Sums](repeating: .zero, count: panelHeight)

  init(_ terms: Terms, innerCount: Int, columnCount: Int) {
    self.terms = terms
    self.innerCount = innerCount
    self.columnCount = columnCount
    rowLimit = min(128, max(24, (1 << 17) / max(1, innerCount)))
  }

  /// Takes rows of the left factor.
  mutating func gather<Source: RowSource>(_ range: Range<Int>, of source: Source)
  where Source.Scalar == Scalar {
    let (terms, length) = (terms, innerCount)
    rowCount = range.count
    if rows.count < rowCount * length {
      rows = Array(repeating: 0, count: rowCount * length)
      if Self.skipsZeros {
        factors = Array(repeating: 0, count: rowCount * panelHeight)
        places = Array(repeating: 0, count: rowCount * panelHeight)
        factorCounts = Array(repeating: 0, count: rowCount)
      }
    }
    var target = rows.mutableSpan
    target.update(repeating: 0)
    for (offset, row) in range.enumerated() {
      var elements = target._mutatingExtracting(offset * length..<(offset + 1) * length)
      source.write(row: row, to: &elements)
      terms.apply(to: &elements)
    }
  }

  /// Multiplies the rows by some columns of the weights.
  mutating func multiply(
    by weights: NDArray<Scalar>, columns: Range<Int>, addingTo output: inout MutableSpan<Scalar>,
    firstRow: Int
  ) {
    for top in stride(from: 0, to: innerCount, by: panelHeight) {
      let inner = top..<min(top + panelHeight, innerCount)
      if Self.skipsZeros { takeFactors(inner) }
      for start in stride(from: columns.lowerBound, to: columns.upperBound, by: Sums.scalarCount) {
        let width = min(Sums.scalarCount, columns.upperBound - start)
        cutPanel(of: weights.elements.span, inner, at: start, width: width)
        let skipsZeros = Self.skipsZeros && isFinite(panel.span.extracting(0..<inner.count))
        for row in 0..<rowCount {
          let place = (firstRow + row) * columnCount + start
          var target = output._mutatingExtracting(place..<place + width)
          add(products(ofRow: row, inner, skipsZeros: skipsZeros), to: &target)
        }
      }
    }
  }

  private static var skipsZeros: Bool { Sums.scalarCount > 8 }

  private mutating func takeFactors(_ inner: Range<Int>) {
    for row in 0..<rowCount {
      factorCounts[row] = collectNonzero(
        row * innerCount + inner.lowerBound..<row * innerCount + inner.upperBound, of: rows,
        into: &factors, &places, from: row * panelHeight)
    }
  }

  /// A row times the panel, which has the given rows of weights.
  @inline(__always)
  private func products(ofRow row: Int, _ inner: Range<Int>, skipsZeros: Bool) -> Sums {
    if skipsZeros {
      let range = row * panelHeight..<row * panelHeight + factorCounts[row]
      return dotProducts(
        factors.span.extracting(range), places.span.extracting(range), panel.span)
    }
    let range = row * innerCount + inner.lowerBound..<row * innerCount + inner.upperBound
    return dotProducts(rows.span.extracting(range), panel.span.extracting(0..<inner.count))
  }

  private mutating func cutPanel(
    of weights: Span<Scalar>, _ inner: Range<Int>, at column: Int, width: Int
  ) {
    switch terms {
    case .products: cutPanel(of: weights, inner, at: column, width: width) { $0 }
    case .magnitudes: cutPanel(of: weights, inner, at: column, width: width) { abs($0) }
    }
  }

  @inline(__always)
  private mutating func cutPanel(
    of weights: Span<Scalar>, _ inner: Range<Int>, at column: Int, width: Int,
    _ factor: (Scalar) -> Scalar
  ) {
    let columnCount = columnCount
    var panel = panel.mutableSpan
    for row in inner {
      let start = row * columnCount + column
      let elements = weights.extracting(start..<start + width)
      var cut = Sums.zero
      // Two loops: the compiler makes one instruction of a loop that it knows the length of.
      if width == Sums.scalarCount {
        for index in 0..<Sums.scalarCount { cut[index] = factor(elements[index]) }
      } else {
        for index in 0..<width { cut[index] = factor(elements[index]) }
      }
      panel[row - inner.lowerBound] = cut
    }
  }

  @inline(__always)
  private func add(_ sums: Sums, to output: inout MutableSpan<Scalar>) {
    if output.count == Sums.scalarCount {
      for index in 0..<Sums.scalarCount { output[index] += sums[index] }
    } else {
      for index in output.indices { output[index] += sums[index] }
    }
  }
}

/// The rows of weights in a panel: sixteen columns of float64 make 16 KB.
private let panelHeight = 128

/// Collects elements that are not zero and where they are; returns how many they are.
private func collectNonzero<Scalar: ReferenceScalar>(
  _ range: Range<Int>, of elements: [Scalar], into factors: inout [Scalar],
  _ places: inout [Int32], from start: Int
) -> Int {
  let elements = elements.span.extracting(range)
  var factors = factors.mutableSpan
  var places = places.mutableSpan
  var factor = factors._mutatingExtracting(start..<start + elements.count)
  var place = places._mutatingExtracting(start..<start + elements.count)
  var count = 0
  for index in elements.indices {
    factor[count] = elements[index]
    place[count] = Int32(truncatingIfNeeded: index)
    // Without a branch, which nobody could predict.
    count &+= elements[index] == 0 ? 0 : 1
  }
  return count
}

/// Whether all weights of a panel are finite.
///
/// Very large ones may count as not: that only costs time.
private func isFinite<Sums: SIMD>(_ panel: Span<Sums>) -> Bool
where Sums.Scalar: FloatingPoint {
  var sums = Sums.zero
  for row in panel.indices { sums += panel[row] }
  return sums.indices.allSatisfy { sums[$0].isFinite }
}

/// The sums of the products of factors and the weights at their places in a panel.
@inline(__always)
private func dotProducts<Sums: SIMD>(
  _ factors: Span<Sums.Scalar>, _ places: Span<Int32>, _ panel: Span<Sums>
) -> Sums where Sums.Scalar: FloatingPoint {
  precondition(factors.count == places.count && panel.count == panelHeight)
  var sums = Sums.zero
  for index in factors.indices {
    // No place is larger; now the compiler knows.
    sums += panel[Int(places[index]) & (panelHeight - 1)] * factors[index]
  }
  return sums
}

/// The sums of the products of factors and as many rows of weights.
@inline(__always)
private func dotProducts<Sums: SIMD>(
  _ factors: Span<Sums.Scalar>, _ panel: Span<Sums>
) -> Sums where Sums.Scalar: FloatingPoint {
  precondition(factors.count == panel.count)
  var sums = Sums.zero
  for index in factors.indices { sums += panel[index] * factors[index] }
  return sums
}
