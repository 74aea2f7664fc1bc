/// Normalization by the mean and variance of each sample itself (Ba, Kiros and
/// Hinton, 2016).
///
/// `y = (x - m) / √(v + epsilon)·gamma + beta` with the mean m and the population
/// variance v over all axes of `axes` together. With `rmsScaling`, as Keras 3 has
/// it, `y = x / √(v + epsilon)·gamma`: nothing is subtracted, but v is still the
/// variance about the mean.
///
/// Weights: gamma, beta, each of the sizes of the axes.
public struct LayerNormalization: UnaryLayer, DeclaredLayer, Hashable {
  /// The name in the schema and in Keras.
  public static let kind = "LayerNormalization"

  /// The layer's name and how its weights begin.
  public var declaration = LayerDeclaration()

  /// The normalized axes; negative ones count from the last.
  public internal(set) var axes: [Int]
  /// What is added to the variance.
  public internal(set) var epsilon: Double
  /// Whether beta is added; never with `rmsScaling`.
  public internal(set) var center: Bool
  /// Whether gamma is multiplied; always with `rmsScaling`.
  public internal(set) var scale: Bool
  /// Whether the mean is left where it is.
  public internal(set) var rmsScaling: Bool

  /// Makes the layer, with the defaults of Keras 3.
  public init(
    axes: [Int] = [-1], epsilon: Double = 1e-3, center: Bool = true, scale: Bool = true,
    rmsScaling: Bool = false, betaInitializer: Initializer = .zeros,
    gammaInitializer: Initializer = .ones, name: String? = nil
  ) {
    self.axes = axes
    self.epsilon = epsilon
    self.center = center
    self.scale = scale
    self.rmsScaling = rmsScaling
    declaration = LayerDeclaration(
      name: name, initializers: ["beta": betaInitializer, "gamma": gammaInitializer])
  }

  /// Keras's defaults.
  public static var prototype: LayerNormalization { LayerNormalization() }

  /// The attributes; `axis` is a list.
  public static let fields: [AttributeField<LayerNormalization>] = [
    .ints("axis", \.axes).expecting("at least one axis") { !$0.axes.isEmpty },
    .number("epsilon", \.epsilon), .flag("center", \.center), .flag("scale", \.scale),
    .flag("rms_scaling", \.rmsScaling),
  ]

  /// Real numbers are taken.
  public func checkElements(_ inputs: [TensorType]) throws(ModelError) { try inputs.checkReal() }

  /// A normalization by the input's own statistics.
  public func define(
    _ x: Definition.Value, in definition: inout Definition
  ) throws(ModelError) -> Definition.Value {
    let axes = try x.shape.normalizedAxes(self.axes)
    let groups = x.shape.dimensions.indices.filter { !axes.contains($0) }
    let sizes = try x.shape.sizes(of: axes)
    let gamma = scale || rmsScaling ? definition.weight("gamma", sizes) : nil
    let beta = center && !rmsScaling ? definition.weight("beta", sizes) : nil
    let (mean, variance) = try definition.moments(x, over: axes)
    return try definition.normalization(
      x, mean: rmsScaling ? nil : mean, variance: variance, gamma: gamma, beta: beta,
      epsilon: epsilon, statisticsAxes: groups, parameterAxes: axes)
  }
}
