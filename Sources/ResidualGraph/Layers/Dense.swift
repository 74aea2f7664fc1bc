internal import OrderedCollections

/// A fully connected layer, along the last axis.
///
/// `y[…, u] = activation(Σ x[…, c]·kernel[c, u] + bias[u])`
///
/// Weights: kernel `(channels, units)`, bias `(units)`.
public struct Dense: Layer, Hashable {
  /// The name in the schema and in Keras.
  public static let kind = "Dense"

  /// The layer's name and how its weights begin.
  public var declaration = LayerDeclaration()

  /// The size of the output's last axis.
  public let units: Int
  /// What is applied to the sums.
  public let activation: ActivationFunction
  /// Whether a bias is added.
  public let useBias: Bool

  /// Makes the layer, with the defaults of Keras 3.
  public init(
    _ units: Int, activation: ActivationFunction = .linear, useBias: Bool = true,
    kernelInitializer: Initializer = .glorotUniform(), biasInitializer: Initializer = .zeros,
    name: String? = nil
  ) {
    self.units = units
    self.activation = activation
    self.useBias = useBias
    declaration = LayerDeclaration(
      name: name, initializers: ["kernel": kernelInitializer, "bias": biasInitializer])
  }

  /// Reads Keras 3's attributes.
  public init(attributes: Attributes) throws(ModelError) {
    units = try attributes.positiveInt("units")
    activation = try ActivationFunction(attributes)
    useBias = try attributes.bool("use_bias", default: true)
  }

  /// The complete canonical attributes.
  public var attributes: Attributes {
    Attributes(["units": .int(units)])
      .merging(activation.attributes())
      .merging(["use_bias": .bool(useBias)])
  }

  /// The weights of an input `(batch, …, channels)`.
  public func parameters(for inputs: [Shape]) throws(ModelError) -> [ParameterSpecification] {
    let kernel = ParameterSpecification("kernel", [try channels(of: inputs), units])
    return useBias ? [kernel, ParameterSpecification("bias", [units])] : [kernel]
  }

  /// The input's shape with a last axis of `units`.
  public func outputShapes(for inputs: [Shape]) throws(ModelError) -> [Shape] {
    _ = try channels(of: inputs)
    var shape = try singleInput(inputs)
    shape[-1] = units
    return [try activation.outputShape(for: shape)]
  }

  /// Two operations for each weight that an element of the output is made with.
  public func operationCount(for inputs: [Shape]) throws(ModelError) -> Int {
    try outputShapes(for: inputs).operationCount(perElement: [2, channels(of: inputs)])
  }

  private func channels(of inputs: [Shape]) throws(ModelError) -> Int {
    let input = try singleInput(inputs)
    guard units > 0 else { throw .attribute("units", expected: "at least 1", found: "\(units)") }
    guard input.rank >= 2 else { throw .rank(expected: "[batch, …, channels]", found: input) }
    guard let channels = input[-1] else {
      throw .unknownDimension(shape: input, needed: "the number of channels")
    }
    return channels
  }
}

// MARK: - Formula

extension Dense {
  /// Computes the layer.
  @specialized(where Scalar == Float) @specialized(where Scalar == Double)
  public func forward<Scalar: ReferenceScalar>(
    _ inputs: [NDArray<Scalar>], _ parameters: Parameters<Scalar>
  ) -> [NDArray<Scalar>] {
    inputs.map { input in
      activation.applied(
        to: sums(input, parameters, .products))
    }
  }

  /// The bound of a sum of products, then of the activation function.
  @specialized(where Scalar == Float) @specialized(where Scalar == Double)
  public func roundingBounds<Scalar: ReferenceScalar>(
    _ inputs: [NDArray<Scalar>], _ parameters: Parameters<Scalar>, outputs: [NDArray<Scalar>]
  ) -> [RoundingBound<Scalar>] {
    zip(inputs, outputs).map { input, output in
      let magnitude = sums(input, parameters, .magnitudes)
      let length = parameters["kernel"].dimensions[0] + (useBias ? 1 : 0)
      return activation.roundingBound(
        of: output, appliedWithin: .sum(of: length, magnitude: magnitude))
    }
  }

  private func sums<Scalar: ReferenceScalar>(
    _ input: NDArray<Scalar>, _ parameters: Parameters<Scalar>, _ terms: Terms
  ) -> NDArray<Scalar> {
    NDArray(
      input.dimensions.dropLast() + [units],
      matrixProduct(
        [ArrayRows(input)], parameters["kernel"], bias: useBias ? parameters["bias"] : nil, terms))
  }
}
