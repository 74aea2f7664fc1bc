internal import OrderedCollections

/// Normalization by the mean and variance that training has seen (Ioffe and
/// Szegedy, 2015), as it is at inference.
///
/// `y = (x - moving_mean) / √(moving_variance + epsilon)·gamma + beta`, for each
/// channel.
///
/// Weights: gamma, beta, moving_mean, moving_variance, each `(channels)`.
public struct BatchNormalization: Layer, Hashable {
  /// The name in the schema and in Keras.
  public static let kind = "BatchNormalization"

  /// The layer's name and how its weights begin.
  public var declaration = LayerDeclaration()

  /// The axis of the channels; negative ones count from the last.
  public let axis: Int
  /// The weight of the past in the moving statistics; only training uses it.
  public let momentum: Double
  /// What is added to the variance.
  public let epsilon: Double
  /// Whether beta is added.
  public let center: Bool
  /// Whether gamma is multiplied.
  public let scale: Bool

  /// Makes the layer, with the defaults of Keras 3.
  public init(
    axis: Int = -1, momentum: Double = 0.99, epsilon: Double = 1e-3, center: Bool = true,
    scale: Bool = true, betaInitializer: Initializer = .zeros,
    gammaInitializer: Initializer = .ones, movingMeanInitializer: Initializer = .zeros,
    movingVarianceInitializer: Initializer = .ones, name: String? = nil
  ) {
    self.axis = axis
    self.momentum = momentum
    self.epsilon = epsilon
    self.center = center
    self.scale = scale
    declaration = LayerDeclaration(
      name: name,
      initializers: [
        "beta": betaInitializer, "gamma": gammaInitializer, "moving_mean": movingMeanInitializer,
        "moving_variance": movingVarianceInitializer,
      ])
  }

  /// Reads Keras 3's attributes.
  public init(attributes: Attributes) throws(ModelError) {
    axis = try attributes.int("axis", default: -1)
    momentum = try attributes.double("momentum", default: 0.99)
    epsilon = try attributes.double("epsilon", default: 1e-3)
    center = try attributes.bool("center", default: true)
    scale = try attributes.bool("scale", default: true)
  }

  /// The complete canonical attributes.
  public var attributes: Attributes {
    [
      "axis": .int(axis), "momentum": .double(momentum), "epsilon": .double(epsilon),
      "center": .bool(center), "scale": .bool(scale),
    ]
  }

  /// The weights of an input that has the axis.
  public func parameters(for inputs: [Shape]) throws(ModelError) -> [ParameterSpecification] {
    let input = try singleInput(inputs)
    let sizes = try NormalizedAxes([axis], of: input).sizes(of: input)
    var list: [ParameterSpecification] = []
    if scale { list.append(ParameterSpecification("gamma", sizes)) }
    if center { list.append(ParameterSpecification("beta", sizes)) }
    return list + [
      ParameterSpecification("moving_mean", sizes, isTrainable: false),
      ParameterSpecification("moving_variance", sizes, isTrainable: false),
    ]
  }

  /// The shape of the input.
  public func outputShapes(for inputs: [Shape]) throws(ModelError) -> [Shape] {
    let input = try singleInput(inputs)
    _ = try NormalizedAxes([axis], of: input).sizes(of: input)
    return [input]
  }
}

// MARK: - Formula

extension BatchNormalization {
  /// Computes the layer.
  @specialized(where Scalar == Float) @specialized(where Scalar == Double)
  public func forward<Scalar: ReferenceScalar>(
    _ inputs: [NDArray<Scalar>], _ parameters: Parameters<Scalar>
  ) -> [NDArray<Scalar>] {
    let factor = factors(parameters)
    let mean = parameters["moving_mean"].elements
    let beta = center ? parameters["beta"].elements : mean.map { _ in 0 }
    return inputs.map { input in
      input.mapChannels(along: axis) { x, channel in
        (x - mean[channel]) * factor[channel] + beta[channel]
      }
    }
  }

  /// Nine units in the last place of `|x·s| + |moving_mean·s| + |beta|`, where s is
  /// `gamma / √(moving_variance + epsilon)`.
  ///
  /// Backends compute either the formula or `x·s + (beta - moving_mean·s)`. The
  /// factor s is within 6 units of itself: the rounding of epsilon and of the sum
  /// move the root by half a unit each, a fast reciprocal square root errs by up
  /// to 4, and gamma is one more product. A term then takes part in at most three
  /// more operations: a product and two additions.
  @specialized(where Scalar == Float) @specialized(where Scalar == Double)
  public func roundingBounds<Scalar: ReferenceScalar>(
    _ inputs: [NDArray<Scalar>], _ parameters: Parameters<Scalar>, outputs: [NDArray<Scalar>]
  ) -> [RoundingBound<Scalar>] {
    let factor = factors(parameters)
    let mean = parameters["moving_mean"].elements
    let beta = center ? parameters["beta"].elements : mean.map { _ in 0 }
    return inputs.map { input in
      let magnitude = input.mapChannels(along: axis) { x, channel in
        (abs(x) + abs(mean[channel])) * abs(factor[channel]) + abs(beta[channel])
      }
      return .units(9, of: magnitude.elements)
    }
  }

  private func factors<Scalar: ReferenceScalar>(_ parameters: Parameters<Scalar>) -> [Scalar] {
    let variance = parameters["moving_variance"].elements
    let gamma = scale ? parameters["gamma"].elements : variance.map { _ in 1 }
    return zip(gamma, variance).map { $0 / ($1 + Scalar(epsilon)).squareRoot() }
  }
}

extension NDArray {
  /// The array with each element replaced by a function of it and of its place
  /// along one axis.
  @inline(__always)
  func mapChannels(
    along axis: Int, _ transform: @Sendable (Scalar, _ channel: Int) -> Scalar
  ) -> NDArray {
    let indices = BroadcastIndices(
      dimensions, axes: [axis < 0 ? axis + dimensions.count : axis])
    let length = indices.rowLength
    let step = indices.step
    guard length > 0 else { return self }
    let result = filledInParallel(
      rowCount: elements.count / length, rowLength: length, minimumRows: 4096 / length + 1
    ) { (rows, output: inout MutableSpan<Scalar>) in
      for row in rows {
        let input = elements.span.extracting(row * length..<(row + 1) * length)
        let start = (row - rows.lowerBound) * length
        let channel = indices.start(ofRow: row)
        for index in input.indices {
          output[start + index] = transform(input[index], channel + index * step)
        }
      }
    }
    return NDArray(dimensions, result)
  }
}
