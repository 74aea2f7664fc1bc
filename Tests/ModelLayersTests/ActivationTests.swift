import Glibc
import ModelLayers
import TestSupport
import Testing

/// A function, its textbook form in double precision, and in the single precision that
/// libraries compute it in.
struct ActivationCase: Sendable, CustomTestStringConvertible {
  let function: ActivationFunction
  let exact: @Sendable (Double) -> Double
  let rounded: @Sendable (Float) -> Float
  var testDescription: String { "\(function)" }

  init(
    _ function: ActivationFunction, _ exact: @escaping @Sendable (Double) -> Double,
    _ rounded: @escaping @Sendable (Float) -> Float
  ) {
    self.function = function
    self.exact = exact
    self.rounded = rounded
  }

  static let all: [ActivationCase] = rectifiers + smooth + shrinking

  static let rectifiers: [ActivationCase] = [
    .init(.linear, { $0 }, { $0 }),
    .init(.relu, { max($0, 0) }, { max($0, 0) }),
    .init(.relu6, { min(max($0, 0), 6) }, { min(max($0, 0), 6) }),
    .init(
      .relu(maximum: 5.3, negativeSlope: 0.1, threshold: 1.1),
      { $0 >= 5.3 ? 5.3 : $0 > 1.1 ? $0 : 0.1 * ($0 - 1.1) },
      { $0 > 1.1 ? min($0, 5.3) : -0.1 * (1.1 - $0) }),
    .init(.leakyReLU(), { $0 < 0 ? 0.2 * $0 : $0 }, { $0 < 0 ? 0.2 * $0 : $0 }),
    .init(.hardTanh, { min(max($0, -1), 1) }, { min(max($0, -1), 1) }),
    .init(.hardSigmoid(), { clip($0 / 6 + 0.5) }, { clip($0 * (1 / 6) + 0.5) }),
    .init(.hardSigmoid(slope: 0.2), { clip(0.2 * $0 + 0.5) }, { clip(0.2 * $0 + 0.5) }),
    .init(.hardSilu, { $0 * clip($0 / 6 + 0.5) }, { $0 * clip($0 * (1 / 6) + 0.5) }),
    .init(.sparseSigmoid, { clip(0.5 * ($0 + 1)) }, { clip(0.5 * ($0 + 1)) }),
    .init(
      .sparsePlus, { $0 <= -1 ? 0 : $0 < 1 ? ($0 + 1) * ($0 + 1) / 4 : $0 },
      { $0 <= -1 ? 0 : $0 < 1 ? 0.25 * powf($0 + 1, 2) : $0 }),
  ]

  static let smooth: [ActivationCase] = [
    .init(.elu(), { $0 < 0 ? exp($0) - 1 : $0 }, { $0 < 0 ? expf($0) - 1 : $0 }),
    .init(
      .elu(alpha: 0.7), { $0 < 0 ? 0.7 * (exp($0) - 1) : $0 },
      { x in
        x < 0 ? 0.7 * (expf(x) - 1) : x
      }),
    .init(
      .selu, { 1.0507009873554804 * ($0 < 0 ? 1.6732632423543772 * (exp($0) - 1) : $0) },
      { 1.0507009873554804 * ($0 < 0 ? 1.6732632423543772 * (expf($0) - 1) : $0) }),
    .init(
      .celu(alpha: 1.3), { $0 < 0 ? 1.3 * (exp($0 / 1.3) - 1) : $0 },
      { max($0, 0) + 1.3 * (expf(min($0, 0) / 1.3) - 1) }),
    .init(
      .gelu(), { 0.5 * $0 * (1 + erf($0 / 2.0.squareRoot())) },
      { 0.5 * $0 * (1 + erff($0 / Float(2).squareRoot())) }),
    .init(
      .gelu(approximate: true),
      { 0.5 * $0 * (1 + tanh((2 / Double.pi).squareRoot() * ($0 + 0.044715 * $0 * $0 * $0))) },
      { 0.5 * $0 * (1 + tanhf((2 / Float.pi).squareRoot() * ($0 + 0.044715 * $0 * $0 * $0))) }),
    .init(.sigmoid, { 1 / (1 + exp(-$0)) }, { 1 / (1 + expf(-$0)) }),
    .init(.tanh, { 1 - 2 / (exp(2 * $0) + 1) }, { tanhf($0) }),
    .init(.softplus, { log(1 + exp($0)) }, { max($0, 0) + log1pf(expf(-abs($0))) }),
    .init(.logSigmoid, { -log(1 + exp(-$0)) }, { min($0, 0) - log1pf(expf(-abs($0))) }),
    .init(.softsign, { $0 / (1 + abs($0)) }, { $0 / (1 + abs($0)) }),
    .init(.exponential, { exp($0) }, { expf($0) }),
    .init(.silu, { $0 / (1 + exp(-$0)) }, { $0 * (1 / (1 + expf(-$0))) }),
    .init(
      .mish, { $0 * tanh(log(1 + exp($0))) },
      { $0 * tanhf(max($0, 0) + log1pf(expf(-abs($0)))) }),
    .init(
      .squareplus(), { ($0 + ($0 * $0 + 4).squareRoot()) / 2 },
      { ($0 + ($0 * $0 + 4).squareRoot()) / 2 }),
  ]

