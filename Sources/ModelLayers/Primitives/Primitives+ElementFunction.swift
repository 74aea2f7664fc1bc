internal import Glibc

extension Primitives {
  /// A function of each element by itself that is no activation function.
  public struct ElementFunction: Primitive, Hashable {
    /// The functions, by NumPy's names where it has them.
    public enum Function: String, CaseIterable, Hashable, Sendable {
      case negative, absolute, sign, square, reciprocal
      case squareRoot = "sqrt"
      case reciprocalSquareRoot = "rsqrt"
      case exp, expm1, log, log1p, log2, log10
      case sin, cos, tan, arcsin, arccos, arctan, sinh, cosh, arcsinh, arccosh, arctanh
      case erf, floor, ceil, round, trunc
    }

    /// What is applied.
    public var function: Function

    /// Makes the primitive.
    public init(_ function: Function) { self.function = function }

    /// Whether the function is one of rounding to integers, or of signs.
    public var hasSteps: Bool { function.isStepped }

    /// The types of the results; every rule about the inputs is checked here.
    public func results(for inputs: [TensorType]) throws(ModelError) -> [TensorType] {
      [TensorType(inputs[0].shape)]
    }

    /// Where the items of a batch are in the result.
    public func items(in inputs: [(ItemAxis, TensorType)]) -> ItemAxis { inputs[0].0 }

    /// Computes the results.
    public func values<Scalar: ReferenceScalar>(_ inputs: [NDArray<Scalar>]) -> [NDArray<Scalar>] {
      inputs.map { $0.mappedInDouble(function.formula) }
    }

    /// What the input is off by, times the slope of the function, and the function's own units.
    @specialized(where Scalar == Float) @specialized(where Scalar == Double)
    public func bounds<Scalar: ReferenceScalar>(
      _ inputs: [Inexact<Scalar>], results: [Inexact<Scalar>]
    ) -> [RoundingBound<Scalar>] {
      zip(inputs, results).map { input, result in
        var bound = RoundingBound<Scalar>.exact
        if !input.isExact {
          let errors = input.errors.map { Double($0) }
          bound = input.bound.times(slopes(at: input.value.elements, within: errors))
          bound.fixed = bound.fixed.plus(
            jumps(at: input.value.elements, within: errors, input))
        }
        return function.units == 0 ? bound : bound.adding(Scalar(function.units), of: result.value)
      }
    }

    private func slopes<Scalar: ReferenceScalar>(
      at elements: [Scalar], within errors: [Double]
    ) -> [Scalar] {
      zip(elements, errors).map { Scalar(function.slope(at: Double($0), within: $1)) }
    }

    /// The height of the steps that an inexact input may be on the wrong side of, in units.
    private func jumps<Scalar: ReferenceScalar>(
      at elements: [Scalar], within errors: [Double], _ input: Inexact<Scalar>
    ) -> [Scalar] {
      guard function.isStepped, input.countsJumps else { return [] }
      return zip(elements, errors).map { element, error in
        let x = Double(element)
        guard error != 0 else { return 0 }
        // Not a number is what nothing is known of.
        guard !error.isNaN else { return .infinity }
        // The next number at least, where float64 does not tell the sum from x.
        let low = function.formula(min(x - error, x.nextDown))
        let high = function.formula(max(x + error, x.nextUp))
        return low == high ? 0 : input.jump(Scalar(high - low))
      }
    }
  }
}

extension Primitives.ElementFunction.Function {
  /// The function.
  var formula: @Sendable (Double) -> Double {
    switch self {
    case .negative: { -$0 }
    case .absolute: { Swift.abs($0) }
    case .sign: { $0 > 0 ? 1 : $0 < 0 ? -1 : $0 }
    case .square: { $0 * $0 }
    case .reciprocal: { 1 / $0 }
    case .squareRoot: { $0.squareRoot() }
    case .reciprocalSquareRoot: { 1 / $0.squareRoot() }
    case .exp: { Glibc.exp($0) }
    case .expm1: { Glibc.expm1($0) }
    case .log: { Glibc.log($0) }
    case .log1p: { Glibc.log1p($0) }
    case .log2: { Glibc.log2($0) }
    case .log10: { Glibc.log10($0) }
    case .sin: { Glibc.sin($0) }
    case .cos: { Glibc.cos($0) }
    case .tan: { Glibc.tan($0) }
    case .arcsin: { Glibc.asin($0) }
    case .arccos: { Glibc.acos($0) }
    case .arctan: { Glibc.atan($0) }
    case .sinh: { Glibc.sinh($0) }
    case .cosh: { Glibc.cosh($0) }
    case .arcsinh: { Glibc.asinh($0) }
    case .arccosh: { Glibc.acosh($0) }
    case .arctanh: { Glibc.atanh($0) }
    case .erf: { Glibc.erf($0) }
    case .floor: { $0.rounded(.down) }
    case .ceil: { $0.rounded(.up) }
    case .round: { $0.rounded(.toNearestOrEven) }
    case .trunc: { $0.rounded(.towardZero) }
    }
  }

  /// The magnitude of the function's derivative; of squares and roots the steepest secant to a place
  /// that is no further off than the error, for around 0 they are far from their tangents.
  func slope(at x: Double, within error: Double) -> Double {
    switch self {
    case .negative, .absolute, .arcsinh: 1
    case .sign, .floor, .ceil, .round, .trunc: 0
    case .square: 2 * Swift.abs(x) + error
    case .reciprocal: 1 / (x * x)
    case .squareRoot:
      x > error
        ? 1 / (x.squareRoot() + (x - error).squareRoot()) : error > 0 ? 1 / error.squareRoot() : 0
    case .reciprocalSquareRoot: x > 0 ? 0.5 / (x * x.squareRoot()) : 0
    case .exp, .expm1: Glibc.exp(x)
    case .log: 1 / Swift.abs(x)
    case .log1p: 1 / Swift.abs(1 + x)
    case .log2: 1 / (Swift.abs(x) * Glibc.log(2))
    case .log10: 1 / (Swift.abs(x) * Glibc.log(10))
    case .sin, .cos, .arctan: 1
    case .tan: 1 + Glibc.tan(x) * Glibc.tan(x)
    case .arcsin, .arccos: 1 / max(1 - x * x, 0x1p-26).squareRoot()
    case .sinh, .cosh: Glibc.cosh(x)
    case .arccosh: 1 / max(x * x - 1, 0x1p-26).squareRoot()
    case .arctanh: 1 / max(1 - x * x, 0x1p-24)
    case .erf: 1.13
    }
  }

  /// The units in the last place that an implementation in float32 may be off by.
  ///
  /// Basic operations round once; a fast reciprocal square root errs by up to 4. For the others
  /// twice what float32 implementations (Eigen, XLA, glibc) are known to err by at most.
  var units: Double {
    switch self {
    case .negative, .absolute, .sign, .floor, .ceil, .round, .trunc: 0
    case .square, .squareRoot: 1
    case .reciprocal: 2
    case .reciprocalSquareRoot: 5
    case .exp, .log, .log1p, .log2, .log10, .sin, .cos: 6
    case .expm1: 11
    case .tan, .arcsin, .arccos, .arctan, .sinh, .cosh, .arcsinh, .arccosh, .arctanh: 13
    case .erf: 12
    }
  }

  /// Whether the function has steps.
  var isStepped: Bool {
    switch self {
    case .sign, .floor, .ceil, .round, .trunc: true
    default: false
    }
  }
}
