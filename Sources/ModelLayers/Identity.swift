/// A layer that passes its input on: it acts in training only, or never.
package protocol InferenceIdentity: UnaryLayer, DeclaredLayer {}

extension InferenceIdentity {
  /// The input.
  public func define(
    _ x: Definition.Value, in definition: inout Definition
  ) throws(ModelError) -> Definition.Value { x }
}

/// A layer that drops or disturbs a part of its input in training.
protocol DroppingLayer: InferenceIdentity {
  /// The part that is dropped.
  var rate: Double { get set }
  init(_ rate: Double, name: String?)
}

extension DroppingLayer {
  /// Half of the input is dropped; files of Keras always say how much, and it has no effect here.
  public static var prototype: Self { Self(0.5, name: nil) }

  /// The attributes.
  public static var fields: [AttributeField<Self>] {
    [.number("rate", \.rate).expecting("0 to 1") { (0...1).contains($0.rate) }]
  }
}

/// Passes its input on; drops elements in training.
public struct Dropout: DroppingLayer, Hashable {
  /// The name in the schema and in Keras.
  public static let kind = "Dropout"

  /// The layer's name and how its weights begin.
  public var declaration = LayerDeclaration()
  /// The part of the elements that is dropped.
  public internal(set) var rate: Double
  /// Makes the layer.
  public init(_ rate: Double, name: String? = nil) {
    self.rate = rate
    declaration = LayerDeclaration(name: name)
  }
}

/// Passes its input on; drops channels in training, along `rank` axes together.
public struct SpatialDropout<let rank: Int>: DroppingLayer, Hashable {
  /// The name in the schema and in Keras.
  public static var kind: String { "SpatialDropout\(rank)D" }

  /// The layer's name and how its weights begin.
  public var declaration = LayerDeclaration()
  /// The part of the channels that is dropped.
  public internal(set) var rate: Double
  /// Makes the layer.
  public init(_ rate: Double, name: String? = nil) {
    self.rate = rate
    declaration = LayerDeclaration(name: name)
  }
}

/// Drops channels of sequences in training.
public typealias SpatialDropout1D = SpatialDropout<1>
/// Drops channels of images in training.
public typealias SpatialDropout2D = SpatialDropout<2>
/// Drops channels of volumes in training.
public typealias SpatialDropout3D = SpatialDropout<3>

/// Passes its input on; multiplies it with noise in training.
public struct GaussianDropout: DroppingLayer, Hashable {
  /// The name in the schema and in Keras.
  public static let kind = "GaussianDropout"

  /// The layer's name and how its weights begin.
  public var declaration = LayerDeclaration()
  /// The noise, as the rate of a dropout with the same variance.
  public internal(set) var rate: Double
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
  public internal(set) var rate: Double
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
  public internal(set) var stddev: Double

  /// Makes the layer.
  public init(_ stddev: Double, name: String? = nil) {
    self.stddev = stddev
    declaration = LayerDeclaration(name: name)
  }

  /// Noise of a standard deviation of 1.
  public static var prototype: GaussianNoise { GaussianNoise(1) }

  /// The attributes.
  public static let fields: [AttributeField<GaussianNoise>] = [.number("stddev", \.stddev)]
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

  /// The layer.
  public static var prototype: ActivityRegularization { ActivityRegularization() }

  /// None.
  public static let fields: [AttributeField<ActivityRegularization>] = []
}

/// Passes its input on.
public struct Identity: InferenceIdentity, OptionalMaskPassing, Hashable {
  /// The name in the schema and in Keras.
  public static let kind = "Identity"

  /// The layer's name and how its weights begin.
  public var declaration = LayerDeclaration()
  /// Whether the mask of the input is handed on.
  public internal(set) var passesMask = true

  /// Makes the layer.
  public init(name: String? = nil) {
    declaration = LayerDeclaration(name: name)
  }

  /// The layer.
  public static var prototype: Identity { Identity() }

  /// The attributes.
  public static let fields: [AttributeField<Identity>] = [.passesMask]
}