  static let shrinking: [ActivationCase] = [
    .init(.hardShrink(), { abs($0) > 0.5 ? $0 : 0 }, { abs($0) > 0.5 ? $0 : 0 }),
    .init(
      .softShrink(threshold: 0.3), { $0 > 0.3 ? $0 - 0.3 : $0 < -0.3 ? $0 + 0.3 : 0 },
      { $0 > 0.3 ? $0 - 0.3 : $0 < -0.3 ? $0 + 0.3 : 0 }),
    .init(.tanhShrink, { $0 - tanh($0) }, { $0 - tanhf($0) }),
    .init(
      .threshold(threshold: 0.25, value: -0.7), { $0 > 0.25 ? $0 : -0.7 },
      { $0 > 0.25 ? $0 : -0.7 }),
  ]
}

private func clip<Scalar: BinaryFloatingPoint>(_ x: Scalar) -> Scalar { min(max(x, 0), 1) }

@Suite struct ActivationTests {
  /// Numbers of all magnitudes up to 300, of either sign.
  let widely: [Float] = stride(from: UInt32(0), to: (300 as Float).bitPattern, by: 49_999)
    .flatMap { [Float(bitPattern: $0), -Float(bitPattern: $0)] }

  func applied<Scalar: ReferenceScalar>(
    _ function: ActivationFunction, _ x: [Scalar]
  ) -> [Scalar] {
    Activation(function).forward([NDArray([x.count], x)], Parameters())[0].elements
  }

  @Test func `every function of one number has a case`() {
    let rows: Set = ["softmax", "log_softmax", "sparsemax", "glu"]
    let named = Set(ActivationFunction.all.map(\.name)).subtracting(rows)
    #expect(Set(ActivationCase.all.map(\.function.name)) == named)
  }

  @Test(arguments: ActivationCase.all)
  func `a function is its textbook form`(_ item: ActivationCase) {
    let x = stride(from: -12.0, through: 12, by: 0.0625).map { $0 }
    for (x, y) in zip(x, applied(item.function, x)) {
      let expected = item.exact(x)
      #expect(abs(y - expected) <= 1e-13 * (1 + abs(expected)), "at \(x)")
    }
  }

