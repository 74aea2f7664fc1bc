#if OneDNN

internal import ModelGraph

// Loops whose steps oneDNN knows as a whole.
extension Lowering {
  /// A loop that does in each step what oneDNN has a primitive for, with the product before it.
  ///
  /// - Returns: The numbers of the results; `nil` for all other steps of a definition.
  mutating func recurrence(
    _ step: LoweredStep, _ written: Definition.Step, _ operands: [Int: Operand]
  ) throws -> [Int]? {
    guard let loop = step.primitive as? Primitives.Loop,
      let kind = RecurrenceKind.allCases.first(where: { loop.does($0) }),
      case let (states, others) = (
        step.inputs.prefix(kind.stateCount), step.inputs.dropFirst(loop.stateCount)
      ),
      let given = given(states, of: loop),
      let weights = try weights(kind, Array(others.dropFirst())),
      let source = try source(of: weights, written, loop, step, operands)
    else { return nil }
    let shape = lowered.shapes[source]
    let sequence = lowered.value(shape.dropLast() + [weights.unitCount])
    let new = (0..<kind.stateCount).map { lowered.value(loop.body.outputs[$0].shape.known ?? []) }
    lowered.operations.append(
      Operation(
        kind: .recurrence(weights, axis: loop.axis, isReversed: loop.isReversed),
        inputs: [source] + given, outputs: [sequence] + new, calls: [step.call.path],
        operationCount: 2 * shape[0] * shape[1] * weights.elementCount))
    // The output of the last step is the first state.
    let results = new + [new[0]]
    guard loop.body.outputs.count > loop.stateCount else { return results }
    return results + [
      loop.isReversed ? try reversal(sequence, axis: loop.axis, step.call) : sequence
    ]
  }

  /// The states before the first step, none where they are zeros; `nil` where they are repeated, or
  /// other constants.
  private func given(_ states: ArraySlice<Operand>, of loop: Primitives.Loop) -> [Int]? {
    let flowing = states.compactMap(\.value)
    if flowing.isEmpty {
      let areZeros = states.allSatisfy {
        if case .constant(let numbers) = $0 { numbers.allSatisfy { $0 == 0 } } else { false }
      }
      return areZeros ? [] : nil
    }
    let areWhole = zip(flowing, loop.body.outputs).allSatisfy {
      lowered.shapes[$0] == $1.shape.known
    }
    return flowing.count == states.count && areWhole ? flowing : nil
  }

  /// Kernel, recurrent kernel and bias, as the layers of recurrences have them.
  private func weights(_ kind: RecurrenceKind, _ operands: [Operand]) throws -> RecurrentWeights? {
    guard operands.count > 1, case .weight(_, let kernel) = operands[0],
      case .weight(_, let recurrent) = operands[1]
    else { return nil }
    func filters(_ weight: Weight) -> Filters {
      Filters(name: weight.name, kernel: weight.tensor, form: .gates(kind.gateCount))
    }
    let count = recurrent.tensor.dimensions[0] * kind.gateCount
    var bias = [Double](repeating: 0, count: recurrent.tensor.dimensions[0] * kind.biasCount)
    if operands.count > 2 {
      guard let numbers = try operands[2].numbers() else { return nil }
      bias = numbers
      if kind == .gatedProduct {
        // Two rows: what is added to the products with the sequence, and to those with the state.
        let (first, second) = (numbers.prefix(count), numbers.suffix(count))
        let units = count / kind.gateCount
        bias = zip(first, second).prefix(2 * units).map { $0 + $1 }
        bias += first.suffix(units) + second.suffix(units)
      }
    }
    return RecurrentWeights(
      kind: kind, kernel: filters(kernel), recurrentKernel: filters(recurrent), bias: bias)
  }

