/// Everything that one walk over two tensors of the same shape finds.
///
/// Elements are held against each other where they stand: nothing is sorted,
/// skipped or cut off.
struct Comparison {
  /// What is wrong at one element, the graver the greater.
  enum Severity: Int, Comparable {
    case fits, rounding, wrong

    static func < (left: Severity, right: Severity) -> Bool { left.rawValue < right.rawValue }
  }

  var count = 0
  var maxAbsolute = 0.0
  var maxRelative = 0.0
  var maxULP: UInt64 = 0
  var maxBoundRatio = 0.0
  var errorSquares = 0.0
  var signalSquares = 0.0
  var foundSquares = 0.0
  var products = 0.0
  /// Elements beyond the probable bound, the wrong ones included.
  var outlierCount = 0
  /// Elements beyond the worst case, or finite on one side only.
  var wrongCount = 0
  /// Elements where the golden is not a number.
  var nanCount = 0
  /// Elements that differ and have no bound: it is not a finite number, or one side overflows.
  var unboundedCount = 0
  var worst: Worst?
  /// Whether every element of the golden is the same.
  var isConstant = true
  /// Whether every element of the golden is zero.
  var isZero = true

  /// The element that is worst, and how bad it is.
  struct Worst {
    var index: Int
    var severity: Severity
    /// The error as a multiple of its bound; infinite where one is not finite.
    var ratio: Double
    var expected: Double
    var found: Double
    var allowed: Double
  }

  /// What is allowed at each element.
  struct Allowance {
    var tolerance: Tolerance
    /// M for each element, or empty.
    var magnitude: [Double] = []
    /// F for each element, or empty.
    var fixed: [Double] = []
    /// How sensitive each element is to relative changes of the inputs, or empty.
    var sensitivity: [Double] = []
    /// What errors that are composed over other calls may make each element differ by, or empty.
    var composed: [Double] = []

    /// The probable bound on an element's error, and that of the worst case.
    @inline(__always)
    func limits(at index: Int, expected: Double) -> (probable: Double, worst: Double) {
      let common =
        tolerance.absolute + tolerance.relative * abs(expected)
        + (fixed.isEmpty ? 0 : tolerance.fixed * fixed[index])
        + (sensitivity.isEmpty ? 0 : tolerance.inputs * sensitivity[index])
        + (composed.isEmpty ? 0 : composed[index])
      let magnitude = magnitude.isEmpty ? 0 : magnitude[index]
      return (common + tolerance.probable * magnitude, common + tolerance.worst * magnitude)
    }

    /// Whether a number that is finite on one side may have become the other side's infinity or NaN.
    func allowsOverflow(at index: Int, of number: Double, to other: Double) -> Bool {
      let own = other.isNaN || other.sign == number.sign ? abs(number) : 0
      let terms = max(
        own, magnitude.isEmpty ? 0 : magnitude[index], fixed.isEmpty ? 0 : fixed[index])
      // False where the bound is NaN: that is no overflow.
      return terms + limits(at: index, expected: number).worst > tolerance.largest
    }
  }
}

extension Comparison {
  /// Compares what was found with what was recorded.
  ///
  /// - Parameter isDouble: Whether float64's units in the last place are counted; else float32's
  ///   are.
  init(found: [Double], golden: [Double], within allowance: Allowance, isDouble: Bool) {
    count = golden.count
    var sums = StripSums()
    var maxima = ComparedStrip.Maxima(of: self, isDouble: isDouble)
    let whole = count - count % Strip.scalarCount
    for start in stride(from: 0, to: whole, by: Strip.scalarCount) {
      let range = start..<start + Strip.scalarCount
      let strip = ComparedStrip(found: found, golden: golden, within: allowance, range)
      noteRange(of: golden, range)
      if strip.isBelow(maxima) {
        sums.add(strip)
      } else {
        for index in range { add(index, found, golden, allowance, isDouble: isDouble) }
        maxima = ComparedStrip.Maxima(of: self, isDouble: isDouble)
      }
    }
    noteRange(of: golden, whole..<count)
    for index in whole..<count { add(index, found, golden, allowance, isDouble: isDouble) }
    add(sums)
  }

