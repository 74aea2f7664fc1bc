extension Initializer {
  /// Makes the values of a weight.
  ///
  /// Random numbers are drawn in double precision, one after the other in
  /// row-major order, and rounded to `Scalar`.
  ///
  /// - Parameters:
  ///   - shape: The size of each axis, outermost first; empty for a scalar.
  ///   - stream: What tells the random numbers where there is no `seed`, such as
  ///     `Initializer.stream(seed:name:)`.
  /// - Returns: The values, row-major.
  /// - Throws: `ModelError.attribute` where a number of the initializer makes no
  ///   sense, `ModelError.invalidShape` where the shape does not suit it.
  public func values<Scalar: ReferenceScalar>(
    shape: [Int], stream: UInt64, as type: Scalar.Type = Scalar.self
  ) throws(ModelError) -> [Scalar] {
    try check(shape)
    return checkedValues(shape: shape, stream: stream)
  }

  /// The values for a shape that `check` has passed.
  func checkedValues<Scalar: ReferenceScalar>(
    shape: [Int], stream: UInt64, as _: Scalar.Type = Scalar.self
  ) -> [Scalar] {
    let count = shape.reduce(1, *)
    guard count > 0 else { return [] }
    var draws = RandomDraws(seed: seed ?? stream)
    switch method.resolved(for: shape) {
    case .constant(let value):
      return Array(repeating: Scalar(value), count: count)
    case .normal(let mean, let stddev):
      return (0..<count).map { _ in Scalar(mean + stddev * draws.normal()) }
    case .truncatedNormal(let mean, let stddev):
      return (0..<count).map { _ in Scalar(mean + stddev * draws.truncatedNormal()) }
    case .uniform(let minval, let maxval):
      // Rounding must not reach the upper bound, which does not belong to the interval.
      let last = max(Scalar(minval), Scalar(maxval).nextDown)
      return (0..<count).map { _ in
        min(Scalar(minval + (maxval - minval) * draws.uniform()), last)
      }
    case .orthogonal(let gain):
      return orthogonalMatrix(shape, &draws).map { Scalar(gain * $0) }
    case .identity(let gain):
      return (0..<count).map { $0 / shape[1] == $0 % shape[1] ? Scalar(gain) : 0 }
    case .unitForgetBias:
      return (0..<count).map { $0 * 4 / count == 1 ? 1 : 0 }
    case .varianceScaling:
      preconditionFailure("resolved(for:) leaves no varianceScaling")
    }
  }

  /// A matrix with orthonormal columns, or rows where it is wider than high, row-major.
  private func orthogonalMatrix(_ shape: [Int], _ draws: inout RandomDraws) -> [Double] {
    let height = shape.dropLast().reduce(1, *)
    let width = shape[shape.count - 1]
    let normal = (0..<height * width).map { _ in draws.normal() }
    let matrix = OrthonormalMatrix(orthonormalizing: normal, columnCount: min(height, width))
    return height < width ? matrix.transposed : matrix.elements
  }

  /// Checks that the initializer can make values of a shape.
  func check(_ shape: [Int]) throws(ModelError) {
    // The element count of the widest type must fit, in bytes.
    guard (shape + [DType.float64.byteCount]).checkedProduct() != nil else {
      throw .invalidShape(Shape(shape), reason: "is not one that a tensor can have")
    }
    switch method {
    case .constant:
      break
    case .normal(let mean, let stddev), .truncatedNormal(let mean, let stddev):
      try check("mean", mean)
      try check("stddev", stddev, "a finite number that is not negative") { $0 >= 0 }
    case .uniform(let minval, let maxval):
      try check("minval", minval)
      try check("maxval", maxval, "a finite number that is not less than \(minval)") {
        $0 >= minval
      }
    case .varianceScaling(let scale, _, _):
      try check("scale", scale, "a finite number that is more than 0") { $0 > 0 }
    case .orthogonal(let gain):
      try check("gain", gain)
      guard shape.count >= 2 else {
        throw .invalidShape(
          Shape(shape), reason: "needs 2 or more axes for the orthogonal initializer")
      }
    case .identity(let gain):
      try check("gain", gain)
      guard shape.count == 2 else {
        throw .invalidShape(
          Shape(shape), reason: "needs 2 axes for the identity initializer")
      }
    case .unitForgetBias:
      guard shape.count == 1, shape[0].isMultiple(of: 4) else {
        throw .invalidShape(Shape(shape), reason: "does not have four equal parts")
      }
    }
  }

  private func check(
    _ name: String, _ value: Double, _ expected: String = "a finite number",
    _ isAllowed: (Double) -> Bool = { _ in true }
  ) throws(ModelError) {
    guard value.isFinite, isAllowed(value) else {
      throw .attribute(name, expected: expected, found: "\(value)")
    }
  }
}
