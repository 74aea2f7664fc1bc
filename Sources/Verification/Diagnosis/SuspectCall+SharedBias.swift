internal import ModelGraph

/// One bias where there were two: what each was cannot be read off the weights, and is fitted.
extension SuspectCall {
  /// A gated recurrent unit that resets behind the product, with a bias of its own for the state's
  /// product, where the model has one bias for both.
  func sharedBiases() -> [Hypothesis] {
    guard layer is GRU, layer.attributes["go_backwards"] == .bool(false),
      let bias = weights["bias"],
      let after = self.layer(with: ["reset_after": .bool(true)]),
      let width = bias.dimensions.last, width > 0, width.isMultiple(of: 3)
    else { return [] }
    // Those of the gates only ever count together; of the candidate, the state's is not there.
    let sums = Array(bias.elements.prefix(width))
    let candidate = (width / 3 * 2)..<width
    guard
      bias.elements.dropFirst(width).enumerated().allSatisfy({
        !candidate.contains($0.offset) || $0.element == 0
      })
    else { return [] }
    var hypothesis = hypothesis(
      .weightRole, "a bias of the state's product beside the input's",
      fix: "give layer '\(node.name)' both its biases: what it has is their sum",
      fitted(after, sums, Array(bias.elements.dropFirst(width))).map { ["bias": $0] })
    hypothesis.layer = after
    return [hypothesis]
  }

  /// The two biases of which the model has the sum, fitted by Newton's steps to what is recorded of the
  /// first steps, or of the last; `nil` where that shows nothing of it, or takes too long.
  private func fitted(
    _ layer: any Layer, _ sums: [Double], _ second: [Double]
  ) -> NDArray<Double>? {
    let units = sums.count / 3
    guard let steps = shownSteps(units), units * steps.inputs.dimensions[1] <= Self.mostTrials
    else {
      return nil
    }
    func biases(_ state: [Double]) -> NDArray<Double> {
      var (input, recurrent) = (sums, second.isEmpty ? sums.map { _ in 0 } : second)
      for unit in 0..<units {
        input[2 * units + unit] -= state[unit]
        recurrent[2 * units + unit] = state[unit]
      }
      return NDArray([2, sums.count], input + recurrent)
    }
    func made(_ state: [Double]) -> [Double]? {
      let parameters = Parameters(weights.merging(["bias": biases(state)]) { $1 })
      guard let definition = layer.definition(on: [steps.inputs], parameters) else { return nil }
      return definition.values([steps.inputs], parameters)[output].elements
    }
    var state = [Double](repeating: 0, count: units)
    for _ in 0..<Self.roundCount {
      guard let here = made(state), here.count == steps.outputs.count else { return nil }
      var slopes: [[Double]] = []
      for unit in 0..<units {
        var moved = state
        moved[unit] += Self.step
        guard let there = made(moved) else { return nil }
        slopes.append(zip(there, here).map { ($0 - $1) / Self.step })
      }
      let errors = zip(steps.outputs, here).map { $0 - $1 }
      guard let move = leastSquares(slopes, errors) else { return nil }
      for unit in state.indices { state[unit] += move[unit] }
    }
    return state.contains { $0 != 0 } ? biases(state) : nil
  }

  private static let roundCount = 6
  private static let step = 1e-5
  /// Units times steps.
  private static let mostTrials = 2048

  /// The first step of each sequence and what is recorded of it, or all steps where the last alone is
  /// recorded; `nil` where the layer is called on states.
  private func shownSteps(_ units: Int) -> (inputs: NDArray<Double>, outputs: [Double])? {
    guard let x = inputs.first, inputs.count == 1, x.dimensions.count == 3, x.dimensions[1] > 0
    else { return nil }
    let recorded = standard.array
    let (count, stepCount, width) = (x.dimensions[0], x.dimensions[1], x.dimensions[2])
    let isSequence = layer.attributes["return_sequences"] == .bool(true)
    guard recorded.elements.count == count * (isSequence ? stepCount : 1) * units else {
      return nil
    }
    guard isSequence else { return (x, recorded.elements) }
    let first = (0..<count).flatMap { item in
      x.elements[item * stepCount * width..<(item * stepCount + 1) * width]
    }
    let outputs = (0..<count).flatMap { item in
      recorded.elements[item * stepCount * units..<(item * stepCount + 1) * units]
    }
    return (NDArray([count, 1, width], first), outputs)
  }
}

/// The numbers x for which `Σ columns[i]·x[i]` is nearest to a vector; `nil` where many are.
private func leastSquares(_ columns: [[Double]], _ vector: [Double]) -> [Double]? {
  func product(_ x: [Double], _ y: [Double]) -> Double {
    zip(x, y).reduce(0) { $0 + $1.0 * $1.1 }
  }
  // The normal equations, by Gauss's elimination: they are symmetric and need no other order.
  var rows = columns.map { column in columns.map { product(column, $0) } + [product(column, vector)]
  }
  for pivot in rows.indices {
    guard rows[pivot][pivot] > 1e-20 else { return nil }
    for row in rows.indices where row != pivot {
      let factor = rows[row][pivot] / rows[pivot][pivot]
      for place in pivot...rows.count { rows[row][place] -= factor * rows[pivot][place] }
    }
  }
  let found = rows.indices.map { rows[$0][rows.count] / rows[$0][$0] }
  return found.allSatisfy(\.isFinite) ? found : nil
}
