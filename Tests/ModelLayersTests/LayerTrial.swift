import ModelLayers

/// A layer with random inputs and weights that both precisions hold exactly.
struct LayerTrial {
  let layer: any Layer
  let inputs: [NDArray<Double>]
  let parameters: [String: NDArray<Double>]

  /// Draws inputs and weights of the right shapes; variances are positive.
  init(_ layer: any Layer, _ inputs: [Int]..., seed: UInt64 = 1) throws {
    var generator = Generator(state: seed)
    self.layer = layer
    self.inputs = inputs.map { generator.array($0) }
    var parameters: [String: NDArray<Double>] = [:]
    for specification in try layer.parameters(for: inputs.map { Shape($0) }) {
      let array = generator.array(specification.shape)
      parameters[specification.role] =
        specification.role.hasSuffix("variance")
        ? NDArray(array.dimensions, array.elements.map { abs($0) }) : array
    }
    self.parameters = parameters
  }

  /// The first output in double precision.
  var output: NDArray<Double> { layer.forward(inputs, Parameters(parameters))[0] }

  /// The largest rounding error of a single-precision run as a fraction of its bound.
  func roundingShare() -> Double {
    func narrow(_ array: NDArray<Double>) -> NDArray<Float> {
      NDArray(array.dimensions, array.elements.map { Float($0) })
    }
    let exact = output
    let rounded = layer.forward(
      inputs.map(narrow), Parameters(parameters.mapValues(narrow)))[0]
    let bound = layer.roundingBounds(inputs, Parameters(parameters), outputs: [exact])[0]
    let unit = 0x1p-24
    let growth = Double(bound.length) * unit / (1 - Double(bound.length) * unit)
    return exact.elements.indices.map { index in
      let sum = bound.magnitude.isEmpty ? 0 : growth * bound.magnitude[index]
      let error = abs(Double(rounded.elements[index]) - exact.elements[index])
      return error == 0 ? 0 : error / (sum + unit * bound.fixed[index])
    }.max() ?? 0
  }

  /// The largest distance of the output from another array; infinite where the
  /// dimensions differ.
  func distance(to expected: NDArray<Double>) -> Double {
    let output = output
    guard output.dimensions == expected.dimensions else { return .infinity }
    return zip(output.elements, expected.elements).map { abs($0 - $1) }.max() ?? 0
  }
}

/// Numbers from -1 to 1 in steps of 2⁻²⁰, by a linear congruential generator.
struct Generator {
  var state: UInt64

  mutating func array(_ dimensions: [Int]) -> NDArray<Double> {
    NDArray(
      dimensions,
      (0..<dimensions.reduce(1, *)).map { _ in
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Double(state >> 43) * 0x1p-20 - 1
      })
  }
}

extension NDArray {
  /// The element at a place.
  func at(_ place: Int...) -> Scalar {
    elements[zip(place, dimensions).reduce(0) { $0 * $1.1 + $1.0 }]
  }

  /// Calls `body` for each place, in row-major order.
  static func generate(_ dimensions: [Int], _ body: ([Int]) -> Scalar) -> NDArray {
    let count = dimensions.reduce(1, *)
    return NDArray(
      dimensions,
      (0..<count).map { index in
        var rest = index
        var place: [Int] = []
        for size in dimensions.reversed() {
          place.insert(rest % size, at: 0)
          rest /= size
        }
        return body(place)
      })
  }

  /// The array with its axes in another order.
  func permuted(_ order: [Int]) -> NDArray {
    .generate(order.map { dimensions[$0] }) { place in
      var source = place
      for (target, axis) in order.enumerated() { source[axis] = place[target] }
      return elements[zip(source, dimensions).reduce(0) { $0 * $1.1 + $1.0 }]
    }
  }
}
