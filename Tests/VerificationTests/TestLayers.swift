import ResidualGraph

/// The formula `y = x·kernel + bias`.
struct Linear: Layer {
  static let kind = "Linear"
  var declaration = LayerDeclaration()
  var units: Int
  var attributes: Attributes { ["units": .int(units)] }

  init(_ units: Int) { self.units = units }
  init(attributes: Attributes) throws(ModelError) { units = try attributes.int("units") }

  func parameters(for inputs: [Shape]) throws(ModelError) -> [ParameterSpecification] {
    [
      ParameterSpecification("kernel", [inputs[0][-1] ?? 0, units]),
      ParameterSpecification("bias", [units]),
    ]
  }

  func outputShapes(for inputs: [Shape]) throws(ModelError) -> [Shape] {
    guard let input = inputs.first, inputs.count == 1 else {
      throw .inputCount(expected: "1", found: inputs.count)
    }
    return [[input[0], units]]
  }

  func forward<Scalar: ReferenceScalar>(
    _ inputs: [NDArray<Scalar>], _ parameters: Parameters<Scalar>
  ) -> [NDArray<Scalar>] {
    [sums(inputs[0], parameters["kernel"], parameters["bias"])]
  }

  func roundingBounds<Scalar: ReferenceScalar>(
    _ inputs: [NDArray<Scalar>], _ parameters: Parameters<Scalar>, outputs: [NDArray<Scalar>]
  ) -> [RoundingBound<Scalar>] {
    func magnitudes(_ array: NDArray<Scalar>) -> NDArray<Scalar> {
      NDArray(array.dimensions, array.elements.map { abs($0) })
    }
    let sums = sums(
      magnitudes(inputs[0]), magnitudes(parameters["kernel"]), magnitudes(parameters["bias"]))
    return [
      RoundingBound(
        length: inputs[0].dimensions[1] + 1, magnitude: sums.elements,
        fixed: Array(repeating: 0, count: sums.elements.count))
    ]
  }

  private func sums<Scalar: ReferenceScalar>(
    _ input: NDArray<Scalar>, _ kernel: NDArray<Scalar>, _ bias: NDArray<Scalar>
  ) -> NDArray<Scalar> {
    let (rows, channels) = (input.dimensions[0], input.dimensions[1])
    var result = NDArray<Scalar>(repeating: 0, [rows, units])
    for row in 0..<rows {
      for unit in 0..<units {
        var sum: Scalar = 0
        for channel in 0..<channels {
          sum += input.elements[row * channels + channel] * kernel.elements[channel * units + unit]
        }
        result.elements[row * units + unit] = sum + bias.elements[unit]
      }
    }
    return result
  }
}

/// The formula `y = (x - mean) / sqrt(variance + epsilon)`.
struct Standardization: Layer {
  static let kind = "Standardization"
  var declaration = LayerDeclaration()
  var epsilon: Double
  var attributes: Attributes { ["epsilon": .double(epsilon)] }

  init(epsilon: Double) { self.epsilon = epsilon }
  init(attributes: Attributes) throws(ModelError) { epsilon = try attributes.double("epsilon") }

  func parameters(for inputs: [Shape]) throws(ModelError) -> [ParameterSpecification] {
    let channels = [inputs[0][-1] ?? 0]
    return [ParameterSpecification("mean", channels), ParameterSpecification("variance", channels)]
  }

  func outputShapes(for inputs: [Shape]) throws(ModelError) -> [Shape] { [inputs[0]] }

  func forward<Scalar: ReferenceScalar>(
    _ inputs: [NDArray<Scalar>], _ parameters: Parameters<Scalar>
  ) -> [NDArray<Scalar>] {
    [map(inputs[0], parameters) { x, mean, deviation in (x - mean) / deviation }]
  }

