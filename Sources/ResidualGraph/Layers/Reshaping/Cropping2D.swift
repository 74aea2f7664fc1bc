internal import OrderedCollections

/// A part of an image: its input without the margins.
///
/// Input `(batch, height, width, channels)` or, channels first,
/// `(batch, channels, height, width)`.
public struct Cropping2D: Layer, Hashable {
  /// The name in the schema and in Keras.
  public static let kind = "Cropping2D"

  /// The layer's name and how its weights begin.
  public var declaration = LayerDeclaration()

  let margins: Margins

  /// How much is taken away: top, bottom, left, right.
  public var cropping: [Int] { margins.amounts }
  /// Where the channels are.
  public var dataFormat: DataFormat { margins.dataFormat }

  /// Makes the layer, with the defaults of Keras 3.
  public init(
    cropping: ((Int, Int), (Int, Int)) = ((0, 0), (0, 0)), dataFormat: DataFormat = .channelsLast,
    name: String? = nil
  ) {
    margins = Margins([cropping.0.0, cropping.0.1, cropping.1.0, cropping.1.1], dataFormat)
    declaration = LayerDeclaration(name: name)
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
