/// Some neighbouring elements of a comparison.
struct ComparedStrip {
  let expected: Strip
  let found: Strip
  let error: Strip
  let probable: Strip
  let worst: Strip

  /// Takes the elements in a range of as many.
  @inline(__always)
  init(
    found: [Double], golden: [Double], within allowance: Comparison.Allowance, _ range: Range<Int>
  ) {
    expected = Strip(golden, range)
    self.found = Strip(found, range)
    error = abs(self.found - expected)
    (probable, worst) = allowance.limits(in: range, expected: expected)
  }

  /// Whether all elements are finite, within the probable bound, and surely no new maxima.
  @inline(__always)
  func isBelow(_ maxima: Maxima) -> Bool {
    // False for what is not a number.
    let isBelow =
      (error .<= probable * maxima.boundRatio) .& (error .<= abs(expected) * maxima.relative)
      .& (worst .< .infinity)
    return all(isBelow)
  }

  /// What errors may be without being new maxima of a comparison.
  ///
  /// Few are more. Whether they are is told by a product each: the maxima themselves take
  /// divisions, and units in the last place the bits of both numbers.
  struct Maxima {
    /// As a multiple of the probable bound, at most 1.
    let boundRatio: Double
    /// As a fraction of the recorded number.
    let relative: Double

    init(of comparison: Comparison, isDouble: Bool) {
      // Less than 1 by more than the roundings of a product and of a division.
      let nearly = 1 - 0x1p-48
      boundRatio = min(1, nearly * comparison.maxBoundRatio)
      // A unit is more than this fraction of a number, and rounding both numbers may add one.
      let unit = isDouble ? 0x1p-53 : 0x1p-24
      let units = unit * max(0, Double(comparison.maxULP) - 1)
      // Of the recorded number, for it may be larger than the other by as much.
      relative = nearly * min(comparison.maxRelative, units / (1 + units))
    }
  }
}

/// What is summed up over strips, lane by lane.
struct StripSums {
  var maxAbsolute = Strip.zero
  var errorSquares = Strip.zero
  var signalSquares = Strip.zero
  var foundSquares = Strip.zero
  var products = Strip.zero

  /// Adds elements that are finite.
  @inline(__always)
  mutating func add(_ strip: ComparedStrip) {
    maxAbsolute.replace(with: strip.error, where: strip.error .> maxAbsolute)
    errorSquares += strip.error * strip.error
    signalSquares += strip.expected * strip.expected
    foundSquares += strip.found * strip.found
    products += strip.expected * strip.found
  }
}

extension Comparison.Allowance {
  /// The bounds on the errors of some elements, as of each by itself.
  @inline(__always)
  fileprivate func limits(
    in range: Range<Int>, expected: Strip
  ) -> (probable: Strip, worst: Strip) {
    var common = tolerance.absolute + tolerance.relative * abs(expected)
    if !fixed.isEmpty { common += tolerance.fixed * Strip(fixed, range) }
    if !sensitivity.isEmpty { common += tolerance.inputs * Strip(sensitivity, range) }
    if !composed.isEmpty { common += Strip(composed, range) }
    guard !magnitude.isEmpty else { return (common, common) }
    let magnitude = Strip(magnitude, range)
    return (common + tolerance.probable * magnitude, common + tolerance.worst * magnitude)
  }
}
