internal import ModelGraph

/// Something that the source may have done otherwise at a call.
struct Hypothesis {
  var mistake: Diagnosis.Mistake
  /// What the golden was made with, to follow "with".
  var difference: String
  /// What to do about it.
  var fix: String
  /// The layer, as the source may have it.
  var layer: any Layer
  /// The layer's weights, by their roles, made when they are tried; `nil` where there are none to
  /// try.
  var weights: () -> [String: NDArray<Double>]?
  var inputs: [NDArray<Double>]
  /// The inputs as the source may have rounded them, where it computed them.
  var roundedInputs: [NDArray<Double>]?
  /// What is done to the result; it must not make differences larger than twice what they are.
  var follower: ((NDArray<Double>) -> NDArray<Double>)?

  /// The call as the model has it, otherwise in one thing.
  init(
    _ mistake: Diagnosis.Mistake, _ difference: String, fix: String, of call: SuspectCall
  ) {
    self.mistake = mistake
    self.difference = difference
    self.fix = fix
    layer = call.layer
    weights = { call.weights }
    inputs = call.inputs
  }
}

/// A call whose result is wrong, and all that is needed to try what would make it right.
struct SuspectCall {
  /// The name of the wrong tensor.
  let path: String
  /// How wrong it is.
  let errorBefore: ReportedNumber
  let node: LayerNode
  let layer: any Layer
  let weights: [String: NDArray<Double>]
  let inputs: [NDArray<Double>]
  /// What is recorded of its result.
  let standard: Standard
  /// Which of its results that is.
  let output: Int
  /// Whether each input is one of the model's.
  let areModelInputs: [Bool]
  /// What made each input; `nil` for one of the model's, or where what went into it is not known.
  let makers: [Maker?]
  /// The tensors that are added to the call's result right after it.
  let addends: [NDArray<Double>]
  let model: Model
  /// How far each input may be off, in units; empty where all are recorded.
  var inputErrors: [Double] = []
  /// What is recorded, where that is not the result itself.
  var continuation: Continuation?

  /// The shape of the result, as it is recorded or else as the model makes it.
  var shape: [Int] { continuation?.shapes[output] ?? standard.array.dimensions }
}

/// A layer that made a tensor, and what it made it of.
struct Maker {
  let layer: any Layer
  let inputs: [NDArray<Double>]
}

extension SuspectCall {
  /// What is left at most of the error where a mistake is made good.
  private static let smallestGain = 1 / 8.0

  /// The largest error with a hypothesis, if it explains all that is recorded.
  ///
  /// It does if every element is within the bounds of rounding; `nil` if it does not, or cannot be
  /// computed.
  func error(with hypothesis: Hypothesis) -> Double? {
    let inputs = hypothesis.inputs
    guard let weights = hypothesis.weights(), case let parameters = Parameters(weights),
      !isRefutedEarly(hypothesis, parameters),
      let definition = hypothesis.layer.definition(on: inputs, parameters),
      case let made = definition.values(inputs, parameters), made.indices.contains(output),
      made[output].elements.count == shape.reduce(1, *)
    else { return nil }
    let unit = standard.computed.unitRoundoff ?? 0x1p-24
    let bounds = definition.bounds(
      inputs, within: errors(of: inputs), parameters, outputs: made, unitRoundoff: unit,
      countsJumps: false)
    guard bounds.indices.contains(output) else { return nil }
    if let continuation { return error(with: hypothesis, continuation, made, bounds, unit: unit) }
    var found = made[output]
    var allowance = Comparison.Allowance(bounds[output], standard, own: .float64)
    if let follower = hypothesis.follower {
      found = follower(found)
      allowance.tolerance.double()
      // The function's own rounding.
      allowance.tolerance.relative += 8 * 0x1p-24
    }
    if let rounded = hypothesis.roundedInputs {
      let other = definition.values(rounded, parameters)[output]
      allowance.tolerance = allowance.tolerance.grown(
        by: largestDifference(other.elements, found.elements), source: .float32)
    }
    return error(of: found, within: allowance)
  }

  /// The largest error of what is made of a hypothesis by the calls behind.
  private func error(
    with hypothesis: Hypothesis, _ continuation: Continuation, _ made: [NDArray<Double>],
    _ bounds: [RoundingBound<Double>], unit: Double
  ) -> Double? {
    guard hypothesis.roundedInputs == nil else { return nil }
    var results = zip(made, bounds).map { Unrecorded(value: $0, bound: $1.settled(unit)) }
    if let follower = hypothesis.follower {
      results[output].value = follower(results[output].value)
      // The function makes no more than twice of a difference, and rounds itself.
      let own = results[output].value.elements.map { 8 * abs($0) }
      results[output].bound.fixed = results[output].bound.fixed.map { 2 * $0 }.plus(own)
    }
    return continuation.followed(results, unit: unit).flatMap { end in
      let bound = end.bound.isZero ? .exact(count: end.value.elements.count) : end.bound
      return error(of: end.value, within: Comparison.Allowance(bound, standard, own: .float64))
    }
  }

  /// How far inputs may be off, whatever was done to their order.
  private func errors(of inputs: [NDArray<Double>]) -> [RoundingBound<Double>]? {
    guard !inputErrors.isEmpty else { return nil }
    return inputs.enumerated().map { index, input in
      guard inputErrors.indices.contains(index), inputErrors[index] > 0 else { return .exact }
      return RoundingBound(
        length: 0, magnitude: [],
        fixed: Array(repeating: inputErrors[index], count: input.elements.count))
    }
  }

  /// The largest error, if everything that is recorded is explained.
  private func error(of found: NDArray<Double>, within allowance: Comparison.Allowance) -> Double? {
    guard found.dimensions == standard.array.dimensions else { return nil }
    let comparison = Comparison(
      found: found.elements, golden: standard.array.elements, within: allowance, isDouble: false)
    guard comparison.wrongCount == 0, comparison.unboundedCount == 0,
      comparison.nanCount < comparison.count,
      // Bounds may be so wide that what is as wrong as before is within them.
      comparison.maxAbsolute <= errorBefore.value * Self.smallestGain
    else { return nil }
    return comparison.maxAbsolute
  }
}

extension Layer {
  /// What the layer computes of inputs; `nil` where it cannot take them, or not with these weights.
  func definition(
    on inputs: [NDArray<Double>], _ parameters: Parameters<Double>
  ) -> Definition? {
    guard let definition = try? definition(for: inputs.map(\.shape)),
      definition.weights.allSatisfy({
        parameters.optional($0.role)?.dimensions == $0.shape
      }),
      (try? definition.checkSizes(elementLimit: Self.mostElements)) != nil
    else { return nil }
    return definition
  }

  /// What may be made in trying: 2 GiB.
  private static var mostElements: Int { 1 << 28 }
}
