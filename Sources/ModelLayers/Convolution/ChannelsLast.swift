extension NDArray {
  /// The array with its channels moved from where the format has them to the end.
  func channelsLast(from format: DataFormat) -> NDArray {
    guard format == .channelsFirst, dimensions.count > 2 else { return self }
    let spatial = dimensions[2...].reduce(1, *)
    return NDArray(
      [dimensions[0]] + dimensions[2...] + [dimensions[1]],
      transposed(batch: dimensions[0], rows: dimensions[1], columns: spatial))
  }

  /// The array with its channels moved from the end to where the format has them.
  func channelsLast(to format: DataFormat) -> NDArray {
    guard format == .channelsFirst, let channels = dimensions.last, dimensions.count > 2 else {
      return self
    }
    let spatial = Array(dimensions[1..<dimensions.count - 1])
    return NDArray(
      [dimensions[0], channels] + spatial,
      transposed(batch: dimensions[0], rows: spatial.reduce(1, *), columns: channels))
  }

  /// The magnitudes of the elements.
  var magnitudes: NDArray { NDArray(dimensions, elements.map { abs($0) }) }

  private func transposed(batch: Int, rows: Int, columns: Int) -> [Scalar] {
    filledInParallel(rowCount: batch * columns, rowLength: rows, minimumRows: 16) {
      range, output in
      let source = elements.span
      for index in range {
        let start = index / columns * rows * columns + index % columns
        let target = (index - range.lowerBound) * rows
        for row in 0..<rows { output[target + row] = source[start + row * columns] }
      }
    }
  }
}
