/// Normalization of each sample by the mean and variance of groups of channels (Wu and He, 2018).
///
/// The channels are divided into groups of neighbours; m and v are the mean and the population
/// variance of a group's channels at all places: `y = (x - m) / √(v + epsilon)·gamma + beta`. As
/// `keras/src/layers/normalization/group_normalization.py`.
///
/// Weights: gamma, beta, each `(channels)`.
public struct GroupNormalization: UnaryLayer, DeclaredLayer, Hashable {
  /// The name in the schema and in Keras.
  public static let kind = "GroupNormalization"

  /// The layer's name and how its weights begin.
  public var declaration = LayerDeclaration()

  /// The number of groups; -1 for one of each channel alone.
  public internal(set) var groups: Int
  /// The axis of the channels; a negative one counts from the last.
  public internal(set) var axis: Int
  /// What is added to the variance.
  public internal(set) var epsilon: Double
  /// Whether beta is added.
  public internal(set) var center: Bool
  /// Whether gamma is multiplied.
  public internal(set) var scale: Bool

  /// Makes the layer, with the defaults of Keras 3.
  public init(
    groups: Int = 32, axis: Int = -1, epsilon: Double = 1e-3, center: Bool = true,
    scale: Bool = true, betaInitializer: Initializer = .zeros,
    gammaInitializer: Initializer = .ones,
    name: String? = nil
  ) {
    self.groups = groups
    self.axis = axis
    self.epsilon = epsilon
    self.center = center
    self.scale = scale
    declaration = LayerDeclaration(
      name: name, initializers: ["beta": betaInitializer, "gamma": gammaInitializer])
  }

  /// Keras's defaults.
  public static var prototype: GroupNormalization { GroupNormalization() }

  /// The attributes.
  public static let fields: [AttributeField<GroupNormalization>] = [
    .int("groups", \.groups).expecting("at least 1, or -1") { $0.groups > 0 || $0.groups == -1 },
    .int("axis", \.axis), .number("epsilon", \.epsilon), .flag("center", \.center),
    .flag("scale", \.scale),
  ]

  /// Real numbers are taken.
  public func checkElements(_ inputs: [TensorType]) throws(ModelError) { try inputs.checkReal() }

  /// A normalization of what has one more axis, that of the groups before that of their channels.
  public func define(
    _ x: Definition.Value, in definition: inout Definition
  ) throws(ModelError) -> Definition.Value {
    let axis = try x.shape.axis(axis)
    guard axis > 0 else {
      throw .attribute("axis", expected: "another axis than that of the batch", found: "\(axis)")
    }
    let channels = try x.shape.sizes(of: [axis])[0]
    let groups = groups == -1 ? channels : groups
    guard channels > 0, channels.isMultiple(of: groups) else {
      throw .attribute(
        "groups", expected: "a divisor of the input's \(channels) channels", found: "\(groups)")
    }
    var sizes = x.shape.dimensions
    sizes[axis] = channels / groups
    sizes.insert(groups, at: axis)
    let grouped = try definition.reshape(x, sizes)
    let gamma = scale ? definition.weight("gamma", [channels]) : nil
    let beta = center ? definition.weight("beta", [channels]) : nil
    let (mean, variance) = try definition.moments(
      grouped, over: sizes.indices.filter { $0 > 0 && $0 != axis })
    let normalized = try definition.normalization(
      grouped, mean: mean, variance: variance, gamma: gamma, beta: beta, epsilon: epsilon,
      statisticsAxes: [0, axis], parameterAxes: [axis, axis + 1])
    return try definition.reshape(normalized, x.shape.dimensions)
  }
}
