extension Definition {
  /// How far rounding may move each output.
  ///
  /// Each primitive is given how far its inputs may be off already, so that any composition has a
  /// bound.
  ///
  /// - Parameters:
  ///   - inputs: The inputs' values.
  ///   - given: How far they may be off; exact by default.
  ///   - parameters: The weights.
  ///   - outputs: The values of the outputs, which saves computing them.
  ///   - unitRoundoff: That of the coarsest type that an evaluation may compute in. Bounds are
  ///     multiples of it; how near to a step a number may be depends on it as well. float32's by default.
  ///   - countsJumps: Whether a number beside a step may be on the other side; else bounds are those of
  ///     evaluations that end on the same one.
  package func bounds<Scalar: ReferenceScalar>(
    _ inputs: [NDArray<Scalar>], within given: [RoundingBound<Scalar>]? = nil,
    _ parameters: Parameters<Scalar>, outputs known: [NDArray<Scalar>],
    unitRoundoff: Double = 0x1p-24, countsJumps: Bool = true
  ) -> [RoundingBound<Scalar>] {
    var tensors = [Inexact<Scalar>?](repeating: nil, count: types.count)
    for (number, array) in self.given(inputs, parameters).enumerated() {
      guard let array else { continue }
      tensors[number] = Inexact(
        Deferred(array), array.dimensions, bound(of: number, within: given), unitRoundoff,
        countsJumps: countsJumps)
    }
    var values = [Int: NDArray<Scalar>]()
    for (output, array) in zip(outputs, known) { values[output.number] = array }
    for step in steps {
      let operands = step.inputs.map { Self.read(tensors[$0]) }
      let made = results(of: step, operands, known: values)
      let values = zip(step.outputs, made).map { output, value in
        Inexact(
          value, types[output].shape.known ?? value.value.dimensions, .exact, unitRoundoff,
          countsJumps: countsJumps)
      }
      let bounds = step.primitive.bounds(operands, results: values)
      for (output, (value, bound)) in zip(step.outputs, zip(zip(made, values), bounds)) {
        tensors[output] = Inexact(
          value.0, value.1.dimensions, bound, unitRoundoff, countsJumps: countsJumps)
      }
    }
    return zip(outputs, known).map { output, array in
      Self.read(tensors[output.number]).bound.filled(to: array.elements.count)
    }
  }

  /// Whether a result may jump: see `Primitive.hasSteps`.
  package var hasSteps: Bool { steps.contains { $0.primitive.hasSteps } }

  /// The values that a step makes, as far as they are not known to be computed only when they are
  /// needed.
  private func results<Scalar: ReferenceScalar>(
    of step: Step, _ operands: [Inexact<Scalar>], known: [Int: NDArray<Scalar>]
  ) -> [Deferred<NDArray<Scalar>>] {
    let all = Deferred { step.primitive.values(operands.map(\.value)) }
    return step.outputs.map { output in
      if let value = known[output] { return Deferred(value) }
      let index = output - step.outputs.lowerBound
      return Deferred { all.value[index] }
    }
  }

  /// How far a tensor may be off that no step makes.
  private func bound<Scalar: ReferenceScalar>(
    of number: Int, within given: [RoundingBound<Scalar>]?
  ) -> RoundingBound<Scalar> {
    switch origins[number] {
    case .input(let index): return given?[index] ?? .exact
    // Every type has the integers as they are.
    case .constant where !types[number].isReal: return .exact
    case .constant(let numbers):
      // A constant is rounded to the type of the computation, unless every type has it.
      let errors = numbers.map { $0.isExactInEveryType ? 0 : Scalar(abs($0)) }
      return errors.contains { $0 != 0 }
        ? RoundingBound(length: 0, magnitude: [], fixed: errors) : .exact
    case .weight, nil: return .exact
    }
  }

  private static func read<Scalar: ReferenceScalar>(_ tensor: Inexact<Scalar>?) -> Inexact<Scalar> {
    guard let tensor else { preconditionFailure("a definition reads what is not there yet") }
    return tensor
  }
}

extension Double {
  /// Whether both of the coarsest types, float16 and bfloat16, hold the number as it is.
  var isExactInEveryType: Bool {
    Double(Float16(self)) == self && Float(self).bitPattern & 0xFFFF == 0
  }
}
