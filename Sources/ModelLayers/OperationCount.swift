extension Collection<Shape> {
  /// The product of the number of elements of these shapes together and some factors, or
  /// `Int.max` where it does not fit.
  ///
  /// - Throws: `ModelError.unknownDimension` where a size is not known.
  func operationCount(perElement factors: [Int]) throws(ModelError) -> Int {
    var count = 0
    for shape in self {
      guard let sizes = shape.known else {
        throw .unknownDimension(shape: shape, needed: "every size")
      }
      let numbers = sizes + factors
      let product = numbers.contains(0) ? 0 : numbers.checkedProduct() ?? .max
      count = count.addingSaturating(product)
    }
    return count
  }
}

extension Int {
  /// The sum, or `Int.max` where it does not fit; both numbers are at least 0.
  package func addingSaturating(_ other: Int) -> Int {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? .max : sum
  }

  /// The product, or `Int.max` where it does not fit; both numbers are at least 0.
  func multipliedSaturating(by other: Int) -> Int {
    let (product, overflow) = multipliedReportingOverflow(by: other)
    return overflow ? .max : product
  }
}
