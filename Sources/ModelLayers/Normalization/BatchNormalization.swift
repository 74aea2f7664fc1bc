/// Normalization by the mean and variance that training has seen (Ioffe and
/// Szegedy, 2015), as it is at inference.
///
/// `y = (x - moving_mean) / √(moving_variance + epsilon)·gamma + beta`, for each
/// channel.
///
/// Weights: gamma, beta, moving_mean, moving_variance, each `(channels)`.
public struct BatchNormalization: UnaryLayer, DeclaredLayer, Hashable {
  /// The name in the schema and in Keras.
  public static let kind = "BatchNormalization"

  /// The layer's name and how its weights begin.
  public var declaration = LayerDeclaration()

  /// The axis of the channels; negative ones count from the last.
  public internal(set) var axis: Int
  /// The weight of the past in the moving statistics; only training uses it.
  public internal(set) var momentum: Double
  /// What is added to the variance.
  public internal(set) var epsilon: Double
  /// Whether beta is added.
  public internal(set) var center: Bool
  /// Whether gamma is multiplied.
  public internal(set) var scale: Bool

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

  /// Keras's defaults.
  public static var prototype: BatchNormalization { BatchNormalization() }

  /// The attributes.
  public static let fields: [AttributeField<BatchNormalization>] = [
    .int("axis", \.axis), .number("momentum", \.momentum), .number("epsilon", \.epsilon),
    .flag("center", \.center), .flag("scale", \.scale),
  ]

  /// Real numbers are taken.
  public func checkElements(_ inputs: [TensorType]) throws(ModelError) { try inputs.checkReal() }

  /// A normalization by the moving statistics.
  public func define(
    _ x: Definition.Value, in definition: inout Definition
  ) throws(ModelError) -> Definition.Value {
    let axes = try x.shape.normalizedAxes([axis])
    let sizes = try x.shape.sizes(of: axes)
    let gamma = scale ? definition.weight("gamma", sizes) : nil
    let beta = center ? definition.weight("beta", sizes) : nil
    let mean = definition.weight("moving_mean", sizes, isTrainable: false)
    let variance = definition.weight("moving_variance", sizes, isTrainable: false)
    return try definition.normalization(
      x, mean: mean, variance: variance, gamma: gamma, beta: beta, epsilon: epsilon,
      statisticsAxes: axes, parameterAxes: axes)
  }
}
