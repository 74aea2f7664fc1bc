/// Multiplies rows by a matrix of weights, adding a bias to each row.
///
/// `weights` has the axes `(inner, columns)`. With several sources the columns
/// are split among them in order, as the filters of a grouped convolution are.
///
/// - Returns: The product with the axes `(rows, columns)`.
func matrixProduct<Source: RowSource>(
  _ sources: [Source], _ weights: NDArray<Source.Scalar>, bias: NDArray<Source.Scalar>?,
  _ terms: Terms
) -> [Source.Scalar] {
  let columnCount = weights.dimensions.last ?? 0
  let bias = bias.map(terms.factors)
  guard sources.first.map({ $0.rowCount >= 4 }) ?? true || sources.count > 1 else {
    return sources.first.map { vectorProducts($0, weights, bias: bias, terms) } ?? []
  }
  // As many columns at once as there are, up to sixteen.
  return switch columnCount / sources.count {
  case ...4: tiledProduct(sources, weights, bias: bias, terms, SIMD4.self)
  case ...8: tiledProduct(sources, weights, bias: bias, terms, SIMD8.self)
  default: tiledProduct(sources, weights, bias: bias, terms, SIMD16.self)
  }
}

/// The product of many rows: parallel over the rows.
private func tiledProduct<Source: RowSource, Sums: SIMD & SendableMetatype>(
  _ sources: [Source], _ weights: NDArray<Source.Scalar>, bias: NDArray<Source.Scalar>?,
  _ terms: Terms, _: Sums.Type
) -> [Source.Scalar] where Sums.Scalar == Source.Scalar {
  let rowCount = sources.first?.rowCount ?? 0
  let columnCount = weights.dimensions.last ?? 0
  // A part with few rows would spend its time on reading the weights; but each thread has work.
  let minimumRows = max(24, min(64, rowCount / (2 * WorkTeams.current.threadCount)))
  return filledInParallel(rowCount: rowCount, rowLength: columnCount, minimumRows: minimumRows) {
    rows, output in
    if let bias {
      for index in 0..<rows.count {
        var row = output._mutatingExtracting(index * columnCount..<(index + 1) * columnCount)
        row.add(bias.elements.span)
      }
    }
    let innerCount = sources.first?.rowLength ?? 0
    var tile = ProductTile<Sums>(terms, innerCount: innerCount, columnCount: columnCount)
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
  _ source: Source, _ weights: NDArray<Source.Scalar>, bias: NDArray<Source.Scalar>?,
  _ terms: Terms
) -> [Source.Scalar] {
  let columnCount = weights.dimensions.last ?? 0
  var result: [Source.Scalar] = []
  for row in 0..<source.rowCount {
    var vector = [Source.Scalar](repeating: 0, count: source.rowLength)
    var elements = vector.mutableSpan
    source.write(row: row, to: &elements)
    terms.apply(to: &elements)
    let factors = vector
    result += filledInParallel(rowCount: columnCount, rowLength: 1, minimumRows: 64) {
      columns, output in
      for (inner, factor) in factors.enumerated() {
        let start = inner * columnCount
        let row = weights.elements.span.extracting(
          start + columns.lowerBound..<start + columns.upperBound)
        var sums = output._mutatingExtracting(row.indices)
        for index in row.indices { sums[index] += factor * terms.factor(row[index]) }
      }
      guard let bias = bias?.elements else { return }
      for column in columns { output[column - columns.lowerBound] += bias[column] }
    }
  }
  return result
}

/// The rows themselves as one array, with a bias added to each.
func collected<Source: RowSource>(
  _ source: Source, bias: NDArray<Source.Scalar>?, _ terms: Terms
) -> [Source.Scalar] {
  let length = source.rowLength
  let bias = bias.map(terms.factors)
  return filledInParallel(rowCount: source.rowCount, rowLength: length) { rows, output in
    for row in rows {
      let start = (row - rows.lowerBound) * length
      var elements = output._mutatingExtracting(start..<start + length)
      source.write(row: row, to: &elements)
      if let bias { elements.add(bias.elements.span) }
    }
  }
}
