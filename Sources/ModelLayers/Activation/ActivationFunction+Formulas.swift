internal import Glibc

extension ActivationFunction {
  /// The shape of the function's result; the same but for `glu`.
  ///
  /// - Throws: `ModelError` where the input does not have the axes of the function.
  func outputShape(for input: Shape) throws(ModelError) -> Shape {
    switch self {
    case .softmax(let axes), .logSoftmax(let axes):
      _ = try input.axes(axes)
      return input
    case .sparsemax(let axis):
      _ = try input.axis(axis)
      return input
    case .glu(let axis):
      let axis = try input.axis(axis)
      var output = input
      if let size = input[axis] {
        guard size.isMultiple(of: 2) else {
          throw .invalidShape(input, reason: "cannot be halved along axis \(axis)")
        }
        output[axis] = size / 2
      }
      return output
    default: return input
    }
  }

  /// Applies the function.
  @specialized(where Scalar == Float) @specialized(where Scalar == Double)
  func applied<Scalar: ReferenceScalar>(to input: NDArray<Scalar>) -> NDArray<Scalar> {
    switch self {
    case .linear: return input
    case .relu(nil, negativeSlope: 0, threshold: 0): return input.rectified()
    case .relu(let maximum, let slope, let threshold):
      return input.rectified(maximum ?? .infinity, slope: slope, threshold: threshold)
    case .relu6: return input.clipped(0, 6)
    case .leakyReLU(let slope):
      return input.rectified(.infinity, slope: slope, threshold: 0)
    case .hardTanh: return input.clipped(-1, 1)
    case .softmax(let axes): return input.softmax(axes)
    case .logSoftmax(let axes): return input.logSoftmax(axes)
    case .sparsemax(let axis): return input.sparsemax(axis)
    case .glu(let axis): return input.gatedLinearUnit(axis)
    default: return input.mappedInDouble(elementFormula)
    }
  }

  /// The function of one number, for the functions that have one; written so
  /// that no digits cancel where the textbook's form would lose them.
  private var elementFormula: @Sendable (Double) -> Double {
    switch self {
    case .elu(let alpha): { $0 < 0 ? alpha * expm1($0) : $0 }
    case .selu: { Self.seluScale * ($0 < 0 ? Self.seluAlpha * expm1($0) : $0) }
    case .celu(let alpha): { max($0, 0) + alpha * expm1(min($0, 0) / alpha) }
    case .gelu(approximate: false): { 0.5 * $0 * erfc(-$0 * 0.5.squareRoot()) }
    case .gelu(approximate: true):
      // ½·x·(1 + tanh t) = x·StableFormula.sigmoid(2t)
      { $0 * StableFormula.sigmoid((8 / Double.pi).squareRoot() * ($0 + 0.044715 * $0 * $0 * $0)) }
    case .sigmoid: { StableFormula.sigmoid($0) }
    case .tanh: { Glibc.tanh($0) }
    case .softplus: { StableFormula.softplus($0) }
    case .softsign: { $0 / (1 + abs($0)) }
    case .exponential: { exp($0) }
    case .silu: { $0 * StableFormula.sigmoid($0) }
    case .mish: { $0 * Glibc.tanh(StableFormula.softplus($0)) }
    case .logSigmoid: { -StableFormula.softplus(-$0) }
    case .hardSigmoid(let slope, let offset): { StableFormula.clip(slope * $0 + offset, 0, 1) }
    case .hardSilu: { $0 * StableFormula.clip(($0 + 3) / 6, 0, 1) }
    case .hardShrink(let threshold): { abs($0) > threshold ? $0 : 0 }
    case .softShrink(let threshold):
      { $0 > threshold ? $0 - threshold : $0 < -threshold ? $0 + threshold : 0 }
    case .tanhShrink: { StableFormula.tanhShrink($0) }
    case .threshold(let threshold, let value): { $0 > threshold ? $0 : value }
    case .squareplus(let b): { StableFormula.squareplus($0, b) }
    case .sparsePlus: { $0 <= -1 ? 0 : $0 < 1 ? ($0 + 1) * ($0 + 1) / 4 : $0 }
    case .sparseSigmoid: { StableFormula.clip(0.5 * ($0 + 1), 0, 1) }
    default: { $0 }
    }
  }

