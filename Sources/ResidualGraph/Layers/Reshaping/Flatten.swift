internal import OrderedCollections

/// All of an input's axes but the batch axis as one, row-major.
///
/// Channels first, the channels become the last axis before, so that both formats
/// give the same vector for the same image.
public struct Flatten: Layer, Hashable {
  /// The name in the schema and in Keras.
  public static let kind = "Flatten"

  /// The layer's name and how its weights begin.
  public var declaration = LayerDeclaration()

  /// Where the channels are.
  public let dataFormat: DataFormat

  /// Makes the layer, with the default of Keras 3.
  public init(dataFormat: DataFormat = .channelsLast, name: String? = nil) {
    self.dataFormat = dataFormat
    declaration = LayerDeclaration(name: name)
  }

  /// Reads `data_format`.
  public init(attributes: Attributes) throws(ModelError) {
    dataFormat = try attributes.choice("data_format", default: DataFormat.channelsLast)
  }

  /// The complete canonical attributes.
  public var attributes: Attributes { ["data_format": .string(dataFormat.rawValue)] }

  /// `(batch, elements)`.
  public func outputShapes(for inputs: [Shape]) throws(ModelError) -> [Shape] {
    let input = try singleInput(inputs)
    guard input.rank > 0 else { throw .rank(expected: "a batch axis", found: input) }
    return [Shape([input[0], try input.dimensions.dropFirst().product(of: input)])]
  }

  /// Flattens the input.
  @specialized(where Scalar == Float) @specialized(where Scalar == Double)
  public func forward<Scalar: ReferenceScalar>(
    _ inputs: [NDArray<Scalar>], _ parameters: Parameters<Scalar>
  ) -> [NDArray<Scalar>] {
    inputs.map { input in
      let array = input.channelsLast(from: dataFormat)
      return array.reshaped([array.dimensions[0], array.dimensions.dropFirst().reduce(1, *)])
    }
  }

  /// Exact.
  public func roundingBounds<Scalar: ReferenceScalar>(
    _ inputs: [NDArray<Scalar>], _ parameters: Parameters<Scalar>, outputs: [NDArray<Scalar>]
  ) -> [RoundingBound<Scalar>] { outputs.map(RoundingBound.exact) }
}
