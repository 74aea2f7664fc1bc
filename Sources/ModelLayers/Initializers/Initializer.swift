/// How the values of a weight begin before any training, as in Keras.
///
/// An initializer is a value: the same one gives the same numbers for the same
/// shape on every machine. One that has a `seed` is told by it alone, so two
/// weights of equal shape and seed are equal, as in Keras; one that has none is
/// told by the stream that the caller gives, usually of the weight's name.
///
/// The formulas are those of Keras 3 (`keras/src/initializers`). The numbers are
/// not: every backend of Keras has a generator of its own, and so has this.
public struct Initializer: Hashable, Sendable {
  /// Where the values come from.
  public enum Method: Hashable, Sendable {
    /// Every value is the same.
    case constant(Double)
    /// N(mean, stddev²).
    case normal(mean: Double, stddev: Double)
    /// N(mean, stddev²) without what is more than two `stddev` from the mean.
    case truncatedNormal(mean: Double, stddev: Double)
    /// U[minval, maxval).
    case uniform(minval: Double, maxval: Double)
    /// A variance of `scale` divided by the number of units.
    case varianceScaling(scale: Double, mode: Mode, distribution: Distribution)
    /// `gain` times a matrix with orthonormal rows or columns.
    case orthogonal(gain: Double)
    /// `gain` times the identity matrix.
    case identity(gain: Double)
    /// Ones for the second of four parts, zeros for the others.
    case unitForgetBias
  }

  /// Which units `varianceScaling` divides by; the raw values are Keras's names.
  public enum Mode: String, CaseIterable, Hashable, Sendable {
    case fanIn = "fan_in"
    case fanOut = "fan_out"
    case fanAvg = "fan_avg"
  }

  /// What `varianceScaling` draws from; the raw values are Keras's names.
  public enum Distribution: String, CaseIterable, Hashable, Sendable {
    case truncatedNormal = "truncated_normal"
    case untruncatedNormal = "untruncated_normal"
    case uniform
  }

  /// Where the values come from.
  public var method: Method
  /// What alone tells the random numbers, or `nil` where the caller's stream does.
  public var seed: UInt64?

  /// Makes an initializer.
  public init(_ method: Method, seed: UInt64? = nil) {
    self.method = method
    self.seed = seed
  }
}

extension Initializer {
  /// Every value is 0.
  public static let zeros = Initializer(.constant(0))

  /// Every value is 1.
  public static let ones = Initializer(.constant(1))

  /// Every value is the given one.
  public static func constant(_ value: Double) -> Initializer { Initializer(.constant(value)) }

  /// Draws from N(mean, stddev²).
  public static func randomNormal(
    mean: Double = 0, stddev: Double = 0.05, seed: UInt64? = nil
  ) -> Initializer {
    Initializer(.normal(mean: mean, stddev: stddev), seed: seed)
  }

  /// Draws from U[minval, maxval).
  public static func randomUniform(
    minval: Double = -0.05, maxval: Double = 0.05, seed: UInt64? = nil
  ) -> Initializer {
    Initializer(.uniform(minval: minval, maxval: maxval), seed: seed)
  }

  /// Draws from N(mean, stddev²), again where a value is more than two `stddev`
  /// from the mean.
  ///
  /// What is left has a standard deviation of 0.8796 `stddev`.
  public static func truncatedNormal(
    mean: Double = 0, stddev: Double = 0.05, seed: UInt64? = nil
  ) -> Initializer {
    Initializer(.truncatedNormal(mean: mean, stddev: stddev), seed: seed)
  }

  /// Draws with a mean of 0 and a variance of `scale / n`, n being the number of units.
  ///
  /// - Parameters:
  ///   - scale: More than 0.
  ///   - mode: Whether n is the number of units that feed one output, that one
  ///     input feeds, or the average of both. A kernel of shape
  ///     [...window, inputs, outputs] has fanIn = window · inputs and
  ///     fanOut = window · outputs; a vector has its length for both.
  ///   - distribution: `uniform` draws from [-limit, limit) with
  ///     limit = √(3·scale/n). `truncatedNormal` is widened before it is
  ///     truncated, so that its variance after that is `scale / n`.
  public static func varianceScaling(
    scale: Double = 1, mode: Mode = .fanIn, distribution: Distribution = .truncatedNormal,
    seed: UInt64? = nil
  ) -> Initializer {
    Initializer(.varianceScaling(scale: scale, mode: mode, distribution: distribution), seed: seed)
  }

