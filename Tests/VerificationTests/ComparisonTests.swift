import Testing

@testable import Verification

/// Elements are compared several at once; each must count as if it stood alone.
@Suite struct ComparisonTests {
  /// What kind of numbers are compared.
  enum Numbers: CaseIterable {
    /// Those that differ by a few units.
    case calm
    /// Those that differ by as much as they are large, and in their signs, and may.
    case wild
    /// Some of which are zero, subnormal, not finite, or without a bound.
    case mixed
  }

  @Test(arguments: 0..<300, Numbers.allCases)
  func `elements in a row are compared as each by itself`(seed: UInt64, numbers: Numbers) {
    var noise = Noise(seed: seed)
    let isDouble = seed.isMultiple(of: 2)
    let count = Int.random(in: 1...50, using: &noise)
    let golden = (0..<count).map { _ in sample(numbers, &noise) }
    let found = golden.map { neighbour(of: $0, numbers, &noise) }
    let magnitude = golden.map { self.magnitude(of: $0, numbers, &noise) }
    var tolerance = Tolerance(absolute: 0x1p-40, relative: 0x1p-30)
    (tolerance.probable, tolerance.worst) = (0x1p-22, 0x1p-21)
    (tolerance.fixed, tolerance.inputs) = (0x1p-24, 0x1p-23)
    let allowance = Comparison.Allowance(
      tolerance: tolerance, magnitude: magnitude, fixed: golden.map(abs), sensitivity: magnitude)
    let together = Comparison(
      found: found, golden: golden, within: allowance, isDouble: isDouble)
    let alone = (0..<count).map { index in
      Comparison(
        found: [found[index]], golden: [golden[index]],
        within: .init(
          tolerance: tolerance, magnitude: [magnitude[index]], fixed: [abs(golden[index])],
          sensitivity: [magnitude[index]]), isDouble: isDouble)
    }
    #expect(together.count == count)
    #expect(together.maxAbsolute == alone.map(\.maxAbsolute).max())
    #expect(together.maxRelative == alone.map(\.maxRelative).max())
    #expect(together.maxULP == alone.map(\.maxULP).max())
    #expect(together.maxBoundRatio == alone.map(\.maxBoundRatio).max())
    #expect(together.outlierCount == alone.map(\.outlierCount).reduce(0, +))
    #expect(together.wrongCount == alone.map(\.wrongCount).reduce(0, +))
    #expect(together.nanCount == alone.map(\.nanCount).reduce(0, +))
    #expect(together.unboundedCount == alone.map(\.unboundedCount).reduce(0, +))
    #expect(together.isZero == alone.allSatisfy(\.isZero))
    #expect(together.isConstant == golden.allSatisfy { $0 == golden[0] })
    let worst = alone.compactMap(\.worst).map { ($0.severity, $0.ratio) }.max(by: <)
    #expect(together.worst?.severity == worst?.0)
    #expect(together.worst?.ratio == worst?.1)
    for (sum, parts) in [
      (together.errorSquares, alone.map(\.errorSquares)),
      (together.signalSquares, alone.map(\.signalSquares)),
      (together.foundSquares, alone.map(\.foundSquares)),
      (together.products, alone.map(\.products)),
    ] {
      let expected = parts.reduce(0, +)
      #expect(abs(sum - expected) <= 0x1p-44 * parts.map(abs).reduce(0, +))
    }
  }

  /// A number, in float32 as goldens have them.
  private func sample(_ numbers: Numbers, _ noise: inout Noise) -> Double {
    let usual = Double(Float.random(in: 1...64, using: &noise))
    switch (numbers, Int.random(in: 0..<100, using: &noise)) {
    case (.wild, 0..<20): return 0
    case (.mixed, 0): return .nan
    case (.mixed, 1): return .infinity
    case (.mixed, 2..<40): return 0
    case (.mixed, 40..<50): return Double(Float.random(in: -0x1p-130...0x1p-130, using: &noise))
    default: return usual
    }
  }

  /// What a bound grows with.
  private func magnitude(
    of number: Double, _ numbers: Numbers, _ noise: inout Noise
  ) -> Double {
    switch (numbers, Int.random(in: 0..<40, using: &noise)) {
    case (.calm, _): number * Double.random(in: 4...16, using: &noise)
    case (.wild, _): 0x1p32
    case (.mixed, 0): .infinity
    case (.mixed, _): Double.random(in: 0...8, using: &noise)
    }
  }

  /// A number that differs from another, or is the same.
  private func neighbour(
    of number: Double, _ numbers: Numbers, _ noise: inout Noise
  ) -> Double {
    let rounded = number * (1 + Double.random(in: -0x1p-22...0x1p-22, using: &noise))
    switch (numbers, Int.random(in: 0..<100, using: &noise)) {
    case (.wild, 0): return -number
    case (.wild, _):
      return number == 0 ? 1 : number * Double.random(in: 0.1...1.9, using: &noise)
    case (.mixed, 0): return -number
    case (.mixed, 1): return .nan
    case (.mixed, 2): return -.infinity
    case (.mixed, 3): return number + 1
    case (.mixed, 4..<50): return number
    default: return rounded
    }
  }
}
