internal import ModelGraph
internal import Synchronization

/// How far rounding may move a tensor from the model's inputs on, element by element and not in
/// units.
///
/// Errors that grow as those of a continuous function do are told from the jumps of what has steps, as
/// `floor`, a comparison or a cast to integers have: a number beside a step may end on either side of
/// it, wherever our own passes do.
struct ComposedError: Sendable {
  /// What continuous functions make of rounding; empty for nothing.
  private(set) var smooth: [Double] = []
  /// How far steps, and what was made of them, may move each element; empty for nothing.
  private(set) var jumps: [Double] = []
  /// Whether our passes show how far what is smooth may be off: it is allowed for already.
  private(set) var isMeasured = true
  /// Whether nothing shows how far errors grow.
  private(set) var isUnlimited = false

  /// The error of what is fed: none.
  init() {}

  /// Takes what a call makes.
  ///
  /// - Parameters:
  ///   - whole: How far the results may be off.
  ///   - smooth: How far they may be off if nothing jumps.
  ///   - overflows: Which elements a type does not have: of these nothing is known.
  ///   - unit: The unit roundoff of the type: what a jump leads to is rounded as well.
  init(whole: [Double], smooth: [Double], overflows: [Bool], unit: Double) {
    self.smooth = smooth.map { $0.isFinite ? $0 : 0 }
    jumps = overflows.indices.map { index in
      // Not a number where infinities meet.
      guard !overflows[index], whole.isEmpty || whole[index].isFinite else { return .infinity }
      let jump = whole.isEmpty ? 0 : whole[index] - (smooth.isEmpty ? 0 : smooth[index])
      return max(jump, 0) * (1 + Tolerance.growthFactor * unit)
    }
  }

  /// How far our passes are apart where nothing jumps.
  func spread<Scalar: ReferenceScalar>(_ pass: [Scalar], _ double: [Double]) -> Double {
    let (pass, double) = (
      pass.indices.filter { jumps[$0] == 0 }.map { pass[$0] },
      double.indices.filter { jumps[$0] == 0 }.map { double[$0] }
    )
    return spreadOfPasses(pass, double)
  }

  /// Bounds the error by how far errors are known to grow: what is composed over many layers is larger
  /// than any error by far.
  ///
  /// - Parameters:
  ///   - limit: How far that is; infinite where nothing is known.
  ///   - isMeasured: Whether our passes show it.
  ///   - keepsJumps: Whether jumps stay that are no larger than the errors are.
  mutating func settle(limit: Double, isMeasured: Bool, keepsJumps: Bool) {
    self.isMeasured = isMeasured
    isUnlimited = limit == .infinity
    if !isUnlimited {
      let small = keepsJumps ? [] : jumps.map { $0 <= limit ? $0 : 0 }
      if !keepsJumps { jumps = jumps.map { $0 > limit ? $0 : 0 } }
      smooth = smooth.plus(small).map { min($0, limit) }
    }
    if jumps.allSatisfy({ $0 == 0 }) { jumps = [] }
    if smooth.allSatisfy({ $0 == 0 }) { smooth = [] }
  }
}

/// The composed errors of a case; known once they were asked for.
final class ComposedErrors: Sendable {
  /// What is kept of them.
  struct Kept {
    /// What two evaluations may differ by that our passes do not show, if nothing jumps, for tensors
    /// that are compared.
    var differences: [Slot: [Double]] = [:]
    /// Which of these nothing limits.
    var unlimited: Set<Slot> = []
    /// What steps may make them differ by.
    var jumps: [Slot: [Double]] = [:]
    /// How far our passes are apart where nothing jumps.
    var spreads: [Slot: Double] = [:]
    /// The largest number of all tensors.
    var largestNumber = 0.0
    /// The largest that two evaluations may differ by, for each tensor.
    var largest: [Slot: Double] = [:]

    /// Takes a tensor's error down.
    mutating func note(
      _ error: ComposedError, spread: Double, of slot: Slot, isCompared: Bool
    ) {
      // Each may be off by what is smooth; a jump is the whole height of a step, which they can only
      // be on two sides of.
      let smooth = error.isMeasured ? [] : error.smooth.map { 2 * $0 }
      largest[slot] = smooth.plus(error.jumps).max()
      guard isCompared else { return }
      spreads[slot] = spread
      if !smooth.isEmpty { differences[slot] = smooth }
      if error.isUnlimited { unlimited.insert(slot) }
      if !error.jumps.isEmpty { jumps[slot] = error.jumps }
    }
  }

  private let kept = Mutex<Kept?>(nil)

  /// The errors, computed if they are asked for the first time.
  func errors(_ make: () throws -> Kept) throws -> Kept {
    try kept.withLock { kept in
      if let kept { return kept }
      let made = try make()
      kept = made
      return made
    }
  }
}
