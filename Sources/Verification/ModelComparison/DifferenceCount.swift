internal import ModelGraph

/// What a walk over two tensors of one shape finds, element by element where they stand.
struct DifferenceCount {
  /// What the user allows, if anything.
  let tolerance: Tolerance?
  /// The coarser of the two types.
  let dtype: DType

  private(set) var count = 0
  private(set) var differentCount = 0
  /// Elements that are further apart than the user allows.
  private(set) var beyondCount = 0
  /// Elements that are not numbers in both tensors.
  private(set) var nanCount = 0
  private(set) var maxAbsolute = 0.0
  private var maxRelative = 0.0
  private var maxULP: UInt64 = 0
  private var worst: (index: Int, first: Double, second: Double)?

  init(tolerance: Tolerance?, dtype: DType) {
    self.tolerance = tolerance
    self.dtype = dtype
  }

  /// Counts elements that are known to be equal.
  mutating func addEqual(_ count: Int) { self.count += count }

  /// Compares elements that follow those before.
  mutating func add(_ first: [Double], _ second: [Double]) {
    for (left, right) in zip(first, second) {
      if left.isNaN && right.isNaN { nanCount += 1 }
      if left.bitPattern != right.bitPattern { addDifference(left, right) }
      count += 1
    }
  }

  private mutating func addDifference(_ left: Double, _ right: Double) {
    differentCount += 1
    let size = max(abs(left), abs(right))
    let isAlike = left == right || left.isNaN && right.isNaN
    let difference = isAlike ? 0 : left.isFinite && right.isFinite ? abs(left - right) : .infinity
    let allowed = tolerance.map { $0.absolute + $0.relative * size } ?? 0
    if !(difference <= allowed) || difference == .infinity { beyondCount += 1 }
    guard difference > 0 else { return }
    maxRelative = max(maxRelative, difference == .infinity ? .infinity : difference / size)
    maxULP = max(maxULP, difference == .infinity ? .max : dtype.ulpDistance(left, right))
    guard difference > maxAbsolute else { return }
    maxAbsolute = difference
    worst = (count, left, right)
  }

  /// What was found, for tensors of a shape.
  func statistics(_ dimensions: [Int]) -> ComparisonReport.Statistics {
    ComparisonReport.Statistics(
      count: count, differentCount: differentCount, maxAbsolute: ReportedNumber(maxAbsolute),
      maxRelative: ReportedNumber(maxRelative), maxULP: maxULP,
      worst: worst.map { index, first, second in
        ComparisonReport.Element(
          index: CallReport.Statistics.position(index, in: dimensions),
          first: ReportedNumber(first),
          second: ReportedNumber(second))
      })
  }
}

extension DType {
  /// How many numbers of this type lie between two, plus one; the difference, for integers.
  fileprivate func ulpDistance(_ left: Double, _ right: Double) -> UInt64 {
    func ordered(_ pattern: some FixedWidthInteger, _ isNegative: Bool) -> Int64 {
      isNegative ? -Int64(pattern) : Int64(pattern)
    }
    switch self {
    case .float64:
      return Verification.ulpDistance(left, right)
    case .float32:
      return UInt64(Verification.ulpDistance(Float(left), Float(right)))
    case .bfloat16:
      let patterns = [left, right].map {
        ordered(Float($0).magnitude.bitPattern >> 16, $0.sign == .minus)
      }
      return (patterns[0] - patterns[1]).magnitude
    case .float16:
      let patterns = [left, right].map {
        ordered(Float16($0).magnitude.bitPattern, $0.sign == .minus)
      }
      return (patterns[0] - patterns[1]).magnitude
    default:
      return UInt64(exactly: abs(left - right).rounded()) ?? .max
    }
  }
}
