/// A layer that applies an activation function and nothing else.
package protocol ActivationLayer: UnaryLayer, DeclaredLayer {
  /// What the layer applies.
  var function: ActivationFunction { get }
}

extension ActivationLayer {
  /// The function.
  public func define(
    _ x: Definition.Value, in definition: inout Definition
  ) throws(ModelError) -> Definition.Value {
    try definition.activation(function, x)
  }
}

/// Any activation function as a layer: `y = activation(x)`.
public struct Activation: ActivationLayer, Hashable {
  /// The name in the schema and in Keras.
  public static let kind = "Activation"

  /// The layer's name and how its weights begin.
  public var declaration = LayerDeclaration()

  /// What is applied.
  public internal(set) var activation: ActivationFunction

  /// Makes the layer.
  public init(_ activation: ActivationFunction, name: String? = nil) {
    self.activation = activation
    declaration = LayerDeclaration(name: name)
  }

  /// Keras's defaults.
  public static var prototype: Activation { Activation(.linear) }

  /// The attributes.
  public static let fields: [AttributeField<Activation>] = [
    .activation(\.activation)
  ]

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
  public internal(set) var maxValue: Double?
  /// The slope up to the threshold; not negative.
  public internal(set) var negativeSlope: Double
  /// Where the input starts to pass; not negative.
  public internal(set) var threshold: Double

  /// Makes the layer, with the defaults of Keras 3.
  public init(
    maxValue: Double? = nil, negativeSlope: Double = 0, threshold: Double = 0, name: String? = nil
  ) {
    self.maxValue = maxValue
    self.negativeSlope = negativeSlope
    self.threshold = threshold
    declaration = LayerDeclaration(name: name)
  }

  /// Keras's defaults.
  public static var prototype: ReLU { ReLU() }

  /// The attributes.
  public static let fields: [AttributeField<ReLU>] = [
    AttributeField(
      "max_value",
      read: { attributes, layer throws(ModelError) in
        layer.maxValue = try attributes.optionalDouble("max_value")
      },
      write: { layer, attributes in
        if let maximum = layer.maxValue { attributes["max_value"] = .double(maximum) }
      }
    ).expecting("at least 0") { ($0.maxValue ?? 0) >= 0 },
    .number("negative_slope", \.negativeSlope, minimum: 0),
    .number("threshold", \.threshold, minimum: 0),
  ]

  package var function: ActivationFunction {
    .relu(maximum: maxValue, negativeSlope: negativeSlope, threshold: threshold)
  }

}

/// A rectifier that leaks: `x ≥ 0 → x; else negativeSlope·x`.
public struct LeakyReLU: ActivationLayer, Hashable {
  /// The name in the schema and in Keras.
  public static let kind = "LeakyReLU"

  /// The layer's name and how its weights begin.
  public var declaration = LayerDeclaration()

  /// The slope below 0.
  public internal(set) var negativeSlope: Double

  /// Makes the layer, with the default of Keras 3, which is not the one of the
  /// function `leaky_relu`.
  public init(negativeSlope: Double = 0.3, name: String? = nil) {
    self.negativeSlope = negativeSlope
    declaration = LayerDeclaration(name: name)
  }

  /// Keras's defaults.
  public static var prototype: LeakyReLU { LeakyReLU() }

  /// The attributes.
  public static let fields: [AttributeField<LeakyReLU>] = [
    .number("negative_slope", \.negativeSlope)
  ]

  package var function: ActivationFunction { .leakyReLU(negativeSlope: negativeSlope) }
}

/// The exponential linear unit: `x ≥ 0 → x; else alpha·(eˣ - 1)`.
public struct ELU: ActivationLayer, Hashable {
  /// The name in the schema and in Keras.
  public static let kind = "ELU"

  /// The layer's name and how its weights begin.
  public var declaration = LayerDeclaration()

  /// The distance from 0 of what the result tends to below 0.
  public internal(set) var alpha: Double

  /// Makes the layer, with the default of Keras 3.
  public init(alpha: Double = 1, name: String? = nil) {
    self.alpha = alpha
    declaration = LayerDeclaration(name: name)
  }

  /// Keras's defaults.
  public static var prototype: ELU { ELU() }

  /// The attributes.
  public static let fields: [AttributeField<ELU>] = [
    .number("alpha", \.alpha)
  ]

  package var function: ActivationFunction { .elu(alpha: alpha) }
}

/// The softmax: `eˣ ÷ Σ eˣ`, the sum over the given axes together.
public struct Softmax: ActivationLayer, Hashable {
  /// The name in the schema and in Keras.
  public static let kind = "Softmax"

  /// The layer's name and how its weights begin.
  public var declaration = LayerDeclaration()

  /// The axes, the batch axis being 0; a negative one counts from the last.
  public internal(set) var axis: [Int]

  /// Makes the layer, with the default of Keras 3.
  public init(axis: [Int] = [-1], name: String? = nil) {
    self.axis = axis
    declaration = LayerDeclaration(name: name)
  }

  /// Keras's defaults.
  public static var prototype: Softmax { Softmax() }

  /// The attributes.
  public static let fields: [AttributeField<Softmax>] = [
    .ints("axis", \.axis).expecting("at least one axis") { !$0.axis.isEmpty }
  ]

  package var function: ActivationFunction { .softmax(axes: axis) }

}
