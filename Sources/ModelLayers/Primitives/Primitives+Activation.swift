extension Primitives {
  /// A named function, of each element or of the elements along some axes together.
  public struct Activation: Primitive, Hashable {
    /// What is applied.
    public var function: ActivationFunction

    /// Makes the primitive.
    public init(_ function: ActivationFunction) { self.function = function }

    /// Whether the function jumps.
    public var hasSteps: Bool { function.hasSteps }

    /// The types of the results; every rule about the inputs is checked here.
    public func results(for inputs: [TensorType]) throws(ModelError) -> [TensorType] {
      [TensorType(try function.outputShape(for: inputs[0].shape))]
    }

    /// Computes the results.
    public func values<Scalar: ReferenceScalar>(_ inputs: [NDArray<Scalar>]) -> [NDArray<Scalar>] {
      inputs.map(function.applied)
    }

    /// How far the results may be off.
    public func bounds<Scalar: ReferenceScalar>(
      _ inputs: [Inexact<Scalar>], results: [Inexact<Scalar>]
    ) -> [RoundingBound<Scalar>] {
      zip(inputs, results).map { input, result in
        let isNeeded = function.couplesElements && (input.isExact || !input.bound.coversValue)
        var bound = function.roundingBound(
          of: result.value, appliedTo: isNeeded ? input.value : nil,
          appliedWithin: input.bound.filled(to: input.dimensions.reduce(1, *)),
          unitRoundoff: input.unitRoundoff, countsJumps: input.countsJumps)
        bound.fixed = bound.fixed.plus(function.jumps(of: input))
        return bound
      }
    }

    /// Where the items of a batch are in the result.
    public func items(in inputs: [(ItemAxis, TensorType)]) -> ItemAxis {
      guard case .axis(let axis) = inputs[0].0 else { return inputs[0].0 }
      let rank = inputs[0].1.shape.rank
      return function.axes.contains { $0 == axis || $0 + rank == axis } ? .mixed : .axis(axis)
    }
  }
}

extension ActivationFunction {
  /// The axes whose elements the function takes together.
  var axes: [Int] {
    switch self {
    case .softmax(let axes), .logSoftmax(let axes): axes
    case .glu(let axis), .sparsemax(let axis): [axis]
    default: []
    }
  }

  /// Whether the smallest change of the argument may make another number of the result.
  var hasSteps: Bool {
    if case .sparsemax = self { true } else { threshold != nil }
  }

  /// Whether an element of the result depends on more than one of the input.
  var couplesElements: Bool { !axes.isEmpty }
}
