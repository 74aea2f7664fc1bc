internal import Glibc

// How far an evaluation may be from the exact result, in multiples of the unit
// roundoff u of the type that it computes in, for an input that is exact.
//
// Where the function is made of correctly rounded operations the constants follow
// from the operations. An exponential, hyperbolic tangent or error function is as
// good as its implementation: the constants of those are twice the largest error
// that TensorFlow 2.15 (Eigen) and JAX 0.7 (XLA) showed on a CPU for 1.2 million
// arguments, from 1e-30 to 300 of either sign, against float64.
private enum Unit {
  /// e^x: seen 2.0.
  static let exponential = 4.0
  /// e^x - 1 by a function of its own: seen 5.3.
  static let exponentialLessOne = 11.0
  /// 1 ÷ (1 + e⁻ˣ): seen 3.5.
  static let sigmoid = 7.0
  /// tanh x: seen 6.4.
  static let tanh = 13.0
  /// ln(1 + eˣ): seen 7.7, where TensorFlow takes eˣ for it below -13.9.
  static let softplus = 16.0
  /// x·sigmoid x: seen 4.0.
  static let silu = 8.0
  /// x·tanh(ln(1 + eˣ)): seen 8.2.
  static let mish = 17.0
  /// ½·x·(1 + erf(x ÷ √2)), x positive: seen 10, by oneDNN on SSE 4.1 near x = 0.03; x
  /// negative, where 1 + erf cancels, absolutely: seen 14.7.
  static let gelu = (relative: 20.0, absolute: 30.0)
  /// The form with tanh, likewise: seen 3.6 and 12.3.
  static let approximateGELU = (relative: 8.0, absolute: 25.0)
  /// The smallest normal number of float32, not in units: both libraries take for zero
  /// what is smaller, and their exponentials do so too.
  static let smallestNormal = 0x1p-126
}

extension ActivationFunction {
  /// The rounding bound of the function's result, given the bound of what it was
  /// applied to.
  ///
  /// What the input may be off by is multiplied by the largest slope of the
  /// function, and what the function itself rounds is added.
  ///
  /// - Parameters:
  ///   - input: What it was applied to, if that is known; else its magnitude is taken from the
  ///     bound.
  ///   - unitRoundoff: The unit of the bound.
  ///   - countsJumps: Whether what is beside a step may be on its other side.
  @specialized(where Scalar == Float) @specialized(where Scalar == Double)
  func roundingBound<Scalar: ReferenceScalar>(
    of output: NDArray<Scalar>, appliedTo input: NDArray<Scalar>? = nil,
    appliedWithin bound: RoundingBound<Scalar>, unitRoundoff unit: Double, countsJumps: Bool
  ) -> RoundingBound<Scalar> {
    switch self {
    case .linear, .relu(nil, negativeSlope: 0, threshold: 0), .relu6, .hardTanh: bound
    case .softmax(let axes):
      softmaxBound(of: output, axes, magnitude(input, bound), bound, unit)
    case .logSoftmax(let axes): logSoftmaxBound(of: output, axes, bound)
    case .sparsemax(let axis):
      sparsemaxBound(of: output, axis, input, magnitude(input, bound), bound, unit, countsJumps)
    case .glu(let axis): gluBound(of: output, axis, bound, unit)
    default: elementBound(of: output, bound, unit)
    }
  }

  @specialized(where Scalar == Float) @specialized(where Scalar == Double)
  private func elementBound<Scalar: ReferenceScalar>(
    of output: NDArray<Scalar>, _ bound: RoundingBound<Scalar>, _ unit: Double
  ) -> RoundingBound<Scalar> {
    var result = bound
    result.coversValue = false
    for index in output.elements.indices {
      let y = Double(output.elements[index])
      let given = Double(bound.fixed[index])
      let sum = bound.magnitude.isEmpty ? 0 : Double(bound.magnitude[index])
      let inputError = unit * (given + Double(bound.length) * sum)
      let slope = largestSlope(at: y, within: inputError)
      let own = ownUnits(at: y, unit)
      result.fixed[index] = Scalar(slope * given + own)
      if !bound.magnitude.isEmpty { result.magnitude[index] = Scalar(slope * sum) }
    }
    return result
  }

  private func magnitude<Scalar: ReferenceScalar>(
    _ input: NDArray<Scalar>?, _ bound: RoundingBound<Scalar>
  ) -> [Scalar] {
    input?.magnitudes.elements ?? bound.magnitude
  }
}

// MARK: - Functions of one number

extension ActivationFunction {
  /// The largest slope of the function; where there is no largest, the slope at
  /// the argument of which `y` is the result.
  ///
  /// Of the functions of gates, which let an error through from step to step, it is the largest slope
  /// around that argument: over a distance e the slope of tanh grows by at most exp 2e, that of the
  /// sigmoid by exp e.
  private func largestSlope(at y: Double, within error: Double) -> Double {
    switch self {
    case .relu(_, let slope, _), .leakyReLU(let slope), .elu(let slope): max(1, abs(slope))
    case .selu: Self.seluScale * Self.seluAlpha
    case .gelu: 1.13
    case .sigmoid: min(0.25, y * (1 - y) * exp(error))
    case .tanh: min(1, (1 - y * y) * exp(2 * error))
    case .exponential: y
    case .silu: 1.1
    case .mish: 1.09
    case .hardSigmoid(let slope, _): abs(slope)
    case .hardSilu: 1.5
    case .sparseSigmoid: 0.5
    default: 1
    }
  }

