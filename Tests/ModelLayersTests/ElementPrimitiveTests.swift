import Glibc
import Testing

@testable import ModelLayers

/// Primitives that compute each element by itself.
@Suite struct ElementPrimitiveTests {
  typealias Function = Primitives.Combination.Function

  @Test func `a rounding keeps its numbers, and allows each half a unit of a coarser type`() throws
  {
    let trial = try PrimitiveTrial([[4, 50]]) { values, definition throws(ModelError) in
      [try definition.apply(Primitives.Rounding(), to: values[0])]
    }
    let x = trial.inputs[0]
    #expect(trial.distance(to: x) == 0 && trial.singleDistance(to: x) == 0)
    #expect(trial.perturbationShare() <= 1.001)
    #expect(trial.items(in: .axis(0)) == .axis(0) && trial.items(in: .axis(1)) == .axis(1))
    // As much of float32's units as float16 has of its own.
    let shares = zip(x.elements, trial.bounds()[0]).map { x, allowed in
      abs(Double(Float16(x)) - x) / (allowed * 0x1p24 * 0x1p-11)
    }
    let largest = try #require(shares.max())
    #expect(largest > 0.5 && largest <= 1)
  }

  private static func combined(_ function: Function, _ x: Double, _ y: Double) -> Double {
    switch function {
    case .add: x + y
    case .subtract: x - y
    case .multiply: x * y
    case .divide: x / y
    case .maximum: x > y ? x : y
    case .minimum: x < y ? x : y
    case .power: pow(x, y)
    }
  }

  /// As many inputs as there are dimensions; divisors are not near zero.
  private static func trial(_ function: Function, _ dimensions: [[Int]]) throws -> PrimitiveTrial {
    var generator = Generator(state: 5)
    let inputs = dimensions.enumerated().map { index, sizes in
      let array = generator.array(sizes)
      // What is negative has no power.
      if function == .power, index == 0 { return array.map { abs($0) + 0.5 } }
      return function == .divide && index > 0 ? array.map { $0 + ($0 < 0 ? -0.5 : 0.5) } : array
    }
    return try PrimitiveTrial(inputs) { values, definition throws(ModelError) in
      try definition.apply(Primitives.Combination(function), toAll: values)
    }
  }

  @Test(arguments: Function.allCases)
  func `tensors are combined element by element, as NumPy broadcasts`(
    _ function: Function
  ) throws {
    let cases: [([[Int]], [Int])] = [
      ([[2, 3], [2, 3]], [2, 3]), ([[2, 3, 4], [3, 1]], [2, 3, 4]),
      ([[4], [2, 3, 1]], [2, 3, 4]),
      ([[2, 3], []], [2, 3]), ([[1, 3], [2, 1]], [2, 3]), ([[2, 1, 4], [3, 4], [4]], [2, 3, 4]),
    ]
    for (dimensions, sizes) in cases
    where ![.divide, .power].contains(function) || dimensions.count == 2 {
      let trial = try Self.trial(function, dimensions)
      let expected = NDArray<Double>.generate(sizes) { place in
        let elements = trial.inputs.map { input in
          let offset = place.count - input.dimensions.count
          return input[
            input.dimensions.indices.map { input.dimensions[$0] == 1 ? 0 : place[offset + $0] }]
        }
        return elements.dropFirst().reduce(elements[0]) { Self.combined(function, $0, $1) }
      }
      #expect(trial.distance(to: expected) < 1e-15)
      #expect(trial.singleDistance(to: expected) < 1e-6)
      #expect(trial.roundingShare() <= 1)
      #expect(trial.perturbationShare() <= 1.005)
    }
  }

  @Test func `a difference of more than two is off by what is rounded on the way`() throws {
    // The result is small; the first difference, which is rounded, is not.
    let inputs = [1.0, -0x1.000002p-1, 1.5].map { NDArray([1], [$0]) }
    let trial = try PrimitiveTrial(inputs) { values, definition throws(ModelError) in
      try definition.apply(Primitives.Combination(.subtract), toAll: values)
    }
    #expect(trial.singleDistance(to: trial.outputs[0]) > 0)
    #expect(trial.roundingShare() <= 1)
  }

  @Test func `items are apart unless an input has its own along them`() throws {
    let trial = try Self.trial(.multiply, [[2, 3, 4], [3, 4], [1, 3, 1]])
    #expect(trial.items(in: .axis(0), .absent, .absent) == .axis(0))
    #expect(try trial.distanceOfItems(in: .axis(0), .absent, .absent) == 0)
    #expect(trial.items(in: .axis(1), .axis(0), .axis(1)) == .axis(1))
    #expect(try trial.distanceOfItems(in: .axis(1), .axis(0), .axis(1)) == 0)
    #expect(trial.items(in: .axis(2), .axis(1), .absent) == .axis(2))
    #expect(try trial.distanceOfItems(in: .axis(2), .axis(1), .absent) == 0)
    #expect(trial.items(in: .axis(1), .absent, .absent) == .mixed)
    #expect(trial.items(in: .axis(0), .axis(0), .absent) == .mixed)
  }

  // MARK: - Functions of one element

  /// The range of arguments that a function is tried on.
  private static func domain(
    _ function: Primitives.ElementFunction.Function
  ) -> ClosedRange<Double> {
    switch function {
    case .squareRoot: 0...4
    case .reciprocal, .reciprocalSquareRoot, .log, .log2, .log10: 0.125...4
    case .log1p: -0.5...3
    case .arcsin, .arccos, .arctanh: -0.875...0.875
    case .arccosh: 1.25...4
    case .tan: -1...1
    default: -3...3
    }
  }

