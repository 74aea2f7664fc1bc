internal import OrderedCollections

/// The mean of each pool along one axis.
///
/// ```
/// y[b, i, c] = mean x[b, i·s + p - before, c]
/// ```
///
/// over the p inside the input; what `same` padding adds does not count. Input `(batch, length, channels)` or,
/// channels first, `(batch, channels, length)`.
public struct AveragePooling1D: PoolingLayer, Hashable {
  /// The name in the schema and in Keras.
  public static let kind = "AveragePooling1D"
  static let rank = 1

  /// The layer's name and how its weights begin.
  public var declaration = LayerDeclaration()

  let window: PoolingWindow

  /// The size of a pool.
  public var poolSize: [Int] { window.poolSize }
  /// The distance between two pools.
  public var strides: [Int] { window.strides }
  /// Whether pools may reach out of the input.
  public var padding: Padding { window.padding }
  /// Where the channels are.
  public var dataFormat: DataFormat { window.dataFormat }

  /// Makes the layer, with the defaults of Keras 3: strides of the pool's size.
  public init(
    poolSize: Int = 2, strides: Int? = nil, padding: Padding = .valid,
    dataFormat: DataFormat = .channelsLast, name: String? = nil
  ) {
    window = PoolingWindow([poolSize], strides.map { [$0] }, padding, dataFormat)
    declaration = LayerDeclaration(name: name)
  }

  /// Reads `pool_size`, `strides`, `padding` and `data_format`.
  public init(attributes: Attributes) throws(ModelError) {
    window = try PoolingWindow(attributes, rank: 1)
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
