/// How many units feed one output of a weight, and how many one input feeds.
///
/// As Keras's `compute_fans`: a kernel has the shape [...window, inputs, outputs],
/// and the window counts for both; a vector counts as its own length for both.
package struct Fans: Hashable, Sendable {
  /// The number of inputs that feed one output.
  package var fanIn: Int
  /// The number of outputs that one input feeds.
  package var fanOut: Int

  /// Counts the units of a weight of the given shape.
  ///
  /// - Parameter shape: The size of each axis; none is 0, and the product fits an `Int`.
  package init(shape: [Int]) {
    let window = shape.dropLast(2).reduce(1, *)
    fanIn = window * (shape.dropLast().last ?? shape.last ?? 1)
    fanOut = window * (shape.last ?? 1)
  }

  /// The number that `Initializer.varianceScaling` divides by; at least 1.
  func units(_ mode: Initializer.Mode) -> Double {
    let units =
      switch mode {
      case .fanIn: Double(fanIn)
      case .fanOut: Double(fanOut)
      case .fanAvg: (Double(fanIn) + Double(fanOut)) / 2
      }
    return max(1, units)
  }
}

extension Initializer.Method {
  /// The standard deviation of N(0, 1) truncated at two standard deviations, in Keras's digits.
  private static let truncatedDeviation = 0.87962566103423978

  /// The same method with the numbers that it has for a shape: `varianceScaling`
  /// becomes the distribution that it draws from.
  package func resolved(for shape: [Int]) -> Self {
    guard case .varianceScaling(let scale, let mode, let distribution) = self else { return self }
    let variance = scale / Fans(shape: shape).units(mode)
    switch distribution {
    case .truncatedNormal:
      return .truncatedNormal(mean: 0, stddev: variance.squareRoot() / Self.truncatedDeviation)
    case .untruncatedNormal:
      return .normal(mean: 0, stddev: variance.squareRoot())
    case .uniform:
      let limit = (3 * variance).squareRoot()
      return .uniform(minval: -limit, maxval: limit)
    }
  }
}