  /// Another way to each value, by series and identities where there is one.
  private static func value(
    _ function: Primitives.ElementFunction.Function, _ x: Double
  ) -> Double {
    switch function {
    case .negative: 0 - x
    case .absolute: x < 0 ? 0 - x : x
    case .sign: x < 0 ? -1 : x > 0 ? 1 : 0
    case .square: pow(x, 2)
    case .reciprocal: pow(x, -1)
    case .squareRoot: pow(x, 0.5)
    case .reciprocalSquareRoot: pow(x, -0.5)
    case .exp: pow(M_E, x)
    case .expm1: 2 * exp(x / 2) * sinh(x / 2)
    case .log: log2(x) * M_LN2
    case .log1p: log(1 + x)
    case .log2: log(x) / M_LN2
    case .log10: log(x) / M_LN10
    case .sin: cos(x - .pi / 2)
    case .cos: sin(x + .pi / 2)
    case .tan: sin(x) / cos(x)
    case .arcsin: atan2(x, (1 - x * x).squareRoot())
    case .arccos: atan2((1 - x * x).squareRoot(), x)
    case .arctan: atan2(x, 1)
    case .sinh: (exp(x) - exp(-x)) / 2
    case .cosh: (exp(x) + exp(-x)) / 2
    case .arcsinh: copysign(log(abs(x) + (x * x + 1).squareRoot()), x)
    case .arccosh: log(x + (x * x - 1).squareRoot())
    case .arctanh: log((1 + x) / (1 - x)) / 2
    case .erf: Self.errorFunction(x)
    case .floor: -Self.value(.ceil, -x)
    case .ceil: fmod(x, 1) > 0 ? x - fmod(x, 1) + 1 : x - fmod(x, 1)
    case .trunc: x - fmod(x, 1)
    case .round:
      fmod(abs(x), 1) == 0.5
        ? 2 * Self.value(.trunc, (x + (x < 0 ? -0.5 : 0.5)) / 2)
        : Self.value(.floor, x + 0.5)
    }
  }

  /// The series of the error function.
  private static func errorFunction(_ x: Double) -> Double {
    var sum = 0.0
    var term = x
    for n in 0..<60 {
      sum += term / Double(2 * n + 1)
      term *= -x * x / Double(n + 1)
    }
    return sum * M_2_SQRTPI
  }

  @Test(arguments: Primitives.ElementFunction.Function.allCases)
  func `a function of each element is its formula`(
    _ function: Primitives.ElementFunction.Function
  ) throws {
    let range = Self.domain(function)
    // With the steps and the halves of the functions that have them, and places beside zero.
    let even = (0...96).map {
      range.lowerBound + (range.upperBound - range.lowerBound) * Double($0) / 96
    }
    let numbers = (even + [0x1p-16, -0x1p-16].filter(range.contains)).map { Double(Float($0)) }
    let sizes = [numbers.count]
    let trial = try PrimitiveTrial([NDArray(sizes, numbers)]) {
      values, definition throws(ModelError) in
      [try definition.function(function, values[0])]
    }
    let expected = NDArray(sizes, numbers.map { Self.value(function, $0) })
    #expect(trial.distance(to: expected) < 1e-13)
    #expect(trial.roundingShare() <= 1)
    #expect(trial.perturbationShare() <= 1.01)
    #expect(trial.items(in: .axis(0)) == .axis(0))
    #expect(try trial.distanceOfItems(in: .axis(0)) == 0)
  }

  @Test(
    arguments: [
      (Primitives.ElementFunction.Function.arcsin, 1.0), (.arccos, -1), (.arccosh, 1),
    ]) func `where a slope has no limit the bound is that of float32's next number`(
      _ function: Primitives.ElementFunction.Function, _ end: Double
    ) throws
  {
    let trial = try PrimitiveTrial([NDArray([1], [end])]) {
      values, definition throws(ModelError) in
      [try definition.function(function, values[0])]
    }
    let next = function == .arccosh ? 1 + 0x1p-23 : end * (1 - 0x1p-24)
    let off = abs(next - end) * 0x1p24
    let bound = trial.bounds(within: [RoundingBound(length: 0, magnitude: [], fixed: [off])])[0][0]
    let moved = trial.definition.values([NDArray([1], [next])], Parameters<Double>())[0]
    #expect(abs(moved.elements[0] - trial.outputs[0].elements[0]) <= bound)
  }

  @Test(arguments: [false, true])
  func `a product of zeros may be off by the product of what they are off by`(
    _ isMatrix: Bool
  ) throws {
    let zeros = NDArray<Double>(repeating: 0, [2, 2])
    let trial = try PrimitiveTrial([zeros, zeros]) { values, definition throws(ModelError) in
      [
        try isMatrix
          ? definition.product(values[0], values[1], bias: nil)
          : definition.combination(.multiply, values[0], values[1])
      ]
    }
    let off = RoundingBound(length: 0, magnitude: [], fixed: [Double](repeating: 0x1p14, count: 4))
    let moved = NDArray<Double>(repeating: 0x1p-10, [2, 2])
    let made = trial.definition.values([moved, moved], Parameters<Double>())[0].elements[0]
    #expect(trial.bounds(within: [off, off])[0].allSatisfy { made <= $0 })
  }
}
