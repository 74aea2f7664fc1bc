extension Primitives {
  /// A definition that is computed on integers: exactly, and what its results' types do not have
  /// wraps around, as two's complement does.
  ///
  /// Engines hold integers as real numbers. Where these do not hold exactly what is made on the way,
  /// all results become what is not held: no integer type has it, so that `Definition.check` finds
  /// it.
  public struct IntegerArithmetic: Primitive {
    /// What is computed, without weights; of integers as of real numbers.
    package var body: Definition
    /// The types of the operands.
    public var operands: [DType]
    /// The types of the results.
    public var types: [DType]
    /// Whether results wrap around; else those that their types do not have stay as they are.
    public var wraps: Bool

    /// Makes the primitive.
    package init(_ body: Definition, of operands: [DType], types: [DType], wraps: Bool = true) {
      precondition(body.weights.isEmpty, "weights are given to arithmetic as inputs")
      precondition(body.outputs.count == types.count, "each result has a type")
      self.body = body
      self.operands = operands
      self.types = types
      self.wraps = wraps
    }

    /// Real numbers become integers, and integers wrap around.
    public var hasSteps: Bool { true }

    /// The shapes that the body makes.
    public func results(for inputs: [TensorType]) throws(ModelError) -> [TensorType] {
      zip(body.outputs, types).map { TensorType($0.shape, $1) }
    }

    /// The body's.
    public func operationCount(
      for inputs: [TensorType], results: [TensorType]
    ) throws(ModelError) -> Int { try body.operationCount() }

    /// The body's.
    public func work(for inputs: [TensorType], results: [TensorType]) throws(ModelError) -> Int {
      try body.work()
    }

    /// Where the body has them, if they are along the same axis of all results.
    public func items(in inputs: [(ItemAxis, TensorType)]) -> ItemAxis {
      let places = Set(body.items(in: inputs.map(\.0)))
      return places.count == 1 ? places.first ?? .mixed : .mixed
    }

    /// Computes the results.
    public func values<Scalar: ReferenceScalar>(_ inputs: [NDArray<Scalar>]) -> [NDArray<Scalar>] {
      var inexact =
        zip(operands, inputs).lazy.compactMap { $0.firstForeign(in: $1) }.first
        ?? inputs.firstInexact()
      let made = body.values(inputs, Parameters()) { step, operands, results in
        guard inexact == nil else { return }
        inexact = (results + step.sums(of: operands.map(\.magnitudes))).firstInexact()
      }
      if let inexact {
        return zip(made, types).map { array, type in
          // What another type has would not be seen to be wrong.
          let isForeign = type.firstForeign(in: NDArray([], [inexact])) != nil
          return NDArray(repeating: isForeign ? inexact : .nan, array.dimensions)
        }
      }
      return zip(made, types).map { array, type in
        guard wraps, type.isInteger else { return array }
        return NDArray(array.dimensions, array.elements.map { $0.wrapped(to: type) })
      }
    }

    /// Exact, unless the inputs are not: then as far off as the body, and a whole turn further where
    /// that may lead around.
    public func bounds<Scalar: ReferenceScalar>(
      _ inputs: [Inexact<Scalar>], results: [Inexact<Scalar>]
    ) -> [RoundingBound<Scalar>] {
      guard !inputs.allSatisfy(\.isExact) else { return results.map { _ in .exact } }
      let values = inputs.map(\.value)
      let made = body.values(values, Parameters())
      let unit = inputs[0].unitRoundoff
      let bounds = body.bounds(
        values, within: inputs.map(\.bound), Parameters(), outputs: made, unitRoundoff: unit,
        countsJumps: inputs[0].countsJumps)
      return zip(zip(made, bounds), types).map { result, type in
        let (array, bound) = result
        let errors = bound.errors(unit)
        guard !errors.isEmpty else { return .exact }
        let fixed = zip(array.elements, errors).map { element, error -> Scalar in
          // An integer that is off by less than half is not off; not a number is what nothing is known of.
          guard !(error < 0.5) else { return 0 }
          guard !error.isNaN else { return .infinity }
          let turn =
            wraps && inputs[0].countsJumps ? turn(of: type, around: element, within: error) : 0
          return (error + turn) / Scalar(unit)
        }
        return fixed.allSatisfy { $0 == 0 }
          ? .exact : RoundingBound(length: 0, magnitude: [], fixed: fixed)
      }
    }

    /// By how much integers of a type jump where they wrap around, if that is within an error.
    private func turn<Scalar: ReferenceScalar>(
      of type: DType, around element: Scalar, within error: Scalar
    ) -> Scalar {
      guard type.isInteger, type.byteCount < 8 else { return 0 }
      let span = Scalar(1 << (8 * type.byteCount))
      let lowest = type.isSigned ? -span / 2 : 0
      func turns(_ number: Scalar) -> Scalar { ((number - lowest) / span).rounded(.down) }
      return turns(element - error) == turns(element + error) ? 0 : span
    }
  }
}

extension Definition.Step {
  /// The largest that a sum may come to on the way, from the magnitudes of what is added up; none
  /// for what makes no sum, or shows all that it comes to.
  fileprivate func sums<Scalar: ReferenceScalar>(
    of magnitudes: [NDArray<Scalar>]
  ) -> [NDArray<Scalar>] {
    switch primitive {
    case let reduction as Primitives.Reduction where [.sum, .mean].contains(reduction.function):
      Primitives.Reduction(.sum, over: reduction.axes).values(magnitudes)
    case let combination as Primitives.Combination
    where [.add, .subtract].contains(combination.function) && magnitudes.count > 2:
      Primitives.Combination(.add).values(magnitudes)
    default: []
    }
  }
}

extension Array {
  /// The first element that may be rounded, or that is no number.
  fileprivate func firstInexact<Scalar: ReferenceScalar>() -> Scalar?
  where Element == NDArray<Scalar> {
    let limit = Scalar(DType.int64.exactRange(in: Scalar.self).upperBound)
    for array in self {
      if let element = array.elements.first(where: { !(abs($0) <= limit) }) { return element }
    }
    return nil
  }
}

extension BinaryFloatingPoint {
  /// An integer as one of a type; itself if it is none.
  fileprivate func wrapped(to type: DType) -> Self {
    guard let number = Int(exactly: self) else { return self }
    return Self(type.wrapped(number))
  }
}
