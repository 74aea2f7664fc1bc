/// Normalization of the features of a data set by a mean and variance that were
/// taken before training, or its inverse.
///
/// `y = (x - mean) / max(√variance, 10⁻⁷)`, inverted `y = x·max(√variance, 10⁻⁷) + mean`,
/// for each place along the axes.
///
/// The statistics are weights: mean and variance of the sizes of the axes, and the
/// number of samples they are of, which no formula uses; or they are attributes.
public struct Normalization: UnaryLayer, DeclaredLayer, OptionalMaskPassing, Hashable {
  /// The name in the schema and in Keras.
  public static let kind = "Normalization"

  /// The layer's name and how its weights begin.
  public var declaration = LayerDeclaration()

  /// Statistics that are given instead of learned.
  public struct Statistics: Hashable, Sendable {
    /// One mean for all places, or one for each, row-major.
    public var mean: [Double]
    /// One variance for all places, or one for each, row-major.
    public var variance: [Double]

    /// Makes statistics.
    public init(mean: [Double], variance: [Double]) {
      self.mean = mean
      self.variance = variance
    }
  }

  /// The axes that have statistics of their own; negative ones count from the last.
  public internal(set) var axes: [Int]
  /// The statistics, or `nil` where they are weights.
  public internal(set) var statistics: Statistics?
  /// Whether the layer undoes the normalization.
  public internal(set) var invert: Bool
  /// Whether the mask of the input is handed on.
  public internal(set) var passesMask = true

  /// Makes the layer, with the defaults of Keras 3.
  public init(
    axes: [Int] = [-1], statistics: Statistics? = nil, invert: Bool = false, name: String? = nil
  ) {
    self.axes = axes
    self.statistics = statistics
    self.invert = invert
    declaration = LayerDeclaration(name: name)
  }

  /// Keras's defaults.
  public static var prototype: Normalization { Normalization() }

  /// The attributes; `mean` and `variance` are there where they are not weights.
  public static let fields: [AttributeField<Normalization>] = [
    .ints("axis", \.axes), .flag("invert", \.invert),
    AttributeField(
      "mean", .implied,
      read: { attributes, layer throws(ModelError) in
        guard attributes["mean"] != nil || attributes["variance"] != nil else { return }
        layer.statistics = Statistics(
          mean: try attributes.doubles("mean"), variance: try attributes.doubles("variance"))
      },
      write: { layer, attributes in
        guard let statistics = layer.statistics else { return }
        attributes["mean"] = .doubles(statistics.mean)
        attributes["variance"] = .doubles(statistics.variance)
      }),
    .passesMask,
  ]

  /// A difference and a quotient, or their inverse.
  public func define(
    _ x: Definition.Value, in definition: inout Definition
  ) throws(ModelError) -> Definition.Value {
    let axes = try x.shape.normalizedAxes(self.axes)
    let sizes = try x.shape.sizes(of: axes)
    // As many axes as the input has, for broadcasting.
    let spread = x.shape.dimensions.indices.map { axis in
      axes.firstIndex(of: axis).map { sizes[$0] } ?? 1
    }
    var mean: Definition.Value
    var variance: Definition.Value
    if let statistics {
      mean = try constant("mean", statistics.mean, sizes, spread, in: &definition)
      variance = try constant("variance", statistics.variance, sizes, spread, in: &definition)
    } else {
      mean = definition.weight("mean", sizes, isTrainable: false)
      variance = definition.weight("variance", sizes, isTrainable: false)
      definition.weight("count", [], isTrainable: false)
      mean = try definition.reshape(mean, spread, keepsFirstAxis: false)
      variance = try definition.reshape(variance, spread, keepsFirstAxis: false)
    }
    let deviation = try definition.combination(
      .maximum, definition.function(.squareRoot, variance), 1e-7)
    guard !invert else {
      return try definition.combination(
        .add, definition.combination(.multiply, x, deviation), mean)
    }
    return try definition.combination(
      .divide, definition.combination(.subtract, x, mean), deviation)
  }

  /// Statistics that are attributes: one number, or one for each place.
  private func constant(
    _ name: String, _ numbers: [Double], _ sizes: [Int], _ spread: [Int],
    in definition: inout Definition
  ) throws(ModelError) -> Definition.Value {
    guard numbers.count == 1 || numbers.count == sizes.checkedProduct() else {
      throw .attribute(
        name, expected: "1 number or one for each place of shape \(sizes)",
        found: "\(numbers.count) numbers")
    }
    return definition.constant(numbers, numbers.count == 1 ? [] : spread)
  }
}
