/// Images of another size.
///
/// Each pixel is a sum of weighted pixels around its place: see ``ResamplingFilter``. To keep the
/// proportion of an image, it may be cut first, or have margins of one number added. Input
/// `(batch, height, width, channels)` or, channels first, `(batch, channels, height, width)`. As
/// `keras/src/layers/preprocessing/image_preprocessing/resizing.py`.
public struct Resizing: UnaryLayer, DeclaredLayer, Hashable {
  /// The name in the schema and in Keras.
  public static let kind = "Resizing"

  /// The layer's name and how its weights begin.
  public var declaration = LayerDeclaration()

  /// How new pixels are made.
  public typealias Interpolation = ResamplingFilter.Kernel
  /// At which distances the cubic kernel is taken.
  public typealias Distances = UpSampling2D.Distances

  /// The sides that images are given.
  public internal(set) var height: Int, width: Int
  /// How new pixels are made.
  public internal(set) var interpolation: Interpolation
  /// Whether images are cut to the proportion of the new sides first.
  public internal(set) var cropsToAspectRatio: Bool
  /// Whether images are given margins to the proportion of the new sides first.
  public internal(set) var padsToAspectRatio: Bool
  /// What margins are filled with.
  public internal(set) var fillValue: Double
  /// Whether all pixels count where there are fewer of them.
  public internal(set) var isAntialiased: Bool
  /// Where the channels are.
  public internal(set) var dataFormat: DataFormat
  /// At which distances the cubic kernel is taken.
  public internal(set) var distances = Distances.tabulated

  /// Makes the layer, with the defaults of Keras 3.
  public init(
    height: Int, width: Int, interpolation: Interpolation = .bilinear,
    cropsToAspectRatio: Bool = false, padsToAspectRatio: Bool = false, fillValue: Double = 0,
    isAntialiased: Bool = false, dataFormat: DataFormat = .channelsLast, name: String? = nil
  ) {
    self.height = height
    self.width = width
    self.interpolation = interpolation
    self.cropsToAspectRatio = cropsToAspectRatio
    self.padsToAspectRatio = padsToAspectRatio
    self.fillValue = fillValue
    self.isAntialiased = isAntialiased
    self.dataFormat = dataFormat
    declaration = LayerDeclaration(name: name)
  }

  /// Keras's defaults, without sides.
  public static var prototype: Resizing { Resizing(height: 0, width: 0) }

  /// The attributes.
  public static let fields: [AttributeField<Resizing>] = [
    .count("height", \.height, isRequired: true), .count("width", \.width, isRequired: true),
    .choice("interpolation", \.interpolation),
    .flag("crop_to_aspect_ratio", \.cropsToAspectRatio),
    .flag("pad_to_aspect_ratio", \.padsToAspectRatio).expecting("false with crop_to_aspect_ratio") {
      !$0.cropsToAspectRatio || !$0.padsToAspectRatio
    },
    .number("fill_value", \.fillValue), .flag("antialias", \.isAntialiased),
    .choice("data_format", \.dataFormat), .deviation("distances", \.distances, from: .tabulated),
  ]

  /// Real numbers are taken: integers become such before some interpolations, and stay before others.
  public func checkElements(_ inputs: [TensorType]) throws(ModelError) { try inputs.checkReal() }

  /// The images, resampled.
  public func define(
    _ x: Definition.Value, in definition: inout Definition
  ) throws(ModelError) -> Definition.Value {
    let filter = ResamplingFilter(
      interpolation, isAntialiased: isAntialiased, isTabulated: distances == .tabulated)
    let proportion: ImageProportion =
      cropsToAspectRatio ? .cut : padsToAspectRatio ? .filled(fillValue) : .free
    return try definition.resized(x, to: [height, width], filter, proportion, dataFormat)
  }
}
