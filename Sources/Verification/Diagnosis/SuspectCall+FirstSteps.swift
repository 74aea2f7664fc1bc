internal import ModelGraph

extension SuspectCall {
  /// How many steps are tried before all of them.
  private static let triedSteps = 2

  /// Whether the first steps of a sequence alone show that a hypothesis does not explain what is
  /// recorded: most explain nothing, and to try them on all steps takes long.
  func isRefutedEarly(_ hypothesis: Hypothesis, _ parameters: Parameters<Double>) -> Bool {
    let count = Self.triedSteps
    let sizes = standard.array.dimensions
    guard continuation == nil, inputErrors.isEmpty, hypothesis.follower == nil,
      hypothesis.roundedInputs == nil,
      let layer = hypothesis.layer.itself as? any RecurrentLayer,
      layer.recurrence.returnsSequences, !layer.recurrence.isTimeMajor, output == 0,
      let x = hypothesis.inputs.first, x.dimensions.count > 2, sizes.count > 2,
      sizes.prefix(2) == x.dimensions.prefix(2), case let steps = sizes[1], steps > 4 * count
    else { return false }
    let first = layer.recurrence.goesBackwards ? steps - count..<steps : 0..<count
    let masks = hypothesis.inputs.indices.suffix(hypothesis.layer.maskCount)
    var inputs = hypothesis.inputs
    for index in [0] + masks {
      guard inputs[index].dimensions.prefix(2) == x.dimensions.prefix(2) else { return false }
      inputs[index] = inputs[index].steps(first)
    }
    let golden = standard.array.steps(0..<count)
    guard let definition = hypothesis.layer.definition(on: inputs, parameters),
      case let made = definition.values(inputs, parameters),
      made[0].dimensions == golden.dimensions
    else { return false }
    let bounds = definition.bounds(
      inputs, parameters, outputs: made, unitRoundoff: standard.computed.unitRoundoff ?? 0x1p-24,
      countsJumps: false)
    let comparison = Comparison(
      found: made[0].elements, golden: golden.elements,
      within: Comparison.Allowance(bounds[0], standard, own: .float64), isDouble: false)
    return comparison.wrongCount > 0
  }
}

extension NDArray {
  /// Some places along the second axis.
  fileprivate func steps(_ range: Range<Int>) -> NDArray {
    let run = dimensions.dropFirst(2).reduce(1, *)
    let row = dimensions[1] * run
    return NDArray(
      [dimensions[0], range.count] + dimensions.dropFirst(2),
      (0..<dimensions[0]).flatMap { item in
        elements[item * row + range.lowerBound * run..<item * row + range.upperBound * run]
      })
  }
}