  @Test(arguments: ActivationCase.all)
  func `single precision stays inside the bound`(_ item: ActivationCase) throws {
    let input = NDArray([widely.count], widely.map(Double.init))
    let layer = Activation(item.function)
    let output = layer.forward([input], Parameters())[0]
    let bound = layer.roundingBounds([input], Parameters(), outputs: [output])[0]
    #expect(bound.magnitude.isEmpty)
    let own = applied(item.function, widely)
    var outside: [Float] = []
    for (index, x) in widely.enumerated() {
      let exact = output.elements[index]
      guard abs(exact) < 3e38 else { continue }
      // A subnormal number has fewer digits than the bound is relative to.
      let allowed = 0x1p-24 * bound.fixed[index] + 0x1p-149
      for rounded in [item.rounded(x), own[index]]
      where !(abs(Double(rounded) - exact) <= allowed) {
        outside.append(x)
      }
    }
    #expect(outside.isEmpty)
  }

  // The verifier takes what is recorded for the exact results, and adds the bounds of both sides.
  @Test(arguments: ActivationCase.all)
  func `a bound that is read off one rounded result covers another`(_ item: ActivationCase) {
    let x = widely + stride(from: -8, through: 8, by: 0.00390625) + [-1e4, -1e5, -1e6]
    let rounded = NDArray([x.count], x.map { Double(item.rounded($0)) })
    let layer = Activation(item.function)
    let bound = layer.roundingBounds([rounded], Parameters(), outputs: [rounded])[0]
    var outside: [Float] = []
    for (index, own) in applied(item.function, x).enumerated() {
      let other = rounded.elements[index]
      guard abs(other) < 3e38 else { continue }
      if !(abs(Double(own) - other) <= 0x1p-23 * bound.fixed[index] + 0x1p-149) {
        outside.append(x[index])
      }
    }
    #expect(outside.isEmpty)
  }

  // 1 + erf x is a unit below zero there by TensorFlow, and above it by others.
  @Test(arguments: [ActivationFunction.gelu(), .gelu(approximate: true)])
  func `a result that rounding has moved across zero is within the bound`(
    _ function: ActivationFunction
  ) {
    let made = NDArray([1], [0.5 * 5.404 * 0x1p-23])
    let bound = Activation(function).roundingBounds([made], Parameters(), outputs: [made])[0]
    #expect(0x1p-24 * bound.fixed[0] > 2 * made.elements[0])
  }

  // oneDNN's erf is an approximation whose error is of 1, not of what is small.
  @Test func `what oneDNN makes of a small argument of gelu is within the bound`() {
    let exact = NDArray([1], [0.016067784])
    let bound = Activation(.gelu()).roundingBounds([exact], Parameters(), outputs: [exact])[0]
    #expect(0x1p-24 * bound.fixed[0] > 0.016067794 - 0.016067784)
  }

  @Test func `digits that cancel in the textbook form are kept`() {
    let x = 0x1p-20
    #expect(abs(applied(.tanhShrink, [x])[0] / (x * x * x / 3) - 1) < 1e-12)
    #expect(abs(applied(.elu(), [-x])[0] + x - x * x / 2) < 1e-18)
    #expect(abs(applied(.softplus, [-40.0])[0] / exp(-40) - 1) < 1e-15)
    #expect(abs(applied(.squareplus(), [-1e9])[0] * 1e9 - 1) < 1e-15)
    #expect(abs(applied(.gelu(), [-10.0])[0] / -7.619853024160526e-23 - 1) < 1e-12)
    #expect(applied(.sigmoid, [-1000.0, 1000]) == [0, 1])
    #expect(applied(.softmax(), [1e300, 1e300]) == [0.5, 0.5])
  }

  @Test(arguments: [
    ActivationFunction.relu, .relu6, .relu(negativeSlope: 0.1), .hardTanh, .sigmoid, .gelu(),
  ])
  func `NaN is not hidden`(_ function: ActivationFunction) {
    #expect(applied(function, [Float.nan])[0].isNaN)
    #expect(applied(function, [Double.nan])[0].isNaN)
  }

