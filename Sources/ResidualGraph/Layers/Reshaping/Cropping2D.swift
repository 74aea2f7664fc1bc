internal import OrderedCollections

/// A part of an image: its input without the margins.
///
/// Input `(batch, height, width, channels)` or, channels first,
/// `(batch, channels, height, width)`.
public struct Cropping2D: Layer, Hashable {
  /// The name in the schema and in Keras.
  public static let kind = "Cropping2D"

  let margins: Margins

  /// How much is taken away: top, bottom, left, right.
  public var cropping: [Int] { margins.amounts }
  /// Where the channels are.
  public var dataFormat: DataFormat { margins.dataFormat }

  /// Makes the layer, with the defaults of Keras 3.
  public init(cropping: [Int] = [0, 0, 0, 0], dataFormat: DataFormat = .channelsLast) {
    margins = Margins(cropping, dataFormat)
  }

  /// Reads `cropping` and `data_format`.
  public init(attributes: Attributes) throws(ModelError) {
    margins = try Margins(attributes, "cropping", rank: 2, default: 0)
  }

  /// The complete canonical attributes.
  public var attributes: Attributes { margins.attributes("cropping") }

  /// The shape of the cropped input.
  public func outputShapes(for inputs: [Shape]) throws(ModelError) -> [Shape] {
    [try margins.removed(from: singleInput(inputs), "cropping", rank: 2)]
  }

  /// Crops the input.
  public func forward<Scalar: ReferenceScalar>(
    _ inputs: [NDArray<Scalar>], _ parameters: Parameters<Scalar>
  ) -> [NDArray<Scalar>] { inputs.map { margins.removed(from: $0) } }

  /// Exact.
  public func roundingBounds<Scalar: ReferenceScalar>(
    _ inputs: [NDArray<Scalar>], _ parameters: Parameters<Scalar>, outputs: [NDArray<Scalar>]
  ) -> [RoundingBound<Scalar>] { outputs.map(RoundingBound.exact) }
}
