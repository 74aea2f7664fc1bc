internal import OrderedCollections

/// The largest of all elements of a channel: `y[b, c] = max x[b, i, c]`.
///
/// Input `(batch, length, channels)` or, channels first, `(batch, channels, length)`.
public struct GlobalMaxPooling1D: GlobalPoolingLayer, Hashable {
  /// The name in the schema and in Keras.
  public static let kind = "GlobalMaxPooling1D"
  static let rank = 1

  /// The layer's name and how its weights begin.
  public var declaration = LayerDeclaration()

  let pool: GlobalPool

  /// Where the channels are.
  public var dataFormat: DataFormat { pool.dataFormat }
  /// Whether the pooled axis stays with size 1.
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

  /// Computes the maxima.
  public func forward<Scalar: ReferenceScalar>(
    _ inputs: [NDArray<Scalar>], _ parameters: Parameters<Scalar>
  ) -> [NDArray<Scalar>] {
    inputs.map { pool.finished(pool.window($0.dimensions).maxima($0)) }
  }

  /// Exact.
  public func roundingBounds<Scalar: ReferenceScalar>(
    _ inputs: [NDArray<Scalar>], _ parameters: Parameters<Scalar>, outputs: [NDArray<Scalar>]
  ) -> [RoundingBound<Scalar>] {
    outputs.map(RoundingBound.exact)
  }
}
