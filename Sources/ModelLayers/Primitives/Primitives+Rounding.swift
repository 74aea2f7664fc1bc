/// A primitive whose result is its input, element by element, as another evaluation may have it.
///
/// It says how far off that may be; an engine is free to compute better.
public protocol KeptNumbers: Primitive {}

extension KeptNumbers {
  /// The input's shape, of real numbers.
  public func results(for inputs: [TensorType]) throws(ModelError) -> [TensorType] {
    [TensorType(inputs[0].shape)]
  }

  /// Where the items of a batch are in the result.
  public func items(in inputs: [(ItemAxis, TensorType)]) -> ItemAxis { inputs[0].0 }

  /// The input.
  public func values<Scalar: ReferenceScalar>(_ inputs: [NDArray<Scalar>]) -> [NDArray<Scalar>] {
    inputs
  }
}

extension Primitives {
  /// The same numbers, rounded to the coarser type that its source computes in from there on.
  public struct Rounding: KeptNumbers, Hashable {
    /// Makes the primitive.
    public init() {}

    /// One unit of each number, besides what the input may be off by.
    public func bounds<Scalar: ReferenceScalar>(
      _ inputs: [Inexact<Scalar>], results: [Inexact<Scalar>]
    ) -> [RoundingBound<Scalar>] {
      var bound = inputs[0].bound
      bound.fixed = bound.fixed.plus(inputs[0].value.elements.map { abs($0) })
      return [bound]
    }
  }

  /// The same numbers, of which those that are subnormal in float32 may be taken for 0, as TensorFlow and XLA do.
  public struct Flushing: KeptNumbers, Hashable {
    /// Makes the primitive.
    public init() {}

    /// All of a number that is subnormal, besides what the input may be off by.
    public func bounds<Scalar: ReferenceScalar>(
      _ inputs: [Inexact<Scalar>], results: [Inexact<Scalar>]
    ) -> [RoundingBound<Scalar>] {
      var bound = inputs[0].bound
      let unit = Scalar(inputs[0].unitRoundoff)
      let lost = inputs[0].value.elements.map { abs($0) < 0x1p-126 ? abs($0) / unit : 0 }
      if lost.contains(where: { $0 > 0 }) { bound.fixed = bound.fixed.plus(lost) }
      return [bound]
    }
  }
}