  func roundingBounds<Scalar: ReferenceScalar>(
    _ inputs: [NDArray<Scalar>], _ parameters: Parameters<Scalar>, outputs: [NDArray<Scalar>]
  ) -> [RoundingBound<Scalar>] {
    let magnitudes = map(inputs[0], parameters) { x, mean, deviation in
      (abs(x) + abs(mean)) / deviation
    }
    return [RoundingBound(length: 0, magnitude: [], fixed: magnitudes.elements.map { 5 * $0 })]
  }

  private func map<Scalar: ReferenceScalar>(
    _ input: NDArray<Scalar>, _ parameters: Parameters<Scalar>,
    _ body: (Scalar, Scalar, Scalar) -> Scalar
  ) -> NDArray<Scalar> {
    let (mean, variance) = (parameters["mean"].elements, parameters["variance"].elements)
    let elements = input.elements.enumerated().map { index, x in
      let channel = index % mean.count
      return body(x, mean[channel], (variance[channel] + Scalar(epsilon)).squareRoot())
    }
    return NDArray(input.dimensions, elements)
  }
}

/// The formula `y = max(x, 0)`.
struct Rectifier: Layer {
  static let kind = "Rectifier"
  var declaration = LayerDeclaration()
  var attributes: Attributes { [:] }

  init() {}
  init(attributes: Attributes) throws(ModelError) {}

  func outputShapes(for inputs: [Shape]) throws(ModelError) -> [Shape] { [inputs[0]] }

  func forward<Scalar: ReferenceScalar>(
    _ inputs: [NDArray<Scalar>], _ parameters: Parameters<Scalar>
  ) -> [NDArray<Scalar>] {
    [NDArray(inputs[0].dimensions, inputs[0].elements.map { max($0, 0) })]
  }

  func roundingBounds<Scalar: ReferenceScalar>(
    _ inputs: [NDArray<Scalar>], _ parameters: Parameters<Scalar>, outputs: [NDArray<Scalar>]
  ) -> [RoundingBound<Scalar>] { outputs.map(RoundingBound.exact) }
}

/// Two outputs: the input, and its negative.
struct Signs: Layer {
  static let kind = "Signs"
  var declaration = LayerDeclaration()
  var attributes: Attributes { [:] }

  init() {}
  init(attributes: Attributes) throws(ModelError) {}

  func outputShapes(for inputs: [Shape]) throws(ModelError) -> [Shape] { [inputs[0], inputs[0]] }

  func forward<Scalar: ReferenceScalar>(
    _ inputs: [NDArray<Scalar>], _ parameters: Parameters<Scalar>
  ) -> [NDArray<Scalar>] {
    [inputs[0], NDArray(inputs[0].dimensions, inputs[0].elements.map { -$0 })]
  }

  func roundingBounds<Scalar: ReferenceScalar>(
    _ inputs: [NDArray<Scalar>], _ parameters: Parameters<Scalar>, outputs: [NDArray<Scalar>]
  ) -> [RoundingBound<Scalar>] { outputs.map(RoundingBound.exact) }
}

/// The sum of two inputs.
struct Sum: Layer {
  static let kind = "Sum"
  var declaration = LayerDeclaration()
  var attributes: Attributes { [:] }

  init() {}
  init(attributes: Attributes) throws(ModelError) {}

  func outputShapes(for inputs: [Shape]) throws(ModelError) -> [Shape] { [inputs[0]] }

  func forward<Scalar: ReferenceScalar>(
    _ inputs: [NDArray<Scalar>], _ parameters: Parameters<Scalar>
  ) -> [NDArray<Scalar>] {
    [NDArray(inputs[0].dimensions, zip(inputs[0].elements, inputs[1].elements).map(+))]
  }

  func roundingBounds<Scalar: ReferenceScalar>(
    _ inputs: [NDArray<Scalar>], _ parameters: Parameters<Scalar>, outputs: [NDArray<Scalar>]
  ) -> [RoundingBound<Scalar>] { outputs.map { .relative(1, $0) } }
}
