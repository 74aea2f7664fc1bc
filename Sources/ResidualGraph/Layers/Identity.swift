internal import OrderedCollections

/// A layer that passes its input on: it acts in training only, or never.
package protocol InferenceIdentity: Layer {}

extension InferenceIdentity {
  /// The shape of the input.
  public func outputShapes(for inputs: [Shape]) throws(ModelError) -> [Shape] {
    [try singleInput(inputs)]
  }

  /// Passes the input on.
  public func forward<Scalar: ReferenceScalar>(
    _ inputs: [NDArray<Scalar>], _ parameters: Parameters<Scalar>
  ) -> [NDArray<Scalar>] { inputs }

  /// Exact.
  public func roundingBounds<Scalar: ReferenceScalar>(
    _ inputs: [NDArray<Scalar>], _ parameters: Parameters<Scalar>, outputs: [NDArray<Scalar>]
  ) -> [RoundingBound<Scalar>] { outputs.map(RoundingBound.exact) }
}

/// A layer that drops or disturbs a part of its input in training.
protocol DroppingLayer: InferenceIdentity {
  /// The part that is dropped.
  var rate: Double { get }
  init(_ rate: Double, name: String?)
}

extension DroppingLayer {
  /// Reads `rate`, from 0 to 1.
  public init(attributes: Attributes) throws(ModelError) {
    // Files of Keras always have it; it has no effect here.
    let rate = try attributes.double("rate", default: 0.5)
    guard rate >= 0, rate <= 1 else {
      throw .attribute("rate", expected: "0 to 1", found: "\(rate)")
    }
    self.init(rate, name: nil)
  }

  /// The complete canonical attributes.
  public var attributes: Attributes { ["rate": .double(rate)] }
}

/// Passes its input on; drops elements in training.
public struct Dropout: DroppingLayer, Hashable {
  /// The name in the schema and in Keras.
  public static let kind = "Dropout"

  /// The layer's name and how its weights begin.
  public var declaration = LayerDeclaration()
  /// The part of the elements that is dropped.
  public let rate: Double
  /// Makes the layer.
  public init(_ rate: Double, name: String? = nil) {
    self.rate = rate
    declaration = LayerDeclaration(name: name)
  }
}

/// Passes its input on; drops channels of sequences in training.
public struct SpatialDropout1D: DroppingLayer, Hashable {
  /// The name in the schema and in Keras.
  public static let kind = "SpatialDropout1D"

  /// The layer's name and how its weights begin.
  public var declaration = LayerDeclaration()
  /// The part of the channels that is dropped.
  public let rate: Double
  /// Makes the layer.
  public init(_ rate: Double, name: String? = nil) {
    self.rate = rate
    declaration = LayerDeclaration(name: name)
  }
}

/// Passes its input on; drops channels of images in training.
public struct SpatialDropout2D: DroppingLayer, Hashable {
  /// The name in the schema and in Keras.
  public static let kind = "SpatialDropout2D"

  /// The layer's name and how its weights begin.
  public var declaration = LayerDeclaration()
  /// The part of the channels that is dropped.
  public let rate: Double
  /// Makes the layer.
  public init(_ rate: Double, name: String? = nil) {
    self.rate = rate
    declaration = LayerDeclaration(name: name)
  }
}

/// Passes its input on; multiplies it with noise in training.
public struct GaussianDropout: DroppingLayer, Hashable {
  /// The name in the schema and in Keras.
  public static let kind = "GaussianDropout"

  /// The layer's name and how its weights begin.
  public var declaration = LayerDeclaration()
  /// The noise, as the rate of a dropout with the same variance.
  public let rate: Double
  /// Makes the layer.
  public init(_ rate: Double, name: String? = nil) {
    self.rate = rate
    declaration = LayerDeclaration(name: name)
  }
}

/// Passes its input on; drops elements in training and keeps mean and variance.
public struct AlphaDropout: DroppingLayer, Hashable {
  /// The name in the schema and in Keras.
  public static let kind = "AlphaDropout"

  /// The layer's name and how its weights begin.
  public var declaration = LayerDeclaration()
  /// The part of the elements that is dropped.
  public let rate: Double
  /// Makes the layer.
  public init(_ rate: Double, name: String? = nil) {
    self.rate = rate
    declaration = LayerDeclaration(name: name)
  }
}

/// Passes its input on; adds noise in training.
public struct GaussianNoise: InferenceIdentity, Hashable {
  /// The name in the schema and in Keras.
  public static let kind = "GaussianNoise"

  /// The layer's name and how its weights begin.
  public var declaration = LayerDeclaration()
  /// The standard deviation of the noise.
  public let stddev: Double

  /// Makes the layer.
  public init(_ stddev: Double, name: String? = nil) {
    self.stddev = stddev
    declaration = LayerDeclaration(name: name)
  }

  /// Reads `stddev`.
  public init(attributes: Attributes) throws(ModelError) {
    stddev = try attributes.double("stddev", default: 1)
  }

  /// The complete canonical attributes.
  public var attributes: Attributes { ["stddev": .double(stddev)] }
}

/// Passes its input on; adds to the loss in training.
public struct ActivityRegularization: InferenceIdentity, Hashable {
  /// The name in the schema and in Keras.
  public static let kind = "ActivityRegularization"

  /// The layer's name and how its weights begin.
  public var declaration = LayerDeclaration()

  /// Makes the layer.
  public init(name: String? = nil) {
    declaration = LayerDeclaration(name: name)
  }

  /// Reads nothing.
  public init(attributes: Attributes) {}

  /// None.
  public var attributes: Attributes { [:] }
}

/// Passes its input on.
public struct Identity: InferenceIdentity, Hashable {
  /// The name in the schema and in Keras.
  public static let kind = "Identity"

  /// The layer's name and how its weights begin.
  public var declaration = LayerDeclaration()

  /// Makes the layer.
  public init(name: String? = nil) {
    declaration = LayerDeclaration(name: name)
  }

  /// Reads nothing.
  public init(attributes: Attributes) {}

  /// None.
  public var attributes: Attributes { [:] }
}
