internal import OrderedCollections

/// A layer that applies an activation function and nothing else.
package protocol ActivationLayer: Layer {
  /// What the layer applies.
  var function: ActivationFunction { get }

  /// Throws `ModelError.attribute` for parameters that Keras refuses too.
  func check() throws(ModelError)
}

extension ActivationLayer {
  package func check() throws(ModelError) {}

  /// The shape of the input; half of it along the axis of `glu`.
  public func outputShapes(for inputs: [Shape]) throws(ModelError) -> [Shape] {
    try check()
    return [try function.outputShape(for: singleInput(inputs))]
  }

  /// Applies the function.
  public func forward<Scalar: ReferenceScalar>(
    _ inputs: [NDArray<Scalar>], _ parameters: Parameters<Scalar>
  ) -> [NDArray<Scalar>] {
    inputs.map(function.applied)
  }

  /// What the function rounds.
  public func roundingBounds<Scalar: ReferenceScalar>(
    _ inputs: [NDArray<Scalar>], _ parameters: Parameters<Scalar>, outputs: [NDArray<Scalar>]
  ) -> [RoundingBound<Scalar>] {
    zip(inputs, outputs).map {
      function.roundingBound(of: $1, appliedTo: $0, appliedWithin: .exact($0))
    }
  }
}

/// Any activation function as a layer: `y = activation(x)`.
public struct Activation: ActivationLayer, Hashable {
  /// The name in the schema and in Keras.
  public static let kind = "Activation"

  /// The layer's name and how its weights begin.
  public var declaration = LayerDeclaration()

  /// What is applied.
  public let activation: ActivationFunction

  /// Makes the layer.
  public init(_ activation: ActivationFunction, name: String? = nil) {
    self.activation = activation
    declaration = LayerDeclaration(name: name)
  }

  /// Reads `activation` and its parameters.
  public init(attributes: Attributes) throws(ModelError) {
    activation = try ActivationFunction(attributes)
  }

  /// The complete canonical attributes.
  public var attributes: Attributes { activation.attributes() }

  package var function: ActivationFunction { activation }
}

/// The rectified linear unit: `x > threshold → min(x, maxValue); else
/// negativeSlope·(x - threshold)`.
public struct ReLU: ActivationLayer, Hashable {
  /// The name in the schema and in Keras.
  public static let kind = "ReLU"

  /// The layer's name and how its weights begin.
  public var declaration = LayerDeclaration()

  /// The largest result, if there is one; not negative.
  public let maxValue: Double?
  /// The slope up to the threshold; not negative.
  public let negativeSlope: Double
  /// Where the input starts to pass; not negative.
  public let threshold: Double

  /// Makes the layer, with the defaults of Keras 3.
  public init(
    maxValue: Double? = nil, negativeSlope: Double = 0, threshold: Double = 0, name: String? = nil
  ) {
    self.maxValue = maxValue
    self.negativeSlope = negativeSlope
    self.threshold = threshold
    declaration = LayerDeclaration(name: name)
  }

  /// Reads `max_value`, which may be absent, `negative_slope` and `threshold`.
  public init(attributes: Attributes) throws(ModelError) {
    maxValue = try attributes.optionalDouble("max_value")
    negativeSlope = try attributes.double("negative_slope", default: 0)
    threshold = try attributes.double("threshold", default: 0)
    try check()
  }

  /// The complete canonical attributes; without a largest result, without `max_value`.
  public var attributes: Attributes {
    var attributes: Attributes = [
      "negative_slope": .double(negativeSlope), "threshold": .double(threshold),
    ]
    if let maxValue { attributes["max_value"] = .double(maxValue) }
    return attributes
  }

  package var function: ActivationFunction {
    .relu(maximum: maxValue, negativeSlope: negativeSlope, threshold: threshold)
  }

  package func check() throws(ModelError) {
    for (name, value) in [
      ("max_value", maxValue ?? 0), ("negative_slope", negativeSlope), ("threshold", threshold),
    ] {
      guard value >= 0 else { throw .attribute(name, expected: "at least 0", found: "\(value)") }
    }
  }
}

/// A rectifier that leaks: `x ≥ 0 → x; else negativeSlope·x`.
public struct LeakyReLU: ActivationLayer, Hashable {
  /// The name in the schema and in Keras.
  public static let kind = "LeakyReLU"

  /// The layer's name and how its weights begin.
  public var declaration = LayerDeclaration()

  /// The slope below 0.
  public let negativeSlope: Double

  /// Makes the layer, with the default of Keras 3, which is not the one of the
  /// function `leaky_relu`.
  public init(negativeSlope: Double = 0.3, name: String? = nil) {
    self.negativeSlope = negativeSlope
    declaration = LayerDeclaration(name: name)
  }

  /// Reads `negative_slope`.
  public init(attributes: Attributes) throws(ModelError) {
    negativeSlope = try attributes.double("negative_slope", default: 0.3)
  }

  /// The complete canonical attributes.
  public var attributes: Attributes { ["negative_slope": .double(negativeSlope)] }

  package var function: ActivationFunction { .leakyReLU(negativeSlope: negativeSlope) }
}

/// The exponential linear unit: `x ≥ 0 → x; else alpha·(eˣ - 1)`.
public struct ELU: ActivationLayer, Hashable {
  /// The name in the schema and in Keras.
  public static let kind = "ELU"

  /// The layer's name and how its weights begin.
  public var declaration = LayerDeclaration()

  /// The distance from 0 of what the result tends to below 0.
  public let alpha: Double

  /// Makes the layer, with the default of Keras 3.
  public init(alpha: Double = 1, name: String? = nil) {
    self.alpha = alpha
    declaration = LayerDeclaration(name: name)
  }

  /// Reads `alpha`.
  public init(attributes: Attributes) throws(ModelError) {
    alpha = try attributes.double("alpha", default: 1)
  }

  /// The complete canonical attributes.
  public var attributes: Attributes { ["alpha": .double(alpha)] }

  package var function: ActivationFunction { .elu(alpha: alpha) }
}

/// The softmax: `eˣ ÷ Σ eˣ`, the sum over the given axes together.
public struct Softmax: ActivationLayer, Hashable {
  /// The name in the schema and in Keras.
  public static let kind = "Softmax"

  /// The layer's name and how its weights begin.
  public var declaration = LayerDeclaration()

  /// The axes, the batch axis being 0; a negative one counts from the last.
  public let axis: [Int]

  /// Makes the layer, with the default of Keras 3.
  public init(axis: [Int] = [-1], name: String? = nil) {
    self.axis = axis
    declaration = LayerDeclaration(name: name)
  }

  /// Reads `axis`.
  public init(attributes: Attributes) throws(ModelError) {
    axis = try attributes.ints("axis", default: [-1])
    try check()
  }

  /// The complete canonical attributes.
  public var attributes: Attributes { ["axis": .ints(axis)] }

  package var function: ActivationFunction { .softmax(axes: axis) }

  package func check() throws(ModelError) {
    guard !axis.isEmpty else {
      throw .attribute("axis", expected: "at least one axis", found: "[]")
    }
  }
}
