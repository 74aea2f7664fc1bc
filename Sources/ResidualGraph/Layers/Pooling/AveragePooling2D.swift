internal import OrderedCollections

/// The mean of each pool along two axes.
///
/// ```
/// y[b, i, j, c] = mean x[b, i·s₀ + p - top, j·s₁ + q - left, c]
/// ```
///
/// over the p and q inside the input; what `same` padding adds does not count. Input `(batch, height, width, channels)` or,
/// channels first, `(batch, channels, height, width)`.
public struct AveragePooling2D: PoolingLayer, Hashable {
  /// The name in the schema and in Keras.
  public static let kind = "AveragePooling2D"
  static let rank = 2

  /// The layer's name and how its weights begin.
  public var declaration = LayerDeclaration()

  let window: PoolingWindow

  /// The size of a pool per axis.
  public var poolSize: [Int] { window.poolSize }
  /// The distance between two pools per axis.
  public var strides: [Int] { window.strides }
  /// Whether pools may reach out of the input.
  public var padding: Padding { window.padding }
  /// Where the channels are.
  public var dataFormat: DataFormat { window.dataFormat }

  /// Makes the layer, with the defaults of Keras 3: strides of the pool's size.
  public init(
    poolSize: (Int, Int) = (2, 2), strides: (Int, Int)? = nil, padding: Padding = .valid,
    dataFormat: DataFormat = .channelsLast, name: String? = nil
  ) {
    window = PoolingWindow(
      [poolSize.0, poolSize.1], strides.map { [$0.0, $0.1] }, padding, dataFormat)
    declaration = LayerDeclaration(name: name)
  }

  /// Reads `pool_size`, `strides`, `padding` and `data_format`.
  public init(attributes: Attributes) throws(ModelError) {
    window = try PoolingWindow(attributes, rank: 2)
  }

  /// Computes the means.
  public func forward<Scalar: ReferenceScalar>(
    _ inputs: [NDArray<Scalar>], _ parameters: Parameters<Scalar>
  ) -> [NDArray<Scalar>] { inputs.map(window.means) }

  /// The bound of a mean.
  public func roundingBounds<Scalar: ReferenceScalar>(
    _ inputs: [NDArray<Scalar>], _ parameters: Parameters<Scalar>, outputs: [NDArray<Scalar>]
  ) -> [RoundingBound<Scalar>] {
    zip(inputs, outputs).map { window.meanBound($0, output: $1) }
  }
}