  /// Whether the golden's elements are all alike, and all zero.
  @inline(__always)
  private mutating func noteRange(of golden: [Double], _ range: Range<Int>) {
    if isConstant { isConstant = range.allSatisfy { golden[$0] == golden[0] } }
    if isZero { isZero = range.allSatisfy { golden[$0] == 0 } }
  }

  private mutating func add(_ sums: StripSums) {
    signalSquares += sums.signalSquares.sum()
    foundSquares += sums.foundSquares.sum()
    products += sums.products.sum()
    errorSquares += sums.errorSquares.sum()
    for lane in 0..<Strip.scalarCount {
      maxAbsolute = max(maxAbsolute, sums.maxAbsolute[lane])
    }
  }

  private mutating func add(
    _ index: Int, _ found: [Double], _ golden: [Double], _ allowance: Allowance, isDouble: Bool
  ) {
    let (expected, found) = (golden[index], found[index])
    let error = abs(found - expected)
    guard error < .infinity || expected.isFinite && found.isFinite else {
      addNonFinite(index, expected: expected, found: found, allowance)
      return
    }
    signalSquares += expected * expected
    foundSquares += found * found
    products += expected * found
    errorSquares += error * error
    maxAbsolute = max(maxAbsolute, error)
    if expected != 0 { maxRelative = max(maxRelative, error / abs(expected)) }
    maxULP = max(
      maxULP,
      isDouble
        ? ulpDistance(expected, found) : UInt64(ulpDistance(Float(expected), Float(found))))
    let limits = allowance.limits(at: index, expected: expected)
    addRemarkable(
      index, expected: expected, found: found, error, probable: limits.probable,
      worst: limits.worst)
  }

  /// What is beyond a bound, or nearer to it than all before.
  private mutating func addRemarkable(
    _ index: Int, expected: Double, found: Double, _ error: Double, probable: Double, worst: Double
  ) {
    guard error > 0 else { return }
    guard probable < .infinity, worst < .infinity else {
      unboundedCount += 1
      return
    }
    let severity: Severity = error <= probable ? .fits : error <= worst ? .rounding : .wrong
    if severity != .fits { outlierCount += 1 }
    if severity == .wrong { wrongCount += 1 }
    let ratio = error / probable
    maxBoundRatio = max(maxBoundRatio, ratio)
    note(
      Worst(
        index: index, severity: severity, ratio: ratio, expected: expected, found: found,
        allowed: severity == .wrong ? worst : probable))
  }

  /// NaN in the golden says nothing; an infinity must be met by the same infinity, or by a number
  /// that may overflow.
  private mutating func addNonFinite(
    _ index: Int, expected: Double, found: Double, _ allowance: Allowance
  ) {
    guard !expected.isNaN else {
      nanCount += 1
      return
    }
    guard found != expected else { return }
    let overflows =
      expected.isFinite
      ? allowance.allowsOverflow(at: index, of: expected, to: found)
      : found.isFinite && allowance.allowsOverflow(at: index, of: found, to: expected)
    guard !overflows else {
      unboundedCount += 1
      return
    }
    outlierCount += 1
    wrongCount += 1
    note(
      Worst(
        index: index, severity: .wrong, ratio: .infinity, expected: expected, found: found,
        allowed: 0))
  }

  private mutating func note(_ candidate: Worst) {
    guard let worst else {
      self.worst = candidate
      return
    }
    if (candidate.severity, candidate.ratio) > (worst.severity, worst.ratio) {
      self.worst = candidate
    }
  }
}

/// How many representable numbers lie between two, plus one; 0 for equal ones.
func ulpDistance(_ left: Float, _ right: Float) -> UInt32 {
  func ordered(_ value: Float) -> Int64 {
    let bits = Int64(Int32(bitPattern: value.bitPattern))
    return bits < 0 ? Int64(Int32.min) - bits : bits
  }
  return UInt32(truncatingIfNeeded: abs(ordered(left) - ordered(right)))
}

/// How many representable numbers lie between two, plus one; 0 for equal ones.
func ulpDistance(_ left: Double, _ right: Double) -> UInt64 {
  let (a, b) = (left.magnitude.bitPattern, right.magnitude.bitPattern)
  // Bit patterns of magnitudes are below 2^63: the sum of two fits 64 bits.
  return left.sign == right.sign ? (a > b ? a - b : b - a) : a + b
}