  /// Draws from U[-limit, limit), limit = √(6 / (fanIn + fanOut)).
  ///
  /// Glorot and Bengio, 2010: Understanding the difficulty of training deep
  /// feedforward neural networks, eq. 16.
  public static func glorotUniform(seed: UInt64? = nil) -> Initializer {
    varianceScaling(mode: .fanAvg, distribution: .uniform, seed: seed)
  }

  /// Draws from a truncated normal distribution of variance 2 / (fanIn + fanOut).
  ///
  /// Glorot and Bengio, 2010, eq. 12.
  public static func glorotNormal(seed: UInt64? = nil) -> Initializer {
    varianceScaling(mode: .fanAvg, seed: seed)
  }

  /// Draws from U[-limit, limit), limit = √(6 / fanIn).
  ///
  /// He et al., 2015: Delving Deep into Rectifiers, section 2.2.
  public static func heUniform(seed: UInt64? = nil) -> Initializer {
    varianceScaling(scale: 2, distribution: .uniform, seed: seed)
  }

  /// Draws from a truncated normal distribution of variance 2 / fanIn.
  ///
  /// He et al., 2015, eq. 10.
  public static func heNormal(seed: UInt64? = nil) -> Initializer {
    varianceScaling(scale: 2, seed: seed)
  }

  /// Draws from U[-limit, limit), limit = √(3 / fanIn).
  ///
  /// LeCun et al., 1998: Efficient BackProp, section 4.6.
  public static func lecunUniform(seed: UInt64? = nil) -> Initializer {
    varianceScaling(distribution: .uniform, seed: seed)
  }

  /// Draws from a truncated normal distribution of variance 1 / fanIn.
  ///
  /// LeCun et al., 1998, section 4.6; Klambauer et al., 2017: Self-Normalizing
  /// Neural Networks.
  public static func lecunNormal(seed: UInt64? = nil) -> Initializer {
    varianceScaling(seed: seed)
  }

  /// Makes `gain` times a matrix with orthonormal columns, or orthonormal rows
  /// where it is wider than high.
  ///
  /// The matrix has the last axis as its columns and all others as its rows. It
  /// is Q of the QR decomposition of a normal matrix, R having a positive
  /// diagonal: that makes all such matrices equally likely (Mezzadri, 2007: How
  /// to generate random matrices from the classical compact groups). Shapes have
  /// two axes or more.
  ///
  /// Saxe et al., 2014: Exact solutions to the nonlinear dynamics of learning in
  /// deep linear neural networks.
  public static func orthogonal(gain: Double = 1, seed: UInt64? = nil) -> Initializer {
    Initializer(.orthogonal(gain: gain), seed: seed)
  }

  /// Makes `gain` times the identity matrix, which need not be square.
  ///
  /// Shapes have two axes.
  public static func identity(gain: Double = 1) -> Initializer {
    Initializer(.identity(gain: gain))
  }

  /// Makes ones for the second quarter of a vector and zeros for the others: a long short-term memory
  /// begins with remembering.
  ///
  /// Jozefowicz et al., 2015: An Empirical Exploration of Recurrent Network Architectures.
  public static let unitForgetBias = Initializer(.unitForgetBias)

  /// What Keras begins a weight with that is not told otherwise.
  ///
  /// - Parameter role: What the weight is to its layer, as in
  ///   `ParameterSpecification.role`. One that no layer of Keras has begins as
  ///   `Layer.add_weight` would: Glorot uniform.
  public static func standard(for role: String) -> Initializer {
    switch PathName(role).last {
    case "recurrent_kernel": .orthogonal()
    case "gamma", "moving_variance", "variance": .ones
    case "bias", "beta", "moving_mean", "mean", "alpha", "count": .zeros
    default: .glorotUniform()
    }
  }
}
