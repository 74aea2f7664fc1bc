internal import Glibc
internal import ModelGraph

extension CallReport {
  /// Finds the tensor wrong, because the recorded one has another shape.
  mutating func refuse(shape: [Int]) {
    verdict = .wrong
    reason = .shape
    goldenShape = shape
    statistics = nil
  }

  /// Leaves the tensor unchecked, because the recorded one has a type that hides faults.
  mutating func refuse(type: DType) {
    verdict = .unchecked
    reason = .dtype
    goldenType = type.rawValue
    statistics = nil
  }

  /// Whether the golden cannot be relied on, whatever else of it agrees.
  var isUnfit: Bool { reason == .notANumber || reason == .dtype }

  /// Draws the verdict of a comparison.
  mutating func conclude(_ comparison: Comparison) {
    goldenShape = nil
    statistics = Statistics(comparison, shape: shape)
    (verdict, reason) =
      if comparison.wrongCount > 0 {
        (.wrong, nil)
      } else if comparison.count == 0 {
        (.unchecked, .empty)
      } else if comparison.nanCount > 0 {
        (.unchecked, .notANumber)
      } else if comparison.unboundedCount > 0 {
        (.unchecked, .unbounded)
      } else if comparison.isZero {
        (.unchecked, .zero)
      } else if comparison.isConstant, comparison.count > 1 {
        (.unchecked, .constant)
      } else {
        (comparison.outlierCount > 0 ? .rounding : .ok, nil)
      }
  }
}

extension CallReport.Statistics {
  init(_ comparison: Comparison, shape: [Int]) {
    count = comparison.count
    maxAbsolute = comparison.maxAbsolute
    maxRelative = comparison.maxRelative
    maxULP = comparison.maxULP
    let ratio = comparison.signalSquares / comparison.errorSquares
    signalToNoise = ratio > 0 && ratio < .infinity ? 10 * log10(ratio) : nil
    let lengths = comparison.signalSquares.squareRoot() * comparison.foundSquares.squareRoot()
    cosine = lengths > 0 && lengths < .infinity ? comparison.products / lengths : nil
    maxBoundRatio = ReportedNumber(comparison.maxBoundRatio)
    outlierCount = comparison.outlierCount
    wrongCount = comparison.wrongCount
    worst = comparison.worst.map { worst in
      CallReport.Element(
        index: Self.position(worst.index, in: shape), expected: ReportedNumber(worst.expected),
        found: ReportedNumber(worst.found), allowed: ReportedNumber(worst.allowed))
    }
  }

  /// The index along each axis of an element of a row-major tensor.
  static func position(_ index: Int, in shape: [Int]) -> [Int] {
    var rest = index
    var position: [Int] = []
    for size in shape.reversed() {
      position.append(rest % size)
      rest /= size
    }
    return position.reversed()
  }
}
