internal import OrderedCollections

/// Normalization by the mean and variance of each sample itself (Ba, Kiros and
/// Hinton, 2016).
///
/// `y = (x - m) / √(v + epsilon)·gamma + beta` with the mean m and the population
/// variance v over all axes of `axes` together. With `rmsScaling`, as Keras 3 has
/// it, `y = x / √(v + epsilon)·gamma`: nothing is subtracted, but v is still the
/// variance about the mean.
///
/// Weights: gamma, beta, each of the sizes of the axes.
public struct LayerNormalization: Layer, Hashable {
  /// The name in the schema and in Keras.
  public static let kind = "LayerNormalization"

  /// The layer's name and how its weights begin.
  public var declaration = LayerDeclaration()

  /// The normalized axes; negative ones count from the last.
  public let axes: [Int]
  /// What is added to the variance.
  public let epsilon: Double
  /// Whether beta is added; never with `rmsScaling`.
  public let center: Bool
  /// Whether gamma is multiplied; always with `rmsScaling`.
  public let scale: Bool
  /// Whether the mean is left where it is.
  public let rmsScaling: Bool

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

  /// Reads Keras 3's attributes; `axis` is a list.
  public init(attributes: Attributes) throws(ModelError) {
    axes = try attributes.ints("axis", default: [-1])
    epsilon = try attributes.double("epsilon", default: 1e-3)
    center = try attributes.bool("center", default: true)
    scale = try attributes.bool("scale", default: true)
    rmsScaling = try attributes.bool("rms_scaling", default: false)
  }

  /// The complete canonical attributes.
  public var attributes: Attributes {
    [
      "axis": .ints(axes), "epsilon": .double(epsilon), "center": .bool(center),
      "scale": .bool(scale), "rms_scaling": .bool(rmsScaling),
    ]
  }

  private var hasGamma: Bool { scale || rmsScaling }
  private var hasBeta: Bool { center && !rmsScaling }

  /// The weights of an input that has the axes.
  public func parameters(for inputs: [Shape]) throws(ModelError) -> [ParameterSpecification] {
    let input = try singleInput(inputs)
    let sizes = try sizes(of: input)
    var list: [ParameterSpecification] = []
    if hasGamma { list.append(ParameterSpecification("gamma", sizes)) }
    if hasBeta { list.append(ParameterSpecification("beta", sizes)) }
    return list
  }

  /// The shape of the input.
  public func outputShapes(for inputs: [Shape]) throws(ModelError) -> [Shape] {
    let input = try singleInput(inputs)
    _ = try sizes(of: input)
    return [input]
  }

  private func sizes(of input: Shape) throws(ModelError) -> [Int] {
    guard !axes.isEmpty else {
      throw .attribute("axis", expected: "at least one axis", found: "[]")
    }
    return try NormalizedAxes(axes, of: input).sizes(of: input)
  }
}

// MARK: - Formula

extension LayerNormalization {
  /// Computes the layer.
  @specialized(where Scalar == Float) @specialized(where Scalar == Double)
  public func forward<Scalar: ReferenceScalar>(
    _ inputs: [NDArray<Scalar>], _ parameters: Parameters<Scalar>
  ) -> [NDArray<Scalar>] {
    let gamma = hasGamma ? parameters["gamma"].elements : nil
    let beta = hasBeta ? parameters["beta"].elements : nil
    let epsilon = Scalar(epsilon)
    return inputs.map { input in
      let moments = Moments(input, over: axes)
      var output = input
      moments.forEachElement { index, group, parameter in
        let center = rmsScaling ? 0 : moments.mean[group]
        let root = (moments.variance[group] + epsilon).squareRoot()
        let factor = (gamma?[parameter] ?? 1) / root
        output.elements[index] =
          (input.elements[index] - center) * factor + (beta?[parameter] ?? 0)
      }
      return output
    }
  }

  /// The bound of statistics over n elements and of the formula, to first order
  /// in the unit roundoff u.
  ///
  /// With a the mean of |x| and q the mean of x² over the n elements:
  /// - the mean errs by at most n·u·a;
  /// - the variance as mean of x² minus the mean squared errs by at most
  ///   (n + 1)·u·q + 2·n·u·a·|m| + u·m² + u·v, which is not more than 3·(n + 1)·u·q
  ///   because a·|m|, m² and v are not more than q; as the mean of (x - m)² it errs by
  ///   at most (n + 3)·u·v + (n·u·a)², which is less as long as n·u is below 1;
  /// - so s = gamma / √(v + epsilon) errs, relatively, by half of
  ///   3·(n + 1)·u·q / (v + epsilon), and by 6 units as in `BatchNormalization`.
  ///
  /// A term takes part in at most three more operations. Altogether:
  /// `n·u·|s|·(a + |x - m|·t) + u·(|s|·(|x - m|·t + 9·(|x| + |m|)) + 9·|beta|)` with
  /// `t = 1.5·q / (v + epsilon)`; where nothing is subtracted, a and m are left out.
  @specialized(where Scalar == Float) @specialized(where Scalar == Double)
  public func roundingBounds<Scalar: ReferenceScalar>(
    _ inputs: [NDArray<Scalar>], _ parameters: Parameters<Scalar>, outputs: [NDArray<Scalar>]
  ) -> [RoundingBound<Scalar>] {
    let gamma = hasGamma ? parameters["gamma"].elements : nil
    let beta = hasBeta ? parameters["beta"].elements : nil
    let epsilon = Scalar(epsilon)
    return inputs.map { input in
      let moments = Moments(input, over: axes)
      let magnitudes = Moments(input.magnitudes, over: axes)
      let count = input.elements.count
      var magnitude = [Scalar](repeating: 0, count: count)
      var fixed = magnitude
      moments.forEachElement { index, group, parameter in
        let x = input.elements[index]
        let center = rmsScaling ? 0 : moments.mean[group]
        let variance = moments.variance[group] + epsilon
        let factor = abs(gamma?[parameter] ?? 1) / variance.squareRoot()
        let mean = magnitudes.mean[group]
        let meanSquare = magnitudes.variance[group] + mean * mean
        let statistic = abs(x - center) * 1.5 * meanSquare / variance
        magnitude[index] = factor * ((rmsScaling ? 0 : mean) + statistic)
        fixed[index] =
          factor * (statistic + 9 * (abs(x) + abs(center))) + 9 * abs(beta?[parameter] ?? 0)
      }
      return RoundingBound(length: moments.groupSize, magnitude: magnitude, fixed: fixed)
    }
  }
}
