/// The middle of images; of those that are too small the largest part of the same proportion, resized
/// bilinearly.
///
/// Input `(batch, height, width, channels)` or, channels first, `(batch, channels, height, width)`. As
/// `keras/src/layers/preprocessing/image_preprocessing/center_crop.py`.
public struct CenterCrop: UnaryLayer, DeclaredLayer, Hashable {
  /// The name in the schema and in Keras.
  public static let kind = "CenterCrop"

  /// The layer's name and how its weights begin.
  public var declaration = LayerDeclaration()

  /// The sides that images are given.
  public internal(set) var height: Int, width: Int
  /// Where the channels are.
  public internal(set) var dataFormat: DataFormat

  /// Makes the layer, with the default of Keras 3.
  public init(
    height: Int, width: Int, dataFormat: DataFormat = .channelsLast, name: String? = nil
  ) {
    self.height = height
    self.width = width
    self.dataFormat = dataFormat
    declaration = LayerDeclaration(name: name)
  }

  /// No sides.
  public static var prototype: CenterCrop { CenterCrop(height: 0, width: 0) }

  /// The attributes.
  public static let fields: [AttributeField<CenterCrop>] = [
    .count("height", \.height, isRequired: true), .count("width", \.width, isRequired: true),
    .choice("data_format", \.dataFormat),
  ]

  /// Real numbers are taken.
  public func checkElements(_ inputs: [TensorType]) throws(ModelError) { try inputs.checkReal() }

  /// A part of the images, or one that is resampled.
  public func define(
    _ x: Definition.Value, in definition: inout Definition
  ) throws(ModelError) -> Definition.Value {
    try dataFormat.checkSpatialRank(2, of: x.shape)
    let axes = dataFormat.spatialAxes(rank: 4)
    let sizes = [height, width]
    // Where the sides are not known yet, both give the same shape.
    let margins = zip(axes, sizes).compactMap { axis, size in x.shape[axis].map { $0 - size } }
    guard margins.count == 2, margins.allSatisfy({ $0 >= 0 }) else {
      return try definition.resized(x, to: sizes, ResamplingFilter(.bilinear), .cut, dataFormat)
    }
    var ranges = x.shape.dimensions.map { _ in Primitives.Slice.Range.all }
    for (axis, (margin, size)) in zip(axes, zip(margins, sizes)) {
      ranges[axis] = .init(margin / 2, margin / 2 + size)
    }
    return try definition.apply(Primitives.Slice(ranges), to: x)
  }
}
