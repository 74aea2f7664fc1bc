public import ModelGraph

/// A residual block: a branch of convolutions, added to what they were given.
///
/// ```
/// y = activation(branch(x) + shortcut(x))
/// ```
///
/// It is called as a layer is, and makes new layers with each call:
///
/// ```swift
/// let output = ResidualBlock.batchNormalized(filters: 64)(input)
/// ```
///
/// The ways to build one are `basic`, `activated`, `batchNormalized`, `expandContract`, `bottleneck`
/// and `identity`; what they have in common may be changed afterwards:
///
/// ```swift
/// var block = ResidualBlock.basic(filters: 128)
/// block.strides = (2, 2)
/// ```
///
/// Inputs are channels last: `(batch, height, width, channels)`.
public struct ResidualBlock: Sendable {
  /// One convolution of the branch.
  public struct Convolution: Sendable {
    /// The height and width of the kernel.
    public var kernelSize: (Int, Int)
    /// How many times as many channels it makes as the block does.
    public var expansion: Int
    /// How many times fewer.
    public var contraction: Int

    /// Describes a convolution to `filters · expansion / contraction` channels.
    public init(kernelSize: (Int, Int), expansion: Int = 1, contraction: Int = 1) {
      self.kernelSize = kernelSize
      self.expansion = expansion
      self.contraction = contraction
    }
  }

  /// Where a convolution's normalization and activation stand.
  public enum ActivationOrder: String, CaseIterable, Sendable {
    /// After it (He et al., 2015).
    case post
    /// Before it, so that nothing but additions lies on the shortcut (He et al., 2016).
    case pre
  }

  /// What normalizes the branch.
  public struct Normalization: Sendable {
    /// What is added to the variance.
    public var epsilon: Double
    /// The weight of the past in the moving statistics.
    public var momentum: Double

    /// Batch normalization, with the defaults of Keras 3.
    public static let batch = Normalization(epsilon: 1e-3, momentum: 0.99)

    /// Describes batch normalization.
    public init(epsilon: Double, momentum: Double) {
      self.epsilon = epsilon
      self.momentum = momentum
    }
  }

  /// What leads around the branch.
  public enum Shortcut: String, CaseIterable, Sendable {
    /// The input itself where it has the branch's shape, else its projection.
    case automatic
    /// The input itself: an error where the shapes differ.
    case identity
    /// A 1×1 convolution of the input, as strided as the branch (He et al., 2015, option B).
    case projection
  }

  /// The number of output channels; `nil` for as many as the block is given.
  public var filters: Int?
  /// The convolutions of the branch, in order.
  public var convolutions: [Convolution]
  /// The distances between the positions of the strided convolution, and of a projection.
  public var strides: (Int, Int) = (1, 1)
  /// Which convolution is strided, counted from 0.
  public var stridedConvolution = 0
  /// What is applied around each convolution.
  public var activation: ActivationFunction = .relu
  /// Whether the last convolution is activated too, before the addition.
  ///
  /// A branch that is never negative can only add to its input (He et al., 2016, section 4.1).
  public var activatesLastConvolution = false
  /// What is applied to the sum.
  public var activationAfterAddition: ActivationFunction?
  /// What normalizes the convolutions; they have no bias then.
  public var normalization: Normalization?
  /// Whether convolutions are activated after or before they are made.
  public var activationOrder = ActivationOrder.post
  /// What leads around the branch.
  public var shortcut = Shortcut.automatic
  /// What the names of the layers begin with; `nil` for names such as Keras makes.
  public var name: String?

  /// Describes a block of plain convolutions.
  public init(filters: Int? = nil, convolutions: [Convolution], name: String? = nil) {
    self.filters = filters
    self.convolutions = convolutions
    self.name = name
  }
}
