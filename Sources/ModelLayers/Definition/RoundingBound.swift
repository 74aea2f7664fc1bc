/// How far a correct evaluation in a finite precision may be from the exact
/// result of a layer on given inputs, element by element.
///
/// A result that sums `length` products with rounded operations differs from the
/// exact sum by at most γ(length)·Σ|w||x|, γ(n) ≈ n·u, whatever the order of the
/// sum (Higham, Accuracy and Stability of Numerical Algorithms, §3.1); with
/// rounding errors of random sign it differs, with a probability of at least
/// 1 - 2·exp(-λ²/2), by no more than λ·√n·u·Σ|w||x| (Higham and Mary, 2019).
/// `magnitude` is Σ|w||x| and `fixed` is what does not grow with the length, such
/// as the few units in the last place of an activation function.
///
/// Through several primitives lengths add up: (1 + γ(m))·(1 + γ(n)) ≤ 1 + γ(m + n)
/// (Higham, lemma 3.3), as long as the magnitude is not less than the value.
public struct RoundingBound<Scalar: ReferenceScalar>: Sendable {
  /// The number of rounded operations that feed one element.
  public var length: Int
  /// Σ|w||x| for each element; empty where there is no sum.
  public var magnitude: [Scalar]
  /// The part of the bound that does not grow with the length, for each element,
  /// in multiples of the unit roundoff; empty where there is none.
  public var fixed: [Scalar]
  /// Whether the magnitude is known to be nowhere less than the value's.
  var coversValue = false

  /// Makes a bound.
  public init(length: Int, magnitude: [Scalar], fixed: [Scalar]) {
    self.length = length
    self.magnitude = magnitude
    self.fixed = fixed
  }

  /// The bound of a value that is exact.
  public static var exact: RoundingBound { RoundingBound(length: 0, magnitude: [], fixed: []) }

  /// Whether nothing is rounded.
  package var isZero: Bool {
    (length == 0 || magnitude.allSatisfy { $0 == 0 }) && fixed.allSatisfy { $0 == 0 }
  }

  /// The bound of so many elements that are exact.
  public static func exact(count: Int) -> RoundingBound {
    RoundingBound(length: 0, magnitude: [], fixed: Array(repeating: 0, count: count))
  }

  /// The bound of elements that are computed to within some units in the last place of
  /// themselves.
  public static func relative(_ units: Scalar, _ output: NDArray<Scalar>) -> RoundingBound {
    .units(units, of: output.elements)
  }

  /// The bound of elements that are computed to within some units in the last
  /// place of a magnitude.
  static func units(_ units: Scalar, of magnitude: [Scalar]) -> RoundingBound {
    RoundingBound(length: 0, magnitude: [], fixed: magnitude.map { units * abs($0) })
  }

  /// The bound of sums of `length` products, from the same sums of magnitudes.
  static func sum(of length: Int, magnitude: [Scalar], fixed: [Scalar] = []) -> RoundingBound {
    var bound = RoundingBound(length: length, magnitude: magnitude, fixed: fixed)
    bound.coversValue = true
    return bound
  }

  /// How far each element may be off, not in units; empty where nothing is off.
  func errors(_ unitRoundoff: Double) -> [Scalar] {
    let unit = Scalar(unitRoundoff)
    let sum = magnitude.map { $0 * Scalar(length) * unit }
    return sum.plus(fixed.map { $0 * unit })
  }

  /// γ(n): what the magnitude counts for in the worst case.
  ///
  /// It has a pole at n·u = 1. There the bound of an inner product is still n·u·M (Jeannerod and
  /// Rump, 2013); from n·u = 1/2 on, 2·n·u is used: it is continuous with γ and never below that.
  package static func worstCase(_ length: Int, _ unitRoundoff: Double) -> Double {
    let product = Double(length) * unitRoundoff
    return product < 0.5 ? product / (1 - product) : 2 * product
  }

  /// Whether nothing is off.
  var isExact: Bool { magnitude.isEmpty && fixed.isEmpty }

  /// The same bound with what is empty written out, as many zeros as there are elements; the
  /// magnitude only where there is a sum.
  func filled(to count: Int) -> RoundingBound {
    var filled = self
    if fixed.isEmpty { filled.fixed = Array(repeating: 0, count: count) }
    if length > 0, magnitude.isEmpty { filled.length = 0 }
    return filled
  }

  /// The bound with more units in the last place of a result.
  func adding(_ units: Scalar, of result: NDArray<Scalar>) -> RoundingBound {
    var sum = self
    sum.fixed = fixed.plus(result.elements.map { units * abs($0) })
    return sum
  }

  /// The same bound as one number for each element.
  ///
  /// Lengths add up with each primitive, and count for all of a magnitude. What came in many steps
  /// ago would be counted once for each step since.
  package func settled(_ unitRoundoff: Double) -> RoundingBound {
    let sum = Scalar(Self.worstCase(length, unitRoundoff) / unitRoundoff)
    let settled = fixed.plus(magnitude.map { sum * $0 })
    return settled.allSatisfy { $0 == 0 }
      ? .exact : RoundingBound(length: 0, magnitude: [], fixed: settled)
  }
}

extension Array where Element: ReferenceScalar {
  /// The sum, element by element; nothing stands for zeros.
  package func plus(_ other: [Element]) -> [Element] {
    if isEmpty { return other }
    return other.isEmpty ? self : zip(self, other).map { $0 + $1 }
  }

  /// The larger, element by element; nothing stands for zeros.
  func maximum(_ other: [Element]) -> [Element] {
    if isEmpty { return other }
    return other.isEmpty ? self : zip(self, other).map { Swift.max($0, $1) }
  }

  /// The product with magnitudes, element by element; nothing stands for zeros.
  func times(_ factors: [Element]) -> [Element] {
    isEmpty ? self : zip(self, factors).map { $0 * abs($1) }
  }
}

extension Inexact {
  /// The same value with its bound as one number for each element.
  var settled: Inexact {
    Inexact(
      source, dimensions, bound.settled(unitRoundoff), unitRoundoff, countsJumps: countsJumps)
  }

  /// How far each element may be off, not in units; empty where the value is exact.
  var errors: [Scalar] { bound.errors(unitRoundoff) }

  /// Magnitudes that are nowhere less than the value's, of which sums of products are bounded.
  var coveringMagnitude: NDArray<Scalar> {
    guard let magnitude else { return value.magnitudes }
    guard !bound.coversValue else { return magnitude }
    return NDArray(dimensions, magnitude.elements.maximum(value.magnitudes.elements))
  }

  /// What does not grow with the length, as an array of the value's shape; `nil` for none.
  var fixed: NDArray<Scalar>? {
    bound.fixed.isEmpty ? nil : NDArray(dimensions, bound.fixed)
  }

  /// The magnitude as an array of the value's shape; `nil` for none.
  var magnitude: NDArray<Scalar>? {
    bound.magnitude.isEmpty ? nil : NDArray(dimensions, bound.magnitude)
  }
}
