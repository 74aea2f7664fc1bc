internal import OrderedCollections
internal import ModelGraph

/// Passes in float64 in which each call is off by what its rounding comes to, or may come to, each element
/// to a random side.
///
/// Our pass in float32 is a draw of the errors that rounding makes as well, but no fair one where it is
/// exact and others are not: on numbers of few bits, or where sums that we take in float64 cancel. How
/// large errors are is taken from the bound of each call here, whatever its inputs happen to be; how they
/// grow, from the model.
struct RoundingDraws {
  private let isWorst: Bool
  private var flows: [Flow<NDArray<Double>>]
  private var state: UInt64 = 1

  /// Begins with what is fed, which is exact.
  ///
  /// - Parameter isWorst: Whether calls are as far off as any order of summation may be, rather than as
  ///   far as usual.
  init(
    _ table: CallTable, _ inputs: OrderedDictionary<String, NDArray<Double>>, count: Int,
    isWorst: Bool
  ) {
    self.isWorst = isWorst
    flows = (0..<count).map { _ in Flow(table, inputs) }
  }

  /// What a call makes in each pass.
  ///
  /// - Parameter bounds: How far each output may be off if nothing jumps: what jumps stays there.
  mutating func results(
    of call: BoundedCall, _ entry: CallTable.Entry, within bounds: [[Double]]
  ) throws -> [[NDArray<Double>]] {
    let errors = call.ownErrors(isWorst: isWorst)
    return try flows.indices.map { draw in
      var made = call.definition.values(try flows[draw].inputs(of: entry), call.parameters)
      for output in made.indices {
        let exact = call.outputs[output].elements
        // Nothing is off where bounds are empty.
        guard !bounds[output].isEmpty else {
          made[output] = call.outputs[output]
          continue
        }
        for index in exact.indices {
          let moved =
            made[output].elements[index] + drawnSign() * errors[output][index] - exact[index]
          let bound = bounds[output][index]
          // False for what is not a number.
          made[output].elements[index] =
            abs(moved) < .infinity ? exact[index] + min(max(moved, -bound), bound) : exact[index]
        }
      }
      flows[draw].add(made, madeBy: entry)
      return made
    }
  }

  /// One step of a linear congruential generator; the top bit decides.
  private mutating func drawnSign() -> Double {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return state >> 63 == 1 ? 1 : -1
  }
}
