internal import OrderedCollections

/// The mean of all elements of a channel: `y[b, c] = mean x[b, i, j, c]`.
///
/// Input `(batch, height, width, channels)` or, channels first, `(batch, channels, height, width)`.
public struct GlobalAveragePooling2D: GlobalPoolingLayer, Hashable {
  /// The name in the schema and in Keras.
  public static let kind = "GlobalAveragePooling2D"
  static let rank = 2

  /// The layer's name and how its weights begin.
  public var declaration = LayerDeclaration()

  let pool: GlobalPool

  /// Where the channels are.
  public var dataFormat: DataFormat { pool.dataFormat }
  /// Whether the pooled axes stay with size 1.
  public var keepDimensions: Bool { pool.keepDimensions }

  /// Makes the layer, with the defaults of Keras 3.
  public init(
    dataFormat: DataFormat = .channelsLast, keepDimensions: Bool = false, name: String? = nil
  ) {
    pool = GlobalPool(dataFormat, keepDimensions: keepDimensions)
    declaration = LayerDeclaration(name: name)
  }

  /// Reads `data_format` and `keepdims`.
  public init(attributes: Attributes) throws(ModelError) {
    pool = try GlobalPool(attributes)
  }

  /// Computes the means.
  public func forward<Scalar: ReferenceScalar>(
    _ inputs: [NDArray<Scalar>], _ parameters: Parameters<Scalar>
  ) -> [NDArray<Scalar>] {
    inputs.map { pool.finished(pool.window($0.dimensions).means($0)) }
  }

  /// The bound of a mean.
  public func roundingBounds<Scalar: ReferenceScalar>(
    _ inputs: [NDArray<Scalar>], _ parameters: Parameters<Scalar>, outputs: [NDArray<Scalar>]
  ) -> [RoundingBound<Scalar>] {
    zip(inputs, outputs).map {
      pool.window($0.dimensions).meanBound($0, output: $1)
    }
  }
}
