internal import OrderedCollections

/// Zeros around an image.
///
/// Input `(batch, height, width, channels)` or, channels first,
/// `(batch, channels, height, width)`.
public struct ZeroPadding2D: Layer, Hashable {
  /// The name in the schema and in Keras.
  public static let kind = "ZeroPadding2D"

  /// The layer's name and how its weights begin.
  public var declaration = LayerDeclaration()

  let margins: Margins

  /// How many zeros there are: top, bottom, left, right.
  public var padding: [Int] { margins.amounts }
  /// Where the channels are.
  public var dataFormat: DataFormat { margins.dataFormat }

  /// Makes the layer, with the defaults of Keras 3.
  public init(
    padding: ((Int, Int), (Int, Int)) = ((1, 1), (1, 1)), dataFormat: DataFormat = .channelsLast,
    name: String? = nil
  ) {
    margins = Margins([padding.0.0, padding.0.1, padding.1.0, padding.1.1], dataFormat)
    declaration = LayerDeclaration(name: name)
  }

  /// Reads `padding` and `data_format`.
  public init(attributes: Attributes) throws(ModelError) {
    margins = try Margins(attributes, "padding", rank: 2, default: 1)
  }

  /// The complete canonical attributes.
  public var attributes: Attributes { margins.attributes("padding") }

  /// The shape of the padded input.
  public func outputShapes(for inputs: [Shape]) throws(ModelError) -> [Shape] {
    [try margins.added(to: singleInput(inputs), "padding", rank: 2)]
  }

  /// Pads the input.
  public func forward<Scalar: ReferenceScalar>(
    _ inputs: [NDArray<Scalar>], _ parameters: Parameters<Scalar>
  ) -> [NDArray<Scalar>] { inputs.map { margins.added(to: $0) } }

  /// Exact.
  public func roundingBounds<Scalar: ReferenceScalar>(
    _ inputs: [NDArray<Scalar>], _ parameters: Parameters<Scalar>, outputs: [NDArray<Scalar>]
  ) -> [RoundingBound<Scalar>] { outputs.map(RoundingBound.exact) }
}
