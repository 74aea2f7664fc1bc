extension Definition {
  /// Computes the outputs.
  ///
  /// - Parameters:
  ///   - inputs: As many and of the types that the definition was written for.
  ///   - parameters: The weights that it asks for.
  ///   - observe: Is shown each step, with what it takes and what it makes.
  package func values<Scalar: ReferenceScalar>(
    _ inputs: [NDArray<Scalar>], _ parameters: Parameters<Scalar>,
    observe: ((Step, [NDArray<Scalar>], [NDArray<Scalar>]) -> Void)? = nil
  ) -> [NDArray<Scalar>] {
    var arrays = given(inputs, parameters)
    let lastReads = lastReads
    for (index, step) in steps.enumerated() {
      var operands: [NDArray<Scalar>] = []
      operands.reserveCapacity(step.inputs.count)
      for input in step.inputs { operands.append(Self.read(arrays[input])) }
      for input in step.inputs where lastReads[input] == index { arrays[input] = nil }
      let results = step.primitive.values(operands)
      observe?(step, operands, results)
      for (output, made) in zip(step.outputs, results) { arrays[output] = made }
    }
    return outputs.map { Self.read(arrays[$0.number]) }
  }

  /// The step after which each tensor is not read any more; `nil` for one that is never read by a
  /// step, or that is an output.
  private var lastReads: [Int?] {
    var lastReads = [Int?](repeating: nil, count: types.count)
    for (index, step) in steps.enumerated() {
      for input in step.inputs { lastReads[input] = index }
    }
    for output in outputs { lastReads[output.number] = nil }
    return lastReads
  }

  /// The tensors that no step makes.
  func given<Scalar: ReferenceScalar>(
    _ inputs: [NDArray<Scalar>], _ parameters: Parameters<Scalar>
  ) -> [NDArray<Scalar>?] {
    var arrays = [NDArray<Scalar>?](repeating: nil, count: types.count)
    for (number, origin) in origins.enumerated() {
      switch origin {
      case nil: continue
      case .input(let index): arrays[number] = inputs[index]
      case .weight(let role): arrays[number] = parameters.optional(role)
      case .constant(let numbers):
        arrays[number] = NDArray(types[number].shape.known ?? [], numbers.map { Scalar($0) })
      }
    }
    return arrays
  }

  static func read<Scalar: ReferenceScalar>(_ array: NDArray<Scalar>?) -> NDArray<Scalar> {
    guard let array else { preconditionFailure("a definition reads what is not there yet") }
    return array
  }
}
