/// A layer that applies an activation function and nothing else.
package protocol ActivationLayer: UnaryLayer, DeclaredLayer {
  /// What the layer applies.
  var function: ActivationFunction { get }
}

extension ActivationLayer {
  /// Real numbers are taken.
  public func checkElements(_ inputs: [TensorType]) throws(ModelError) { try inputs.checkReal() }

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

/// What is above a threshold as it is, and nothing else: `y = x > theta ? x : 0`.
///
/// Keras 2 alone has it: `keras/src/layers/activation/thresholded_relu.py`.
public struct ThresholdedReLU: ActivationLayer, Hashable {
  /// The name in the schema and in Keras.
  public static let kind = "ThresholdedReLU"

  /// The layer's name and how its weights begin.
  public var declaration = LayerDeclaration()

  /// What is let through is more than this; not negative.
  public internal(set) var theta: Double

  /// Makes the layer, with the default of Keras 2.
  public init(theta: Double = 1, name: String? = nil) {
    self.theta = theta
    declaration = LayerDeclaration(name: name)
  }

  /// Keras's defaults.
  public static var prototype: ThresholdedReLU { ThresholdedReLU() }

  /// The attributes.
  public static let fields: [AttributeField<ThresholdedReLU>] = [
    .number("theta", \.theta, minimum: 0)
  ]

  package var function: ActivationFunction { .threshold(threshold: theta, value: 0) }
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
      "max_value", .number,
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
///
/// What a mask hides takes no part: `keras/src/layers/activations/softmax.py`.
public struct Softmax: ActivationLayer, Hashable {
  /// What becomes of elements that a mask hides.
  ///
  /// Keras has changed it; the ways differ where a mask hides all elements of a sum.
  public enum HiddenElements: String, CaseIterable, Hashable, Sendable {
    /// They are -10⁹ in the sum and 0 in the result. Keras from 3.14 on.
    case zero
    /// They are -10⁹ in the sum. Keras 3.13.
    case replace
    /// 10⁹ is taken from them, in float32. Keras up to 3.12.
    case add
  }

  /// The name in the schema and in Keras.
  public static let kind = "Softmax"

  /// The layer's name and how its weights begin.
  public var declaration = LayerDeclaration()

  /// The axes, the batch axis being 0; a negative one counts from the last.
  public internal(set) var axis: [Int]
  /// What becomes of elements that a mask hides.
  public internal(set) var masking = HiddenElements.zero

  /// Makes the layer, with the default of Keras 3.
  public init(axis: [Int] = [-1], name: String? = nil) {
    self.axis = axis
    declaration = LayerDeclaration(name: name)
  }

  /// Keras's defaults.
  public static var prototype: Softmax { Softmax() }

  /// The attributes.
  public static let fields: [AttributeField<Softmax>] = [
    .ints("axis", \.axis).expecting("at least one axis") { !$0.axis.isEmpty },
    .deviation("masking", \.masking, from: .zero),
  ]

  package var function: ActivationFunction { .softmax(axes: axis) }

  /// The function of what the mask, which is broadcast as NumPy does, lets through.
  public func define(
    _ inputs: [Definition.Value], masks: [Definition.Value?], in definition: inout Definition
  ) throws(ModelError) -> [Definition.Value] {
    let x = try inputs.only()
    return [try definition.maskedSoftmax(x, mask: masks[0], axes: axis, hidden: masking)]
  }
}
