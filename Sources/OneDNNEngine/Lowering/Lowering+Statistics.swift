#if OneDNN

internal import ModelGraph

// Normalizations, and the statistics that they are by.
extension Lowering {
  /// The mean and the variance over some axes, by their definition.
  mutating func moments(_ value: Int, _ step: LoweredStep) throws -> [Int] {
    let outputs = step.outputs.map { lowered.value($0) }
    lowered.operations.append(
      Operation(
        kind: .moments(try step.definition), inputs: [value], outputs: outputs,
        calls: [step.call.path]))
    return outputs
  }

  /// A normalization, by statistics of its own or by weights.
  mutating func normalization(
    _ primitive: Primitives.Normalization, _ value: Int, _ step: LoweredStep
  ) throws -> Int? {
    try layerNormalization(primitive, value, step) ?? affine(primitive, value, step)
  }

  /// A normalization by weights along one axis: a factor and a summand for each place.
  private mutating func affine(
    _ primitive: Primitives.Normalization, _ value: Int, _ step: LoweredStep
  ) throws -> Int? {
    let operands = primitive.operands(Array(step.inputs.indices))
    guard primitive.statisticsAxes == primitive.parameterAxes,
      let axis = primitive.statisticsAxes.first, primitive.statisticsAxes.count == 1,
      step.rank > 1, step.inputs.indices.dropFirst().allSatisfy({ step.weight($0) != nil })
    else { return nil }
    func numbers(_ index: Int?) throws -> [Double]? {
      try index.flatMap { step.weight($0) }?.numbers()
    }
    let variance = try numbers(operands.variance) ?? []
    let mean = try numbers(operands.mean) ?? variance.map { _ in 0 }
    let gamma = try numbers(operands.gamma) ?? variance.map { _ in 1 }
    let beta = try numbers(operands.beta) ?? variance.map { _ in 0 }
    let scale = zip(gamma, variance).map { $0 / ($1 + primitive.epsilon).squareRoot() }
    let affine = Affine(
      scale: scale, shift: zip(beta, zip(mean, scale)).map { $0 - $1.0 * $1.1 })
    return add(.affine(affine, axis: axis), [value], shape: step.outputs[0], step.call)
  }

  /// A normalization by the mean and the variance of the same tensor along its last axis.
  private mutating func layerNormalization(
    _ primitive: Primitives.Normalization, _ value: Int, _ step: LoweredStep
  ) throws -> Int? {
    let operands = primitive.operands(Array(step.inputs.indices))
    let rank = step.rank
    guard let meanPlace = operands.mean, rank > 1, primitive.parameterAxes == [rank - 1],
      primitive.statisticsAxes == Array(0..<rank - 1),
      let moments = lowered.operations.last, case .moments = moments.kind,
      moments.inputs == [value],
      moments.outputs == [step.inputs[meanPlace].value, step.inputs[operands.variance].value]
    else { return nil }
    let count = step.inputTypes[0].shape.known?.last ?? 0
    func numbers(_ place: Int?, else number: Double) throws -> [Double]? {
      guard let place else { return Array(repeating: number, count: count) }
      return try step.inputs[place].numbers()
    }
    guard let scale = try numbers(operands.gamma, else: 1),
      let shift = try numbers(operands.beta, else: 0)
    else { return nil }
    return add(
      .layerNormalization(Affine(scale: scale, shift: shift), epsilon: primitive.epsilon), [value],
      shape: step.outputs[0], step.call)
  }
}

#endif
