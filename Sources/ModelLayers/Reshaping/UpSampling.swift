/// More elements along `rank` axes: each repeated, or interpolated between neighbours.
///
/// Nearest: `y[i, j] = x[⌊i ÷ size₀⌋, ⌊j ÷ size₁⌋]`. Bilinear: y is taken linearly between
/// the four pixels of x around the place `((i + ½) ÷ size₀ - ½, (j + ½) ÷ size₁ - ½)`; without
/// half-pixel centers, as TensorFlow 1 did, around `(i ÷ size₀, j ÷ size₁)`. Outside of x its
/// edge goes on. Images have the other kernels of ``ResamplingFilter`` as well, whose weights of
/// the pixels inside of x are made to sum up to 1. Input `(batch, spatial…, channels)` or, channels first,
/// `(batch, channels, spatial…)`; a sequence is always channels last. As
/// `keras/src/layers/reshaping/up_sampling2d.py` and its siblings.
public struct UpSampling<let rank: Int>: UnaryLayer, DeclaredLayer, Hashable {
  /// The name in the schema and in Keras.
  public static var kind: String { "UpSampling\(rank)D" }

  /// The layer's name and how its weights begin.
  public var declaration = LayerDeclaration()

  /// How new pixels are made.
  public typealias Interpolation = ResamplingFilter.Kernel

  /// At which distances the cubic kernel is taken.
  public enum Distances: String, CaseIterable, Hashable, Sendable {
    /// At those of a table, as in TensorFlow.
    case tabulated
    /// At each as it is, as in JAX.
    case exact
  }

  /// How many elements there are for one, along each axis.
  public internal(set) var size = Array(repeating: 2, count: rank)
  /// Where the channels are.
  public internal(set) var dataFormat = DataFormat.channelsLast
  /// How new pixels are made.
  public internal(set) var interpolation = Interpolation.nearest
  /// Whether a pixel's place is its center, for bilinear interpolation.
  public internal(set) var halfPixelCenters = true
  /// At which distances the cubic kernel is taken.
  public internal(set) var distances = Distances.tabulated

  private init() {}

  /// Keras's defaults: two elements for one.
  public static var prototype: UpSampling { UpSampling() }

  /// The attributes.
  public static var fields: [AttributeField<Self>] {
    guard rank > 1 else { return [.count("size", \.size[0])] }
    let common: [AttributeField<Self>] = [
      .sizes("size", \.size, count: rank), .choice("data_format", \.dataFormat),
    ]
    guard rank == 2 else { return common }
    return common + [
      .choice("interpolation", \.interpolation),
      .flag("half_pixel_centers", \.halfPixelCenters).expecting(
        "true for this interpolation"
      ) { $0.halfPixelCenters || [.nearest, .bilinear].contains($0.interpolation) },
      .deviation("distances", \.distances, from: .tabulated),
    ]
  }

  /// The enlarged input.
  public func define(
    _ x: Definition.Value, in definition: inout Definition
  ) throws(ModelError) -> Definition.Value {
    try definition.apply(
      Primitives.Resampling(
        .factors(size),
        ResamplingFilter(
          interpolation, grid: halfPixelCenters ? .centers : .corners,
          isTabulated: distances == .tabulated),
        dataFormat), to: x)
  }
}

/// A sequence with each step repeated.
public typealias UpSampling1D = UpSampling<1>
/// An image with more pixels.
public typealias UpSampling2D = UpSampling<2>
/// A volume with each element repeated.
public typealias UpSampling3D = UpSampling<3>

extension UpSampling where rank == 1 {
  /// Makes the layer, with the default of Keras 3.
  public init(size: Int = 2, name: String? = nil) {
    self = .prototype
    self.size = [size]
    declaration = LayerDeclaration(name: name)
  }
}

extension UpSampling where rank == 2 {
  /// Makes the layer, with the defaults of Keras 3.
  public init(
    size: (Int, Int) = (2, 2), dataFormat: DataFormat = .channelsLast,
    interpolation: Interpolation = .nearest, halfPixelCenters: Bool = true, name: String? = nil
  ) {
    self = .prototype
    self.size = [size.0, size.1]
    self.dataFormat = dataFormat
    self.interpolation = interpolation
    self.halfPixelCenters = halfPixelCenters
    declaration = LayerDeclaration(name: name)
  }
}

extension UpSampling where rank == 3 {
  /// Makes the layer, with the defaults of Keras 3.
  public init(
    size: (Int, Int, Int) = (2, 2, 2), dataFormat: DataFormat = .channelsLast, name: String? = nil
  ) {
    self = .prototype
    self.size = [size.0, size.1, size.2]
    self.dataFormat = dataFormat
    declaration = LayerDeclaration(name: name)
  }
}