  /// The sequence whose product with the kernel a loop goes along: the primitive makes it by itself.
  private func source(
    of weights: RecurrentWeights, _ written: Definition.Step, _ loop: Primitives.Loop,
    _ step: LoweredStep, _ operands: [Int: Operand]
  ) throws -> Int? {
    let (sequence, kernel) = (
      written.inputs[loop.stateCount], written.inputs[loop.stateCount + 1]
    )
    guard
      let product = step.call.definition.steps.first(where: { $0.outputs.contains(sequence) }),
      product.primitive is Primitives.Product, product.inputs[1] == kernel,
      let source = operands[product.inputs[0]]?.value, lowered.shapes[source].count == 3
    else { return nil }
    let added = product.inputs.count > 2 ? try operands[product.inputs[2]]?.numbers() : []
    // Of gated units alone a bias is part of the product, and of some a part of it.
    let bias =
      step.inputs.count > loop.stateCount + 3 && weights.kind.isGated
      ? try step.inputs[loop.stateCount + 3].numbers()?.prefix(3 * weights.unitCount) : []
    return added.map { $0[...] } == bias ? source : nil
  }

  /// The elements along an axis in reverse order.
  private mutating func reversal(_ value: Int, axis: Int, _ call: LayerCall) throws -> Int {
    let shape = lowered.shapes[value]
    var ranges = shape.map { _ in Primitives.Slice.Range.all }
    ranges[axis] = .init(step: -1)
    let definition = try Definition(for: [TensorType(Shape(shape))]) {
      (values: [Definition.Value], definition: inout Definition) throws(ModelError) in
      [try definition.apply(Primitives.Slice(ranges), to: values[0])]
    }
    return add(.reversal(axis: axis, definition), [value], shape: shape, call)
  }

  /// A slice that takes all elements along each axis, along one of them from the last to the first.
  mutating func reversal(
    _ primitive: Primitives.Slice, _ value: Int, _ step: LoweredStep
  ) throws -> Int? {
    let reversed = primitive.ranges.indices.filter { primitive.ranges[$0] != .all }
    guard reversed.count == 1, let axis = reversed.first,
      primitive.ranges[axis] == .init(step: -1)
    else { return nil }
    return try reversal(value, axis: axis, step.call)
  }
}

extension RecurrenceKind {
  fileprivate var isGated: Bool { self == .gatedState || self == .gatedProduct }

  /// The layer that has such steps.
  fileprivate func layer(units: Int, useBias: Bool, returnSequences: Bool) -> any RecurrentLayer {
    switch self {
    case .tanh, .relu, .sigmoid:
      SimpleRNN(
        units, activation: self == .tanh ? .tanh : self == .relu ? .relu() : .sigmoid,
        useBias: useBias, returnSequences: returnSequences)
    case .memory: LSTM(units, useBias: useBias, returnSequences: returnSequences)
    case .gatedState, .gatedProduct:
      GRU(
        units, useBias: useBias, resetAfter: self == .gatedProduct,
        returnSequences: returnSequences)
    }
  }
}

extension Primitives.Loop {
  /// Whether a step is, word for word, what a layer of a kind does.
  fileprivate func does(_ kind: RecurrenceKind) -> Bool {
    guard stateCount == kind.stateCount + 1, sequenceCount == 1, !keepsPlaces, axis < 2,
      let state = body.outputs.first?.shape.known, state.count == 2
    else { return false }
    let inputCount = body.origins.count { if case .input = $0 { true } else { false } }
    let layer = kind.layer(
      units: state[1], useBias: inputCount - stateCount - 1 == 3,
      returnSequences: body.outputs.count > stateCount)
    // The number of features is no matter of a step, but of the product before.
    let features = body.types[stateCount + 1].shape[0] ?? 1
    let definition = try? Definition(for: [TensorType([state[0], 1, features])]) {
      (values: [Definition.Value], definition: inout Definition) throws(ModelError) in
      try layer.define(values, in: &definition)
    }
    return definition?.steps.contains {
      ($0.primitive as? Primitives.Loop)?.body.isSame(as: body) ?? false
    } ?? false
  }
}

#endif
