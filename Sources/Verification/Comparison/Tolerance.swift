internal import Glibc
internal import ModelGraph

/// How far a recorded tensor and ours may be apart, from what is known of
/// rounding alone.
///
/// No constant here was fitted to a model.
/// Both evaluations start from the same recorded inputs, so each is within its
/// own bound of the exact result and the two bounds add:
///
///     |golden - ours| ≤ bound(u of the source) + bound(u of our engine)
///
/// `u` is the unit roundoff: 2^-24 for float32, 2^-11 for float16, 2^-53 for
/// float64. A layer states, per element, how many rounded operations feed it (n),
/// M = Σ|w||x|, and what does not grow with n (F, in units of u): `RoundingBound`.
///
/// **Worst case.** Any order of summation, with or without fused operations, is
/// within γ(n)·M, γ(n) = n·u / (1 - n·u) (Higham, Accuracy and Stability of
/// Numerical Algorithms, 2nd ed., §3.1 and lemma 3.1). γ has a pole at n·u = 1,
/// which float16 reaches at 2,048 terms. There the bound of an inner product is
/// still n·u·M (Jeannerod and Rump, 2013); from n·u = 1/2 on, 2·n·u is used: it
/// is continuous with γ and never below that bound.
///
/// **Probable.** Rounding errors that are independent and of mean zero stay within
/// γ~(n)·M, γ~(n) = exp((λ·√n·u + n·u²) / (1 - u)) - 1, and each error's share of
/// breaking it is at most 2·exp(-λ²(1 - u)²/2) (Higham and Mary, 2019, theorem
/// 2.4). λ = 6 makes that 3·10^-8. The worst case is taken where it is smaller
/// (n < 36). To be outside is no fault, but worth a look: errors may be biased.
///
/// **Coarse types.** Where the source computes or stores in less than our inputs
/// and weights have (mixed precision), it first rounded each input and weight:
/// two more roundings per product (n + 2). A layer that sums nothing (n = 0) does
/// not state how its inputs' rounding reaches the result: that is measured, see
/// `CaseRun.sensitivities`, and counts by `inputs`; its weights' rounding counts
/// as one more unit of |y|.
///
/// **Underflow.** TensorFlow and XLA flush subnormal float32 numbers to zero, and
/// a lost number may still be multiplied before it reaches the result. Each of
/// the n + 1 operations may lose 2^-126, times factors of up to 1/u: 2^-102 in
/// all, 23 orders of magnitude below 10^-7. float16 underflows gradually
/// everywhere, by half of 2^-24 for each rounding.
///
/// **Overflow.** Where a result, or the sum of the magnitudes of which it is made, is beyond the
/// largest number of a type, what is computed in that type may be infinite or no number. No bound
/// holds then.
struct Tolerance: Hashable, Sendable {
  /// The number of standard deviations that a probable error has at most.
  static let lambda = 6.0

  /// How much M counts in the probable bound.
  var probable = 0.0
  /// How much M counts in the worst case.
  var worst = 0.0
  /// How much F counts.
  var fixed = 0.0
  /// How much the golden's own magnitude counts.
  var relative = 0.0
  /// How much the result's sensitivity to its inputs counts; 0 where inputs are not rounded.
  var inputs = 0.0
  /// What is allowed at any element.
  var absolute = 0.0
  /// The largest number that both sides have.
  var largest = Double.infinity

  /// The tolerance that a user states: |a - b| ≤ absolute + relative·|b|.
  init(absolute: Double, relative: Double) {
    self.absolute = absolute
    self.relative = relative
  }

  /// The tolerance that follows from rounding.
  ///
  /// - Parameters:
  ///   - length: The number of rounded operations that feed one element; 0 where
  ///     nothing is summed.
  ///   - source: The type that the source computes in.
  ///   - stored: The type that the golden is stored in.
  ///   - own: The type that our engine computes in.
  ///   - given: The type that holds the call's inputs and weights; by default the one that the
  ///     golden is stored in.
  init(length: Int, source: DType, stored: DType, own: DType, given: DType? = nil) {
    let storage = stored.unitRoundoff ?? 0
    let compute = source.unitRoundoff ?? 0
    let ours = own.unitRoundoff ?? 0
    let given = (given ?? stored).unitRoundoff ?? 0
    let isCoarse = compute > 0x1p-24 || storage > compute
    add(max(compute, storage), length: length, roundsInputs: isCoarse)
    add(ours, length: length, roundsInputs: given > 0 && ours > given)
    largest = [source, stored, own].compactMap(\.greatestFinite).min() ?? .infinity
    absolute += Double(length + 1) * Self.underflow(of: source)
    absolute += Double(length + 1) * Self.underflow(of: own)
  }

  private mutating func add(_ unit: Double, length: Int, roundsInputs: Bool) {
    if length > 0 {
      let count = length + (roundsInputs ? 2 : 0)
      let worst = RoundingBound<Double>.worstCase(count, unit)
      self.worst += worst
      probable += min(worst, Self.probable(count, unit))
    }
    fixed += unit
    guard roundsInputs, length == 0 else { return }
    relative += unit
    inputs += Self.inputFactor * unit
  }

  /// How many times the measured effect of rounded inputs is allowed: two
  /// patterns of rounding are tried, and the worst one may be another.
  static let inputFactor = 2.0

  /// Allows twice as much.
  mutating func double() {
    (probable, worst, fixed) = (2 * probable, 2 * worst, 2 * fixed)
    (relative, inputs, absolute) = (2 * relative, 2 * inputs, 2 * absolute)
  }

  /// γ~(n).
  static func probable(_ count: Int, _ unit: Double) -> Double {
    let count = Double(count)
    return expm1((lambda * count.squareRoot() * unit + count * unit * unit) / (1 - unit))
  }

  /// What one operation may lose to underflow.
  static func underflow(of type: DType) -> Double {
    switch type {
    case .float16: 0x1p-24
    case .float32, .bfloat16: 0x1p-102
    case .float64: 0x1p-969
    default: 0
    }
  }

  /// How many times the largest difference between our own two passes is allowed.
  ///
  /// Through a whole graph no layer's bound says how errors grow, but the model
  /// itself does: d = |y in float32 - y in float64| is one draw of the error that
  /// float32 makes. Another evaluation in float32, in another order of summation,
  /// is another draw of the same distribution, and its largest element is within a
  /// small factor of the largest of d. The factor leaves room for what differs
  /// systematically (a fused or folded batch normalization, approximated
  /// exponentials) and is still far below any fault of meaning. A source that
  /// computes in a coarser type makes errors larger in proportion to its unit.
  ///
  /// What the last call may do by itself is allowed besides: d can be small by
  /// chance where an output has few elements.
  ///
  /// See `SpreadSource` for where another evaluation stands in for float64's, `RoundingDraws` for where
  /// our pass in float32 is no fair draw, and `ComposedError` for what is allowed where both passes agree
  /// by chance or where something jumps.
  static let growthFactor = 16.0

  /// This tolerance, for values that carry the error of a whole graph before them.
  ///
  /// - Parameters:
  ///   - spread: The largest difference between two passes.
  ///   - source: The coarsest type that the source computes in.
  func grown(by spread: Double, source: DType) -> Tolerance {
    var grown = self
    grown.absolute +=
      Self.growthFactor * spread * max(1, (source.unitRoundoff ?? 0) / 0x1p-24)
    return grown
  }
}
