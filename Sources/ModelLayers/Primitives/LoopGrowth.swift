/// How much of what one step rounds is left, or has grown, after all steps of a loop.
///
/// A bound that is composed of the bounds of all steps adds up magnitudes: each step multiplies what the
/// states are off by the magnitudes of its weights. States of trained networks forget: what one step is off
/// by mostly fades, and a composed bound grows beyond all values all the same, to a thousand times for each
/// ten steps. So the loop itself is asked, as a whole model is: it is run in float32 and in float64, which is
/// one draw of how errors grow from step to step. What is composed is never exceeded.
struct LoopGrowth {
  /// How many times the largest bound of one step by itself all steps together may be off by.
  let factor: Double

  /// How many times what was measured is allowed: another order of operations is another draw.
  private static let margin = 16.0

  /// Runs the steps of a loop twice.
  ///
  /// - Parameters:
  ///   - states: Those before the first step.
  ///   - operands: The loop's inputs.
  ///   - steps: The places of the slices, in order.
  init<Scalar: ReferenceScalar>(
    _ loop: Primitives.Loop, _ states: [NDArray<Scalar>],
    _ operands: Primitives.Loop.Operands<NDArray<Scalar>>, steps: [Int]
  ) {
    func converted<To: ReferenceScalar>(_ arrays: [NDArray<Scalar>], to: To.Type) -> [NDArray<To>] {
      arrays.map { array in NDArray(array.dimensions, array.elements.map { To(Double($0)) }) }
    }
    let constants = (
      converted(operands.constants, to: Float.self), converted(operands.constants, to: Double.self)
    )
    var single = converted(states, to: Float.self)
    var double = converted(states, to: Double.self)
    // What one step is off by alone, and what all steps so far are, at most.
    var (alone, together) = (0.0, 0.0)
    for place in steps {
      let slices = operands.sequences.map { $0.slice(at: place, along: loop.axis) }
      let (narrow, wide) = (converted(slices, to: Float.self), converted(slices, to: Double.self))
      let exact = loop.body.values(double + wide + constants.1, Parameters())
      let begun = double.map { NDArray($0.dimensions, $0.elements.map { Float($0) }) }
      let once = loop.body.values(begun + narrow + constants.0, Parameters())
      let grown = loop.body.values(single + narrow + constants.0, Parameters())
      alone = max(alone, Self.distance(once, exact))
      together = max(together, Self.distance(grown, exact))
      single = Array(grown.prefix(loop.stateCount))
      double = Array(exact.prefix(loop.stateCount))
    }
    factor = Self.margin * (alone > 0 ? max(1, together / alone) : 1)
  }

  private static func distance(_ single: [NDArray<Float>], _ double: [NDArray<Double>]) -> Double {
    zip(single, double).reduce(0) { largest, pair in
      zip(pair.0.elements, pair.1.elements).reduce(largest) { max($0, abs(Double($1.0) - $1.1)) }
    }
  }
}

extension RoundingBound {
  /// The part of the largest value that a bound has to exceed to say nothing.
  private static var share: Scalar { 0x1p-10 }

  /// Whether a bound tells values from others: it is nowhere more than a share of the largest.
  func saysMuch(of values: NDArray<Scalar>, _ unitRoundoff: Double) -> Bool {
    let usual = Self.share * values.largest / Scalar(unitRoundoff)
    return settled(unitRoundoff).fixed.allSatisfy { $0 <= usual }
  }

  /// The same bound, but a limit in units of the roundoff where it is larger than that and than a share
  /// of the largest value.
  func limited(
    to limit: Scalar, where values: NDArray<Scalar>, _ unitRoundoff: Double
  ) -> RoundingBound {
    let settled = settled(unitRoundoff)
    let usual = Swift.max(limit, Self.share * values.largest / Scalar(unitRoundoff))
    guard settled.fixed.contains(where: { !($0 <= usual) }) else { return self }
    return RoundingBound(
      length: length, magnitude: magnitude.map { _ in 0 },
      fixed: settled.fixed.map { $0 <= usual ? $0 : limit })
  }
}

extension NDArray where Scalar: ReferenceScalar {
  /// The largest magnitude of an element.
  fileprivate var largest: Scalar { elements.reduce(0) { Swift.max($0, abs($1)) } }
}
