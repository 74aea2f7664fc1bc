extension Primitives {
  /// The same numbers as elements of another type, which has them, or rounds large integers.
  public struct Conversion: KeptNumbers, Hashable {
    /// The type of the result.
    public var type: DType

    /// Makes the primitive.
    public init(to type: DType) { self.type = type }

    /// The input's shape.
    public func results(for inputs: [TensorType]) throws(ModelError) -> [TensorType] {
      [TensorType(inputs[0].shape, type)]
    }

    /// The input's, and one unit of each integer that a type of real numbers may not have.
    public func bounds<Scalar: ReferenceScalar>(
      _ inputs: [Inexact<Scalar>], results: [Inexact<Scalar>]
    ) -> [RoundingBound<Scalar>] {
      guard type.unitRoundoff != nil else { return [inputs[0].bound] }
      let largest = Scalar(1 / inputs[0].unitRoundoff)
      let rounded = inputs[0].value.elements.map { abs($0) > largest ? abs($0) : 0 }
      guard rounded.contains(where: { $0 > 0 }) else { return [inputs[0].bound] }
      var bound = inputs[0].bound
      bound.fixed = bound.fixed.plus(rounded)
      return [bound]
    }
  }
}
