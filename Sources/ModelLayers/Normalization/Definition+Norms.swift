// Normalizations by what vectors are long, which operations and layers share.

extension Definition {
  /// `x / √(mean x² + epsilon)` with the mean over axes that are counted from the first.
  mutating func rootMeanSquareNormalization(
    _ x: Value, over axes: [Int], epsilon: Double
  ) throws(ModelError) -> Value {
    let mean = try keeping(
      axes, of: x, apply(Primitives.Reduction(.mean, over: axes), to: function(.square, x)))
    let inverse = try function(.reciprocalSquareRoot, combination(.add, mean, epsilon))
    return try combination(.multiply, x, inverse)
  }

  /// `x / √max(Σx², leastSquare)` over axes that are counted from the first.
  mutating func unitVectors(
    _ x: Value, over axes: [Int], leastSquare: Double
  ) throws(ModelError) -> Value {
    let limited = try combination(.maximum, squareSum(x, over: axes), leastSquare)
    return try combination(.multiply, x, function(.reciprocalSquareRoot, limited))
  }

  /// `x / max(√Σx², leastLength)` over axes that are counted from the first, as a product with the
  /// inverse.
  mutating func unitVectors(
    _ x: Value, over axes: [Int], leastLength: Double
  ) throws(ModelError) -> Value {
    let inverse = try combination(
      .minimum, function(.reciprocalSquareRoot, squareSum(x, over: axes)), 1 / leastLength)
    return try combination(.multiply, x, inverse)
  }

  /// Σx² over axes, which stay with size 1.
  private mutating func squareSum(_ x: Value, over axes: [Int]) throws(ModelError) -> Value {
    try keeping(
      axes, of: x, apply(Primitives.Reduction(.sum, over: axes), to: function(.square, x)))
  }
}
