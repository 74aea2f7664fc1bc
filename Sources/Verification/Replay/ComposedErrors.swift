internal import ModelGraph
internal import Synchronization

/// How far rounding may move a tensor from the model's inputs on, element by element and not in
/// units.
///
/// Errors that grow as those of a continuous function does are told from the jumps of what has steps,
/// as `floor`, a comparison or a cast to integers have: a number beside a step may end on either side
/// of it, wherever our own passes do.
struct ComposedError: Sendable {
  /// What continuous functions make of rounding; empty for nothing.
  var smooth: [Double] = []
  /// How far steps, and what was made of them, may move each element; empty for nothing.
  var jumps: [Double] = []
  /// Whether our passes show how far what is smooth may be off: it is allowed for already.
  private var isMeasured = true

  /// What two evaluations may differ by, besides what our passes show.
  ///
  /// Each may be off by what is smooth; a jump is the whole height of a step, which they can only be
  /// on two sides of.
  var difference: [Double] { isMeasured ? jumps : smooth.map { 2 * $0 }.plus(jumps) }

  /// Settles what a call makes.
  ///
  /// - Parameters:
  ///   - whole: How far the results may be off.
  ///   - smooth: How far they may be off if nothing jumps.
  ///   - overflows: Which elements a type does not have: of these nothing is known.
  ///   - limit: How far errors are known to grow. Bounds that are composed over many layers are
  ///     larger than any error by far; jumps that are no larger are no more than errors are.
  init(whole: [Double], smooth: [Double], overflows: [Bool], limit: Double) {
    jumps = overflows.indices.map { index in
      // Not a number where infinities meet.
      guard !overflows[index], whole.isEmpty || whole[index].isFinite else { return .infinity }
      let rest = whole.isEmpty ? 0 : whole[index] - (smooth.isEmpty ? 0 : smooth[index])
      return rest > 0 && (rest > limit || limit == .infinity) ? rest : 0
    }
    if jumps.allSatisfy({ $0 == 0 }) { jumps = [] }
    isMeasured = limit < .infinity
    let kept = limit == .infinity ? smooth : whole.map { min($0, limit) }
    if kept.contains(where: { $0 > 0 }) { self.smooth = kept.map { $0.isFinite ? $0 : 0 } }
  }

  init() {}
}

/// The composed errors of a case; known once they were asked for.
final class ComposedErrors: Sendable {
  /// What is kept of them.
  struct Kept {
    /// What two evaluations may differ by, for tensors that are compared.
    var differences: [Slot: [Double]] = [:]
    /// The tensors that jump, or that something that jumps flows into.
    var jumping: Set<Slot> = []
    /// The largest that two evaluations may differ by, for each tensor.
    var largest: [Slot: Double] = [:]
  }

  private let kept = Mutex<Kept?>(nil)

  /// The errors, if somebody asked for them.
  var known: Kept? { kept.withLock { $0 } }

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