  static let seluAlpha = 1.6732632423543772848170429916717
  static let seluScale = 1.0507009873554804934193349852946
}

// MARK: - Formulas of one number

/// Functions of one number, in forms that keep their digits.
enum StableFormula {
  static func clip(_ x: Double, _ low: Double, _ high: Double) -> Double {
    x < low ? low : x > high ? high : x
  }

  /// 1 ÷ (1 + e⁻ˣ).
  static func sigmoid(_ x: Double) -> Double {
    // e to a positive power would overflow to 1 ÷ ∞ only; to a negative one, it keeps the tail.
    guard x < 0 else { return 1 / (1 + exp(-x)) }
    let power = exp(x)
    return power / (1 + power)
  }

  /// ln(1 + eˣ).
  static func softplus(_ x: Double) -> Double {
    x.isNaN ? x : max(x, 0) + log1p(exp(-abs(x)))
  }

  /// x - tanh x.
  static func tanhShrink(_ x: Double) -> Double {
    guard abs(x) < 0.25 else { return x - tanh(x) }
    // The Taylor series: the next term is less than 1e-11 of the result at 0.25.
    let terms: [Double] = [
      1.0 / 3, -2.0 / 15, 17.0 / 315, -62.0 / 2835, 1382.0 / 155_925, -21844.0 / 6_081_075,
      929569.0 / 638_512_875, -6_404_582.0 / 10_854_718_875,
    ]
    let square = x * x
    return x * square * terms.reversed().reduce(0) { $0 * square + $1 }
  }

  /// (x + √(x² + b)) ÷ 2.
  static func squareplus(_ x: Double, _ b: Double) -> Double {
    let root = hypot(x, b.squareRoot())
    return x < 0 ? b / (2 * (root - x)) : (x + root) / 2
  }
}

// MARK: - Rectifiers

extension NDArray {
  @specialized(where Scalar == Float) @specialized(where Scalar == Double)
  fileprivate func rectified() -> NDArray { mapped(Rectifier()) }

  @specialized(where Scalar == Float) @specialized(where Scalar == Double)
  fileprivate func rectified(_ maximum: Double, slope: Double, threshold: Double) -> NDArray {
    mapped(
      LeakyRectifier(
        maximum: Scalar(maximum), slope: Scalar(slope), threshold: Scalar(threshold)))
  }

  @specialized(where Scalar == Float) @specialized(where Scalar == Double)
  fileprivate func clipped(_ low: Scalar, _ high: Scalar) -> NDArray {
    mapped(Clip(low: low, high: high))
  }
}

/// max(x, 0); NaN stays NaN.
private struct Rectifier<Scalar: ReferenceScalar>: ElementFormula {
  let zero: Scalar = 0

  func callAsFunction(_ x: Scalar) -> Scalar { x < zero ? zero : x }
}

/// `x > threshold → min(x, maximum); else slope·(x - threshold)`.
private struct LeakyRectifier<Scalar: ReferenceScalar>: ElementFormula {
  let maximum: Scalar
  let slope: Scalar
  let threshold: Scalar

  func callAsFunction(_ x: Scalar) -> Scalar {
    let upper = x > maximum ? maximum : x
    // Without a slope, an infinite x must not make NaN.
    let lower = slope == 0 && x <= threshold ? 0 : slope * (x - threshold)
    return x > threshold ? upper : lower
  }
}

/// x, but at least `low` and at most `high`; NaN stays NaN.
private struct Clip<Scalar: ReferenceScalar>: ElementFormula {
  let low: Scalar
  let high: Scalar

  func callAsFunction(_ x: Scalar) -> Scalar { x < low ? low : x > high ? high : x }
}
