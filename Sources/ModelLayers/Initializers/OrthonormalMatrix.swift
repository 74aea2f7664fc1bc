/// A matrix whose columns are made orthonormal: Q of its QR decomposition, R
/// having a positive diagonal.
package struct OrthonormalMatrix {
  /// The number of columns.
  package let columnCount: Int
  /// The elements, row-major.
  package private(set) var elements: [Double]

  private var rowCount: Int { elements.count / columnCount }

  /// Makes the columns of a matrix orthonormal.
  ///
  /// Modified Gram–Schmidt loses orthogonality in proportion to the condition of
  /// the matrix; a second pass over its result, which is conditioned well, brings
  /// it back to the rounding error (Giraud, Langou and Rozložník, 2005).
  ///
  /// - Parameters:
  ///   - elements: Row-major; no fewer rows than columns, the columns independent
  ///     of each other.
  ///   - columnCount: At least 1.
  package init(orthonormalizing elements: [Double], columnCount: Int) {
    self.elements = elements
    self.columnCount = columnCount
    orthonormalize()
    orthonormalize()
  }

  /// The elements of the transposed matrix, row-major.
  package var transposed: [Double] {
    (0..<columnCount).flatMap { column in
      (0..<rowCount).map { elements[$0 * columnCount + column] }
    }
  }

  private mutating func orthonormalize() {
    for column in 0..<columnCount {
      normalize(column)
      // All products with the later columns at once, row by row, as memory has them.
      var products = [Double](repeating: 0, count: columnCount)
      for row in 0..<rowCount {
        let start = row * columnCount
        let unit = elements[start + column]
        for later in column + 1..<columnCount {
          products[later] += unit * elements[start + later]
        }
      }
      for row in 0..<rowCount {
        let start = row * columnCount
        let unit = elements[start + column]
        for later in column + 1..<columnCount {
          elements[start + later] -= unit * products[later]
        }
      }
    }
  }

  private mutating func normalize(_ column: Int) {
    let places = stride(from: column, to: elements.count, by: columnCount)
    let norm = places.reduce(0) { $0 + elements[$1] * elements[$1] }.squareRoot()
    for place in places { elements[place] /= norm }
  }
}
