extension RoundingBound {
  /// The bound of sums of `length` products, from the same sums of magnitudes.
  static func sum(of length: Int, magnitude: NDArray<Scalar>) -> RoundingBound {
    RoundingBound(
      length: length, magnitude: magnitude.elements,
      fixed: Array(repeating: 0, count: magnitude.elements.count))
  }

  /// The bound of elements that are computed to within some units in the last
  /// place of a magnitude.
  static func units(_ units: Scalar, of magnitude: [Scalar]) -> RoundingBound {
    RoundingBound(length: 0, magnitude: [], fixed: magnitude.map { units * $0 })
  }
}
