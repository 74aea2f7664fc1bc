#if OneDNN

internal import ModelGraph

extension Compiler {
  /// One primitive goes along the whole sequence.
  mutating func recurrence(
    _ operation: Operation, _ weights: RecurrentWeights, axis: Int, isReversed: Bool
  ) throws {
    let shape = lowered.shapes[operation.inputs[0]]
    // oneDNN has the steps first, and an axis each of layers and directions before a state's.
    let order = axis == 0 ? [0, 1, 2] : [1, 0, 2]
    let state = try Layout(rowMajor: [1, 1, shape[1 - axis], weights.unitCount])
    let primitive = try primitives.primitive(
      .recurrence(
        RecurrenceForm(
          kind: weights.kind, isReversed: isReversed,
          source: Layout(rowMajor: shape).permuted(order),
          destination: Layout(rowMajor: lowered.shapes[operation.outputs[0]]).permuted(order),
          state: state, hasStates: operation.inputs.count > 1)))
    let given = try operation.inputs.map { value in
      try tensor(of: value, in: Layout(rowMajor: lowered.shapes[value]), operation.calls)
    }
    let made = try operation.outputs.map { value in
      place(try Layout(rowMajor: lowered.shapes[value]), holding: value)
    }
    let inputs: [Argument] = [.source, .sourceState, .sourceCell]
    let outputs: [Argument] = [.destination, .newState, .newCell]
    try add(
      primitive, operation.calls, operationCount: operation.operationCount,
      Array(zip(inputs, given)) + zip(outputs, made),
      constants: [
        (.weights, try constants.kernel(weights.kernel, in: primitive.layout(.weights))),
        (
          .recurrentWeights,
          try constants.kernel(
            weights.recurrentKernel, in: primitive.layout(.recurrentWeights))
        ),
        (.bias, try constants.row(weights.bias)),
      ])
  }
}

#endif