  /// What the function itself rounds, in multiples of the unit roundoff.
  private func ownUnits(at y: Double, _ unit: Double) -> Double {
    let size = abs(y)
    let flushed = Unit.smallestNormal / unit
    func rounding(_ constant: Double) -> Double { Self.rounding(constant, unit) }
    // A result that is above zero but may be off by so many units may be of a negative argument: it
    // is not always the exact result that a bound is asked for, but what a library made of it.
    func isPositive(_ y: Double, within units: Double) -> Bool { y > units * unit }
    switch self {
    case .relu(let maximum, _, let threshold):
      // slope·(x - threshold): the slope, the difference, the product.
      return y > threshold ? rounding(maximum ?? 0) : 3 * size + rounding(threshold)
    case .leakyReLU: return y < 0 ? 2 * size : 0
    case .elu(let alpha), .celu(let alpha):
      return alpha >= 0 && isPositive(y, within: Unit.exponential * alpha)
        ? 0 : exponentialLessOne(size, scale: abs(alpha))
    case .selu:
      let scale = Self.seluScale * Self.seluAlpha
      let isLinear = isPositive(y, within: Unit.exponential * scale)
      return 2 * size + (isLinear ? 0 : exponentialLessOne(size, scale: scale))
    case .gelu(let isApproximate):
      let own = isApproximate ? Unit.approximateGELU : Unit.gelu
      return own.relative * size + (isPositive(y, within: own.absolute) ? 0 : own.absolute)
    case .sigmoid: return Unit.sigmoid * size + flushed
    case .tanh: return Unit.tanh * size
    case .softplus, .logSigmoid: return Unit.softplus * size + flushed
    case .softsign: return 2 * size
    case .exponential: return Unit.exponential * size + flushed
    // The sigmoid is taken for zero below -87.
    case .silu: return Unit.silu * size + 128 * flushed
    case .mish: return Unit.mish * size + 128 * flushed
    case .hardSigmoid(_, let offset):
      // slope·x: the slope and the product; the offset; the sum. Or, as Keras 3 does it,
      // relu6(x + 3) ÷ 6: the sum, the constant and the product, each relative to y.
      return max(2 * abs(y - offset) + rounding(offset) + size, 3 * size)
    case .hardSilu:
      // x is in -3…0 for a negative result: three times the error of the hard sigmoid there.
      return y > 0 ? 4 * size : 5
    case .softShrink(let threshold): return size + rounding(threshold)
    case .tanhShrink:
      // tanh x where x - tanh x is y, but for the error e·x of tanh x: it is less than 1, x, and
      // ∛6y + √6e + y, since x³ ÷ 3 is less than twice the larger of y and e·x.
      let least = (6 * Unit.tanh * unit).squareRoot()
      return Unit.tanh * min(1, cbrt(6 * size) + least + size) + size
    case .hardShrink: return 0
    case .threshold(_, let value): return rounding(value)
    case .squareplus(let b):
      // √(x² + b) = y + b ÷ 4y is off by 2 units and cancels against a negative x; nothing is left
      // where y is less than √bu.
      return y > 0 ? 2 * (y + b / (4 * y)) + y : (abs(b) / unit).squareRoot()
    case .sparsePlus: return 4 * size
    case .sparseSigmoid: return size
    default: return 0
    }
  }

  /// What scale·(e^x - 1) may be off by.
  ///
  /// TensorFlow does subtract 1 from e^x: for a small x what is left is the error of e^x.
  private func exponentialLessOne(_ size: Double, scale: Double) -> Double {
    Unit.exponential * max(scale - size, 0) + Unit.exponentialLessOne * size
  }

  /// What a constant loses when it is rounded to the type, in units.
  private static func rounding(_ constant: Double, _ unit: Double) -> Double {
    let isExact =
      unit > 0x1p-24 ? constant.isExactInEveryType : Double(Float(constant)) == constant
    return isExact ? 0 : abs(constant)
  }

  /// How far the result jumps where an input is beside the function's threshold, which is rounded to
  /// the type as well.
  func jumps<Scalar: ReferenceScalar>(of input: Inexact<Scalar>) -> [Scalar] {
    guard input.countsJumps, let threshold else { return [] }
    let unit = input.unitRoundoff
    let rounding = Scalar(Self.rounding(threshold, unit) * unit)
    let given = input.errors
    guard !given.isEmpty || rounding > 0 else { return [] }
    let errors = input.value.elements.map { _ in rounding }.plus(given)
    let below = applied(
      to: NDArray(input.dimensions, zip(input.value.elements, errors).map { $0 - $1 }))
    let above = applied(
      to: NDArray(input.dimensions, zip(input.value.elements, errors).map { $0 + $1 }))
    return errors.indices.map { index in
      let height = abs(above.elements[index] - below.elements[index])
      // What is less is the function's slope.
      return height > 8 * errors[index] ? input.jump(height) : 0
    }
  }

