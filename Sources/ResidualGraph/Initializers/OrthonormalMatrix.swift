/// A matrix whose columns are made orthonormal: Q of its QR decomposition, R
/// having a positive diagonal.
package struct OrthonormalMatrix {
  /// The elements, row by row.
  package private(set) var rows: [[Double]]

  /// Makes the columns of a matrix orthonormal.
  ///
  /// Modified Gram–Schmidt loses orthogonality in proportion to the condition of
  /// the matrix; a second pass over its result, which is conditioned well, brings
  /// it back to the rounding error (Giraud, Langou and Rozložník, 2005).
  ///
  /// - Parameter rows: Row by row, no fewer rows than columns, the columns
  ///   independent of each other.
  package init(orthonormalizing rows: [[Double]]) {
    self.rows = rows
    orthonormalize()
    orthonormalize()
  }

  private mutating func orthonormalize() {
    let columnCount = rows.first?.count ?? 0
    for column in 0..<columnCount {
      let norm = rows.reduce(0) { $0 + $1[column] * $1[column] }.squareRoot()
      var products = [Double](repeating: 0, count: columnCount)
      for index in rows.indices {
        rows[index][column] /= norm
        let unit = rows[index][column]
        for later in (column + 1)..<columnCount { products[later] += unit * rows[index][later] }
      }
      for index in rows.indices {
        let unit = rows[index][column]
        for later in (column + 1)..<columnCount { rows[index][later] -= unit * products[later] }
      }
    }
  }
}
