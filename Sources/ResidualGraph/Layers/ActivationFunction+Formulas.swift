extension ActivationFunction {
  /// The shape of the function's result; the same but for `glu`.
  func outputShape(for input: Shape) throws(ModelError) -> Shape { input }

  /// Applies the function.
  func applied<Scalar: ReferenceScalar>(to input: NDArray<Scalar>) -> NDArray<Scalar> { input }

  /// The rounding bound of the function's result, given the bound of what it was
  /// applied to.
  func roundingBound<Scalar: ReferenceScalar>(
    of output: NDArray<Scalar>, appliedWithin bound: RoundingBound<Scalar>
  ) -> RoundingBound<Scalar> { bound }
}