  /// Where the function of one number jumps; `nil` where it does not.
  var threshold: Double? {
    switch self {
    case .relu(_, _, let threshold) where threshold != 0: threshold
    case .hardShrink(let threshold), .threshold(let threshold, _): threshold
    default: nil
    }
  }
}

// MARK: - Functions of a row

extension ActivationFunction {
  /// ∂yᵢ = yᵢ(∂xᵢ - Σ yⱼ∂xⱼ), at most 2·yᵢ times the row's largest error.
  ///
  /// Of its own the softmax rounds the exponentials, their arguments x - m and their
  /// sum: in yᵢ the argument is ln(m's result ÷ yᵢ), in the sum it is ln(row length) on
  /// average at most. Over several axes Keras subtracts the logarithm of the sum from x,
  /// which rounds in proportion to the inputs themselves.
  private func softmaxBound<Scalar: ReferenceScalar>(
    of output: NDArray<Scalar>, _ axes: [Int], _ magnitude: [Scalar],
    _ bound: RoundingBound<Scalar>, _ unit: Double
  ) -> RoundingBound<Scalar> {
    let rowLength = output.rowLength(axes)
    let largest = output.rowMaxima(of: output.elements, axes)
    let sums = output.rowMaxima(of: bound.magnitude, axes)
    let given = output.rowMaxima(of: bound.fixed, axes)
    let scale = axes.count > 1 ? output.rowMaxima(of: magnitude, axes) : []
    var result = RoundingBound(
      length: max(bound.length, rowLength), magnitude: output.elements, fixed: given)
    for index in output.elements.indices {
      let y = Double(output.elements[index])
      let depth = y > 0 ? log(Double(largest[index]) / y) : 0
      var own = Unit.exponential + depth + log(Double(rowLength)) + 2
      if !scale.isEmpty { own += 2 * Double(scale[index]) }
      result.fixed[index] = Scalar(
        y * (2 * Double(given[index]) + own) + Unit.smallestNormal / unit)
      if !sums.isEmpty { result.magnitude[index] *= 1 + 2 * sums[index] }
    }
    return result
  }

  /// ∂yᵢ = ∂xᵢ - Σ pⱼ∂xⱼ.
  ///
  /// Of its own it rounds x - m, the logarithm and the difference,
  /// none of which is larger than y or ln(row length), and the sum, relative to itself.
  private func logSoftmaxBound<Scalar: ReferenceScalar>(
    of output: NDArray<Scalar>, _ axes: [Int], _ bound: RoundingBound<Scalar>
  ) -> RoundingBound<Scalar> {
    let rowLength = output.rowLength(axes)
    let sums = output.rowMaxima(of: bound.magnitude, axes)
    let given = output.rowMaxima(of: bound.fixed, axes)
    let constant = Unit.exponential + 3 * log(Double(rowLength))
    var result = RoundingBound(
      length: max(bound.length, rowLength), magnitude: output.elements, fixed: given)
    for index in output.elements.indices {
      let own = constant + 2 * abs(Double(output.elements[index]))
      result.fixed[index] = Scalar(2 * Double(given[index]) + own)
      result.magnitude[index] = sums.isEmpty ? 1 : 1 + 2 * sums[index]
    }
    return result
  }

  /// y = a·σ(b): ∂y = σ(b)∂a + y(1 - σ(b))∂b, at most ∂a + y∂b.
  private func gluBound<Scalar: ReferenceScalar>(
    of output: NDArray<Scalar>, _ axis: Int, _ bound: RoundingBound<Scalar>, _ unit: Double
  ) -> RoundingBound<Scalar> {
    var inputDimensions = output.dimensions
    inputDimensions[axis < 0 ? axis + inputDimensions.count : axis] *= 2
    func merged(_ parts: [Scalar]) -> [Scalar] {
      guard !parts.isEmpty else { return [] }
      let (values, gates) = NDArray(inputDimensions, parts).halves(along: axis)
      return output.elements.indices.map {
        values.elements[$0] + abs(output.elements[$0]) * gates.elements[$0]
      }
    }
    let own = output.elements.map {
      Scalar((Unit.sigmoid + 1) * Double(abs($0)) + 128 * Unit.smallestNormal / unit)
    }
    return RoundingBound(
      length: bound.length, magnitude: merged(bound.magnitude),
      fixed: zip(own, merged(bound.fixed)).map { $0 + $1 })
  }
}

extension NDArray {
  /// The number of elements in a row along some axes.
  func rowLength(_ axes: [Int]) -> Int {
    axes.map { dimensions[$0 < 0 ? $0 + dimensions.count : $0] }.reduce(1, *)
  }

  /// The largest value of each row along some axes, for each element; empty for no values.
  func rowMaxima(of values: [Scalar], _ axes: [Int]) -> [Scalar] {
    guard !values.isEmpty else { return [] }
    return NDArray(dimensions, values).alongRows(axes) { row in
      Array(repeating: row.max() ?? 0, count: row.count)
    }.elements
  }
}
