/// What sums of products are made of.
enum Terms {
  /// The products: Σwx.
  case products
  /// Their magnitudes, by which rounding is bounded: Σ|w||x|.
  case magnitudes

  /// A number, or its magnitude.
  @inline(__always)
  func factor<Scalar: ReferenceScalar>(_ number: Scalar) -> Scalar {
    self == .magnitudes ? abs(number) : number
  }

  /// Numbers, or their magnitudes.
  func factors<Scalar: ReferenceScalar>(_ array: NDArray<Scalar>) -> NDArray<Scalar> {
    self == .magnitudes ? array.magnitudes : array
  }

  /// Replaces numbers by their magnitudes, if these are the factors.
  @inline(__always)
  func apply<Scalar: ReferenceScalar>(to factors: inout MutableSpan<Scalar>) {
    guard self == .magnitudes else { return }
    for index in factors.indices { factors[index] = abs(factors[index]) }
  }
}
