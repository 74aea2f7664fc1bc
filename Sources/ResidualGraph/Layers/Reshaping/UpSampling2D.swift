internal import OrderedCollections

/// An image with more pixels: each repeated, or interpolated between neighbours.
///
/// Nearest: `y[i, j] = x[⌊i ÷ size₀⌋, ⌊j ÷ size₁⌋]`. Bilinear: y is taken linearly between
/// the four pixels of x around the place `((i + ½) ÷ size₀ - ½, (j + ½) ÷ size₁ - ½)`; without
/// half-pixel centers, as TensorFlow 1 did, around `(i ÷ size₀, j ÷ size₁)`. Outside of x its
/// edge goes on. Input `(batch, height, width, channels)` or, channels first,
/// `(batch, channels, height, width)`.
public struct UpSampling2D: Layer, Hashable {
  /// The name in the schema and in Keras.
  public static let kind = "UpSampling2D"

  /// The layer's name and how its weights begin.
  public var declaration = LayerDeclaration()

  /// How new pixels are made.
  public enum Interpolation: String, CaseIterable, Hashable, Sendable {
    /// The pixel that the place is in.
    case nearest
    /// Linearly between four pixels.
    case bilinear
  }

  /// How many pixels there are for one: along the height, along the width.
  public let size: [Int]
  /// Where the channels are.
  public let dataFormat: DataFormat
  /// How new pixels are made.
  public let interpolation: Interpolation
  /// Whether a pixel's place is its center, for bilinear interpolation.
  public let halfPixelCenters: Bool

  /// Makes the layer, with the defaults of Keras 3.
  public init(
    size: (Int, Int) = (2, 2), dataFormat: DataFormat = .channelsLast,
    interpolation: Interpolation = .nearest, halfPixelCenters: Bool = true, name: String? = nil
  ) {
    self.size = [size.0, size.1]
    self.dataFormat = dataFormat
    self.interpolation = interpolation
    self.halfPixelCenters = halfPixelCenters
    declaration = LayerDeclaration(name: name)
  }

  /// Reads `size`, `data_format`, `interpolation` and `half_pixel_centers`.
  public init(attributes: Attributes) throws(ModelError) {
    size = try attributes.positiveInts("size", count: 2, default: [2, 2])
    dataFormat = try attributes.choice("data_format", default: DataFormat.channelsLast)
    interpolation = try attributes.choice("interpolation", default: Interpolation.nearest)
    halfPixelCenters = try attributes.bool("half_pixel_centers", default: true)
  }

  /// The complete canonical attributes.
  public var attributes: Attributes {
    [
      "size": .ints(size), "data_format": .string(dataFormat.rawValue),
      "interpolation": .string(interpolation.rawValue),
      "half_pixel_centers": .bool(halfPixelCenters),
    ]
  }

  /// The shape of the input, height and width multiplied.
  public func outputShapes(for inputs: [Shape]) throws(ModelError) -> [Shape] {
    let input = try singleInput(inputs)
    guard size.count == 2 else {
      throw .attribute("size", expected: "2 integers", found: "\(size)")
    }
    try dataFormat.checkSpatialRank(2, of: input)
    var output = input
    for (axis, size) in zip(dataFormat.spatialAxes(rank: 4), size) {
      output = try output.enlarged(axis: axis, by: size)
    }
    return [output]
  }

  /// Makes the pixels.
  @specialized(where Scalar == Float) @specialized(where Scalar == Double)
  public func forward<Scalar: ReferenceScalar>(
    _ inputs: [NDArray<Scalar>], _ parameters: Parameters<Scalar>
  ) -> [NDArray<Scalar>] {
    inputs.map { input in
      switch interpolation {
      case .nearest:
        let axes = dataFormat.spatialAxes(rank: 4)
        return input.repeated(along: axes.lowerBound, by: size[0])
          .repeated(along: axes.lowerBound + 1, by: size[1])
      case .bilinear:
        return resampler.image(of: input.channelsLast(from: dataFormat))
          .channelsLast(to: dataFormat)
      }
    }
  }

  /// Exact for nearest; the bound of two interpolations for bilinear.
  @specialized(where Scalar == Float) @specialized(where Scalar == Double)
  public func roundingBounds<Scalar: ReferenceScalar>(
    _ inputs: [NDArray<Scalar>], _ parameters: Parameters<Scalar>, outputs: [NDArray<Scalar>]
  ) -> [RoundingBound<Scalar>] {
    zip(inputs, outputs).map { input, output in
      guard interpolation == .bilinear else { return .exact(output) }
      let units = resampler.units(of: input.channelsLast(from: dataFormat))
      return RoundingBound(
        length: 0, magnitude: [], fixed: units.channelsLast(to: dataFormat).elements)
    }
  }

  private var resampler: BilinearResampler {
    BilinearResampler(size: size, halfPixelCenters: halfPixelCenters)
  }
}
