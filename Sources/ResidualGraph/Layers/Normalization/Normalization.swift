internal import OrderedCollections

/// Normalization of the features of a data set by a mean and variance that were
/// taken before training, or its inverse.
///
/// `y = (x - mean) / max(√variance, 10⁻⁷)`, inverted `y = x·max(√variance, 10⁻⁷) + mean`,
/// for each place along the axes.
///
/// The statistics are weights: mean and variance of the sizes of the axes, and the
/// number of samples they are of, which no formula uses; or they are attributes.
public struct Normalization: Layer, Hashable {
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
  public let axes: [Int]
  /// The statistics, or `nil` where they are weights.
  public let statistics: Statistics?
  /// Whether the layer undoes the normalization.
  public let invert: Bool

  /// Makes the layer, with the defaults of Keras 3.
  public init(
    axes: [Int] = [-1], statistics: Statistics? = nil, invert: Bool = false, name: String? = nil
  ) {
    self.axes = axes
    self.statistics = statistics
    self.invert = invert
    declaration = LayerDeclaration(name: name)
  }

  /// Reads Keras 3's attributes; `axis` is a list, empty for none; `mean` and
  /// `variance` are lists and come together or not at all.
  public init(attributes: Attributes) throws(ModelError) {
    axes = try attributes.ints("axis", default: [-1])
    invert = try attributes.bool("invert", default: false)
    if attributes["mean"] != nil || attributes["variance"] != nil {
      statistics = Statistics(
        mean: try attributes.doubles("mean"), variance: try attributes.doubles("variance"))
    } else {
      statistics = nil
    }
  }

  /// The complete canonical attributes.
  public var attributes: Attributes {
    var attributes: Attributes = ["axis": .ints(axes), "invert": .bool(invert)]
    if let statistics {
      attributes["mean"] = .doubles(statistics.mean)
      attributes["variance"] = .doubles(statistics.variance)
    }
    return attributes
  }

  /// The weights of an input that has the axes; none where the statistics are given.
  public func parameters(for inputs: [Shape]) throws(ModelError) -> [ParameterSpecification] {
    let sizes = try checkedSizes(of: singleInput(inputs))
    guard statistics == nil else { return [] }
    return [
      ParameterSpecification("mean", sizes, isTrainable: false),
      ParameterSpecification("variance", sizes, isTrainable: false),
      ParameterSpecification("count", [], isTrainable: false),
    ]
  }

  /// The shape of the input.
  public func outputShapes(for inputs: [Shape]) throws(ModelError) -> [Shape] {
    let input = try singleInput(inputs)
    _ = try checkedSizes(of: input)
    return [input]
  }

  private func checkedSizes(of input: Shape) throws(ModelError) -> [Int] {
    let sizes = try NormalizedAxes(axes, of: input).sizes(of: input)
    guard let statistics else { return sizes }
    for (name, values) in [("mean", statistics.mean), ("variance", statistics.variance)] {
      guard values.count == 1 || values.count == sizes.checkedProduct() else {
        throw .attribute(
          name, expected: "1 number or one for each place of shape \(sizes)",
          found: "\(values.count) numbers")
      }
    }
    return sizes
  }
}

// MARK: - Formula

extension Normalization {
  /// Computes the layer.
  @specialized(where Scalar == Float) @specialized(where Scalar == Double)
  public func forward<Scalar: ReferenceScalar>(
    _ inputs: [NDArray<Scalar>], _ parameters: Parameters<Scalar>
  ) -> [NDArray<Scalar>] {
    let (means, deviations) = resolvedStatistics(parameters)
    return inputs.map { input in
      map(input, means, deviations) { x, mean, deviation in
        invert ? x * deviation + mean : (x - mean) / deviation
      }
    }
  }

  /// Five units in the last place of `(|x| + |mean|) / d`, inverted `|x·d| + |mean|`, with
  /// the deviation d.
  ///
  /// Statistics that are attributes are rounded once; the root is another rounding
  /// and halves that of the variance; the formula has two operations.
  @specialized(where Scalar == Float) @specialized(where Scalar == Double)
  public func roundingBounds<Scalar: ReferenceScalar>(
    _ inputs: [NDArray<Scalar>], _ parameters: Parameters<Scalar>, outputs: [NDArray<Scalar>]
  ) -> [RoundingBound<Scalar>] {
    let (means, deviations) = resolvedStatistics(parameters)
    return inputs.map { input in
      let magnitude = map(input, means, deviations) { x, mean, deviation in
        invert ? abs(x) * deviation + abs(mean) : (abs(x) + abs(mean)) / deviation
      }
      return .units(5, of: magnitude.elements)
    }
  }

  private func resolvedStatistics<Scalar: ReferenceScalar>(
    _ parameters: Parameters<Scalar>
  ) -> (means: [Scalar], deviations: [Scalar]) {
    let means = statistics?.mean.map { Scalar($0) } ?? parameters["mean"].elements
    let variances = statistics?.variance.map { Scalar($0) } ?? parameters["variance"].elements
    return (means, variances.map { max($0.squareRoot(), Scalar(1e-7)) })
  }

  @inline(__always)
  private func map<Scalar: ReferenceScalar>(
    _ input: NDArray<Scalar>, _ means: [Scalar], _ deviations: [Scalar],
    _ transform: (_ x: Scalar, _ mean: Scalar, _ deviation: Scalar) -> Scalar
  ) -> NDArray<Scalar> {
    let rank = input.dimensions.count
    let places = BroadcastIndices(input.dimensions, axes: axes.map { $0 < 0 ? $0 + rank : $0 })
    let length = places.rowLength
    var output = input
    for row in 0..<input.dimensions.dropLast().reduce(1, *) {
      let start = places.start(ofRow: row)
      for index in 0..<length {
        let place = start + index * places.step
        output.elements[row * length + index] = transform(
          input.elements[row * length + index], means[means.count == 1 ? 0 : place],
          deviations[deviations.count == 1 ? 0 : place])
      }
    }
    return output
  }
}
