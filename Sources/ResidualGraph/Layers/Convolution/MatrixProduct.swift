/// Where the rows of the left factor of a matrix product come from: the patches
/// of an image under a window, the rows of an array.
protocol RowSource: Sendable {
  associatedtype Scalar: ReferenceScalar

  /// The number of rows.
  var rowCount: Int { get }
  /// The number of elements of a row.
  var rowLength: Int { get }

  /// Adds the elements of one row to zeros.
  func write(row: Int, to elements: inout MutableSpan<Scalar>)
}

/// The rows of an array, all axes but the last taken together.
struct ArrayRows<Scalar: ReferenceScalar>: RowSource {
  let array: NDArray<Scalar>
  let rowCount: Int
  let rowLength: Int

  /// Takes an array of rank 1 or more.
  init(_ array: NDArray<Scalar>) {
    self.array = array
    rowLength = array.dimensions.last ?? 1
    rowCount = array.dimensions.dropLast().reduce(1, *)
  }

  func write(row: Int, to elements: inout MutableSpan<Scalar>) {
    elements.copy(array.elements.span.extracting(row * rowLength..<(row + 1) * rowLength))
  }
}

extension MutableSpan where Element: ReferenceScalar {
  /// Copies as many elements to the start as there are in the source.
  mutating func copy(_ source: Span<Element>) {
    var target = _mutatingExtracting(0..<source.count)
    for index in source.indices { target[index] = source[index] }
  }

  /// Adds elements to as many at the start.
  mutating func add(_ source: Span<Element>) {
    var target = _mutatingExtracting(0..<source.count)
    for index in source.indices { target[index] += source[index] }
  }
}

/// The rows themselves as one array, with a bias added to each.
func collected<Source: RowSource>(
  _ source: Source, bias: NDArray<Source.Scalar>?
) -> [Source.Scalar] {
  let length = source.rowLength
  return filledInParallel(rowCount: source.rowCount, rowLength: length) { rows, output in
    for row in rows {
      let start = (row - rows.lowerBound) * length
      var elements = output._mutatingExtracting(start..<start + length)
      source.write(row: row, to: &elements)
      if let bias { elements.add(bias.elements.span) }
    }
  }
}

/// Multiplies rows by a matrix of weights, adding a bias to each row.
///
/// `weights` has the axes `(inner, columns)`. With several sources the columns
/// are split among them in order, as the filters of a grouped convolution are.
///
/// - Returns: The product with the axes `(rows, columns)`.
func matrixProduct<Source: RowSource>(
  _ sources: [Source], _ weights: NDArray<Source.Scalar>, bias: NDArray<Source.Scalar>?
) -> [Source.Scalar] {
  let rowCount = sources.first?.rowCount ?? 0
  let columnCount = weights.dimensions.last ?? 0
  guard rowCount >= 4 || sources.count > 1 else {
    return sources.first.map { vectorProducts($0, weights, bias: bias) } ?? []
  }
  // A thread with fewer rows would spend its time on reading the weights.
  return filledInParallel(rowCount: rowCount, rowLength: columnCount, minimumRows: 24) {
    rows, output in
    if let bias {
      for index in 0..<rows.count {
        var row = output._mutatingExtracting(index * columnCount..<(index + 1) * columnCount)
        row.add(bias.elements.span)
      }
    }
    let innerCount = sources.first?.rowLength ?? 0
    var tile = ProductTile<Source.Scalar>(innerCount: innerCount, columnCount: columnCount)
    let groupColumns = columnCount / sources.count
    for start in stride(from: rows.lowerBound, to: rows.upperBound, by: tile.rowLimit) {
      let tileRows = start..<min(start + tile.rowLimit, rows.upperBound)
      for (group, source) in sources.enumerated() {
        tile.gather(tileRows, of: source)
        tile.multiply(
          by: weights, columns: group * groupColumns..<(group + 1) * groupColumns,
          addingTo: &output, firstRow: start - rows.lowerBound)
      }
    }
  }
}

/// The product of a few rows, in which each weight is used only once or twice:
/// parallel over the columns.
private func vectorProducts<Source: RowSource>(
  _ source: Source, _ weights: NDArray<Source.Scalar>, bias: NDArray<Source.Scalar>?
) -> [Source.Scalar] {
  let columnCount = weights.dimensions.last ?? 0
  var result: [Source.Scalar] = []
  for row in 0..<source.rowCount {
    var vector = [Source.Scalar](repeating: 0, count: source.rowLength)
    var elements = vector.mutableSpan
    source.write(row: row, to: &elements)
    let factors = vector
    result += filledInParallel(rowCount: columnCount, rowLength: 1, minimumRows: 64) {
      columns, output in
      for (inner, factor) in factors.enumerated() {
        let start = inner * columnCount
        let row = weights.elements.span.extracting(
          start + columns.lowerBound..<start + columns.upperBound)
        var sums = output._mutatingExtracting(row.indices)
        for index in row.indices { sums[index] += factor * row[index] }
      }
      guard let bias = bias?.elements else { return }
      for column in columns { output[column - columns.lowerBound] += bias[column] }
    }
  }
  return result
}