  @Test(arguments: [
    ActivationFunction.softmax(), .softmax(axes: [1]), .softmax(axes: [1, -1]),
    .softmax(axes: [0, 1, 2]), .logSoftmax(axes: [-2]), .logSoftmax(axes: [2, 0]), .sparsemax(),
    .sparsemax(axis: 0),
  ])
  func `a function of rows is its definition`(_ function: ActivationFunction) throws {
    let axes: [Int] =
      switch function {
      case .softmax(let axes), .logSoftmax(let axes): axes
      case .sparsemax(let axis): [axis]
      default: []
      }
    let trial = try LayerTrial(Activation(function), [3, 4, 5])
    let x = NDArray([3, 4, 5], trial.inputs[0].elements.map { 3 * $0 })
    let y = Activation(function).forward([x], Parameters())[0]
    let taken = Set(axes.map { $0 < 0 ? $0 + 3 : $0 })
    let expected = NDArray<Double>.generate([3, 4, 5]) { place in
      var row: [Double] = []
      _ = NDArray<Double>.generate([3, 4, 5]) { other in
        if (0..<3).allSatisfy({ taken.contains($0) || place[$0] == other[$0] }) {
          row.append(x.at(other[0], other[1], other[2]))
        }
        return 0
      }
      let value = x.at(place[0], place[1], place[2])
      switch function {
      case .softmax: return exp(value) / row.map(exp).reduce(0, +)
      case .logSoftmax: return value - log(row.map(exp).reduce(0, +))
      default: return max(0, value - threshold(row))
      }
    }
    for (found, wanted) in zip(y.elements, expected.elements) {
      #expect(abs(found - wanted) < 1e-12)
    }
    #expect(trial.roundingShare() <= 1)
  }

  /// Keras's τ, of a row whose elements differ.
  func threshold(_ row: [Double]) -> Double {
    let sums = row.compactMap { value -> Double? in
      let larger = row.filter { $0 >= value }
      let sum = larger.reduce(0, +)
      return value - (sum - 1) / Double(larger.count) > 0 ? sum : nil
    }
    return (sums.reduce(0, +) - 1) / Double(sums.count)
  }

  @Test func `sparsemax is that of Keras, not of its paper`() {
    // The results of Keras 3.15 with JAX.
    let first = applied(.sparsemax(), [0.5, 0.25, 0, -1 as Float])
    #expect(abs(first[0] - 0.16666666) < 1e-7 && first[1...].allSatisfy { $0 == 0 })
    #expect(applied(.sparsemax(), [1.5, 1.25, 1, 0.5 as Float]) == [0, 0, 0, 0])
    #expect(applied(.sparsemax(), [3, 0.5, 0, 0 as Float]) == [1, 0, 0, 0])
  }

  @Test func `a sparsemax that rounding may decide is not bounded`() {
    func bound(_ row: [Double]) -> Double {
      let layer = Activation(.sparsemax())
      let input = NDArray([1, row.count], row)
      let output = layer.forward([input], Parameters())
      return layer.roundingBounds([input], Parameters(), outputs: output)[0].fixed[0] * 0x1p-24
    }
    #expect(bound([1, 0.25, 0]) < 1e-6)
    #expect(bound([1, 0, 0]) > 1)
    #expect(bound([1, 1e-9, 0]) > 1)
  }

  @Test(arguments: [1, 3, 30], [[-1], [1, 2]])
  func `a softmax in single precision stays inside the bound`(
    _ scale: Int, _ axes: [Int]
  ) throws {
    let length = axes.count == 1 ? 2 : 100
    var generator = Generator(state: 7)
    let input = NDArray(
      [4000 / length, length / 2, 2].filter { axes.count == 2 || $0 > 1 },
      generator.array([4000]).elements.map { Double(Float($0 * Double(scale)) + 1000) })
    let layer = Softmax(axis: axes)
    let output = layer.forward([input], Parameters())[0]
    let bound = layer.roundingBounds([input], Parameters(), outputs: [output])[0]
    #expect(bound.length == length)
    for row in 0..<4000 / length {
      let range = row * length..<(row + 1) * length
      let x = input.elements[range].map { Float($0) }
      // Over several axes Keras subtracts the logarithm of the sum.
      let largest = x.max() ?? 0
      let sum = x.reduce(0) { $0 + expf($1 - largest) }
      let logarithm = largest + logf(sum)
      for (index, x) in zip(range, x) {
        let y = axes.count == 1 ? expf(x - largest) / sum : expf(x - logarithm)
        let units = bound.fixed[index] + Double(length) * bound.magnitude[index]
        #expect(abs(Double(y) - output.elements[index]) <= 0x1p-24 * units)
      }
    }
  }

