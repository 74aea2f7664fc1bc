internal import OrderedCollections

/// A part of a sequence: its input without the margins.
///
/// Input `(batch, length, channels)`.
public struct Cropping1D: Layer, Hashable {
  /// The name in the schema and in Keras.
  public static let kind = "Cropping1D"

  /// The layer's name and how its weights begin.
  public var declaration = LayerDeclaration()

  let margins: Margins

  /// How much is taken away: before, after.
  public var cropping: [Int] { margins.amounts }

  /// Makes the layer, with the default of Keras 3.
  public init(cropping: (Int, Int) = (1, 1), name: String? = nil) {
    margins = Margins([cropping.0, cropping.1], .channelsLast)
    declaration = LayerDeclaration(name: name)
  }

  /// Reads `cropping`.
  public init(attributes: Attributes) throws(ModelError) {
    let cropping = try attributes.ints("cropping", default: [1, 1])
    margins = try Margins(["cropping": .ints(cropping)], "cropping", rank: 1, default: 1)
  }

  /// The complete canonical attributes.
  public var attributes: Attributes { ["cropping": .ints(cropping)] }

  /// The shape of the cropped input.
  public func outputShapes(for inputs: [Shape]) throws(ModelError) -> [Shape] {
    [try margins.removed(from: singleInput(inputs), "cropping", rank: 1)]
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