/// The working memory of one thread: some rows, and eight columns of weights,
/// in the order in which the innermost loop reads them.
private struct ProductTile<Scalar: ReferenceScalar> {
  let innerCount: Int
  let columnCount: Int
  /// The most rows to gather, so that they stay in the cache while all weights
  /// pass by; at least as many as make reading the weights worth while.
  let rowLimit: Int
  /// Four rows side by side, then the next four: `(row / 4, inner)`.
  private var lanes: [SIMD4<Scalar>] = []
  private var rowCount = 0

  init(innerCount: Int, columnCount: Int) {
    self.innerCount = innerCount
    self.columnCount = columnCount
    rowLimit = max(24, (1 << 16) / max(1, innerCount) / 4 * 4)
  }

  /// Takes rows of the left factor.
  mutating func gather<Source: RowSource>(_ rows: Range<Int>, of source: Source)
  where Source.Scalar == Scalar {
    let count = innerCount
    let quadCount = (rows.count + 3) / 4
    rowCount = rows.count
    if lanes.count < quadCount * count {
      lanes = Array(repeating: .zero, count: quadCount * count)
    }
    var target = lanes.mutableSpan
    var four = [Scalar](repeating: 0, count: 4 * count)
    for quad in 0..<quadCount {
      var buffer = four.mutableSpan
      buffer.update(repeating: 0)
      for offset in 0..<min(4, rows.count - quad * 4) {
        var elements = buffer._mutatingExtracting(offset * count..<(offset + 1) * count)
        source.write(row: rows.lowerBound + quad * 4 + offset, to: &elements)
      }
      var part = target._mutatingExtracting(quad * count..<(quad + 1) * count)
      interleave(four.span, into: &part)
    }
  }

  /// Multiplies the rows by some columns of the weights.
  func multiply(
    by weights: NDArray<Scalar>, columns: Range<Int>, addingTo output: inout MutableSpan<Scalar>,
    firstRow: Int
  ) {
    var panel = [SIMD8<Scalar>](repeating: .zero, count: innerCount)
    for start in stride(from: columns.lowerBound, to: columns.upperBound, by: 8) {
      let width = min(8, columns.upperBound - start)
      cutPanel(of: weights.elements.span, at: start, width: width, into: &panel)
      for quad in 0..<(rowCount + 3) / 4 {
        let four = lanes.span.extracting(quad * innerCount..<(quad + 1) * innerCount)
        let sums = products(of: four, and: panel.span)
        for offset in 0..<min(4, rowCount - quad * 4) {
          let place = (firstRow + quad * 4 + offset) * columnCount + start
          for column in 0..<width { output[place + column] += sums[offset][column] }
        }
      }
    }
  }

  private func cutPanel(
    of weights: Span<Scalar>, at column: Int, width: Int, into panel: inout [SIMD8<Scalar>]
  ) {
    for inner in 0..<innerCount {
      let start = inner * columnCount + column
      let row = weights.extracting(start..<start + width)
      if width == 8 {
        panel[inner] = SIMD8(row[0], row[1], row[2], row[3], row[4], row[5], row[6], row[7])
      } else {
        for index in row.indices { panel[inner][index] = row[index] }
      }
    }
  }

  /// Four rows times eight columns, two rows at a time: in both precisions the
  /// sums of two rows fit the registers.
  @inline(__always)
  private func products(
    of rows: Span<SIMD4<Scalar>>, and panel: Span<SIMD8<Scalar>>
  ) -> [4 of SIMD8<Scalar>] {
    precondition(rows.count == panel.count)
    var first = SIMD8<Scalar>.zero
    var second = SIMD8<Scalar>.zero
    for inner in panel.indices {
      first += panel[inner] * rows[inner][0]
      second += panel[inner] * rows[inner][1]
    }
    var third = SIMD8<Scalar>.zero
    var fourth = SIMD8<Scalar>.zero
    for inner in panel.indices {
      third += panel[inner] * rows[inner][2]
      fourth += panel[inner] * rows[inner][3]
    }
    return [first, second, third, fourth]
  }
}

/// Puts four rows side by side.
private func interleave<Scalar: ReferenceScalar>(
  _ rows: Span<Scalar>, into lanes: inout MutableSpan<SIMD4<Scalar>>
) {
  let count = lanes.count
  let first = rows.extracting(0..<count)
  let second = rows.extracting(count..<2 * count)
  let third = rows.extracting(2 * count..<3 * count)
  let fourth = rows.extracting(3 * count..<4 * count)
  for index in 0..<count {
    lanes[index] = SIMD4(first[index], second[index], third[index], fourth[index])
  }
}