  @Test(arguments: [-1, 1, -2])
  func `a gated linear unit is its definition`(_ axis: Int) throws {
    let trial = try LayerTrial(Activation(.glu(axis: axis)), [2, 4, 6])
    let x = trial.inputs[0]
    let expected: NDArray<Double> =
      axis == -1
      ? .generate([2, 4, 3]) { place in
        x.at(place[0], place[1], place[2]) / (1 + exp(-x.at(place[0], place[1], place[2] + 3)))
      }
      : .generate([2, 2, 6]) { place in
        x.at(place[0], place[1], place[2]) / (1 + exp(-x.at(place[0], place[1] + 2, place[2])))
      }
    #expect(trial.distance(to: expected) < 1e-15)
    #expect(trial.roundingShare() <= 1)
  }

  @Test(arguments: ActivationFunction.all)
  func `a function behind a dense layer stays inside its bound`(
    _ function: ActivationFunction
  ) throws {
    let trial = try LayerTrial(Dense(24, activation: function), [40, 300])
    let share = trial.roundingShare()
    #expect(share <= 1)
  }

  @Test func `layers apply the functions of their names`() throws {
    let x: [Double] = [-2, -0.5, 0, 0.5, 8]
    let pairs: [(any Layer, ActivationFunction)] = [
      (
        ReLU(maxValue: 3, negativeSlope: 0.5, threshold: 0.25),
        .relu(maximum: 3, negativeSlope: 0.5, threshold: 0.25)
      ),
      (LeakyReLU(), .leakyReLU(negativeSlope: 0.3)), (ELU(alpha: 2), .elu(alpha: 2)),
      (Softmax(), .softmax()),
    ]
    for (layer, function) in pairs {
      let y = layer.forward([NDArray([x.count], x)], Parameters<Double>())[0].elements
      #expect(y == applied(function, x))
    }
    #expect(
      applied(.relu(maximum: 3, negativeSlope: 0.5, threshold: 0.25), x)
        == [-1.125, -0.375, -0.125, 0.5, 3])
  }

  @Test func `what a function cannot take is refused`() {
    let input: Shape = [nil, 4, 5]
    func refused(_ function: ActivationFunction) -> String {
      refusal { try Activation(function).outputShapes(for: [input]) }
    }
    #expect(
      refused(.softmax(axes: [3]))
        == "attribute 'axis' is 3; expected an axis of the input's shape [None, 4, 5]")
    #expect(
      refused(.logSoftmax(axes: [-1, 2]))
        == "attribute 'axis' is [-1, 2]; expected axes that differ")
    #expect(
      refused(.sparsemax(axis: Int.min))
        == "attribute 'axis' is \(Int.min); expected an axis of the input's shape [None, 4, 5]")
    #expect(refused(.glu()) == "shape [None, 4, 5] cannot be halved along axis 2")
    #expect(refused(.glu(axis: 1)) == "")
    #expect(
      refusal { try Softmax(attributes: ["axis": .ints([])]) }
        == "attribute 'axis' is []; expected at least one axis")
    #expect(
      refusal { try ReLU(attributes: ["max_value": .double(-1)]) }
        == "attribute 'max_value' is -1.0; expected at least 0")
    #expect(
      refusal { try ReLU(attributes: ["threshold": .double(.nan)]) }
        == "attribute 'threshold' is nan; expected a finite number")
    #expect(refusal { try ReLU().outputShapes(for: [input, input]) } == "has 2 inputs; expected 1")
  }
}
