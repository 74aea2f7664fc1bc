internal import Glibc

/// How loud a signal is around the pitches of the mel scale, frame by frame.
///
/// A frame's amplitudes `|X[k]|`, X its Fourier transform under a window, are raised to a power and summed with
/// triangles between pitches that are equally far apart on the mel scale, `1127·ln(1 + f/700)`; in
/// decibels, they are `10·log₁₀(max(S, least) / max(|reference|, least))`, and no more than a range below the
/// largest of the whole tensor. Frames reach half a transform beyond the signal, which is mirrored there. As
/// `keras/src/layers/preprocessing/mel_spectrogram.py`.
///
/// Input `(batch, time)`, output `(batch, pitches, frames)`. No weights.
public struct MelSpectrogram: UnaryLayer, DeclaredLayer, Hashable {
  /// The name in the schema and in Keras.
  public static let kind = "MelSpectrogram"

  /// What the samples of a frame are weighted with: names of SciPy's, one period of each.
  public enum Window: String, CaseIterable, Hashable, Sendable {
    case hann, hamming, none
  }

  /// The layer's name; there are no weights.
  public var declaration = LayerDeclaration()

  /// The number of samples of a transform.
  public internal(set) var transformLength: Int
  /// The distance between frames.
  public internal(set) var frameStep: Int
  /// The number of samples that the window has, in the middle of a frame.
  public internal(set) var windowLength: Int
  /// What samples are weighted with.
  public internal(set) var window: Window
  /// Samples per second.
  public internal(set) var samplingRate: Int
  /// The number of pitches.
  public internal(set) var pitchCount: Int
  /// The lowest frequency of the triangles, in hertz.
  public internal(set) var lowest: Double
  /// The highest frequency of the triangles, in hertz.
  public internal(set) var highest: Double
  /// Whether results are decibels.
  public internal(set) var isInDecibels: Bool
  /// How far below the largest decibels go.
  public internal(set) var range: Double
  /// The power of amplitudes that is summed.
  public internal(set) var exponent: Double
  /// The least that a logarithm is taken of.
  public internal(set) var least: Double
  /// What has no decibels.
  public internal(set) var reference: Double

  /// Makes the layer, with the defaults of Keras 3.
  ///
  /// - Parameters:
  ///   - windowLength: Those of the transform unless it is given.
  ///   - highest: Half of the sampling rate unless it is given.
  public init(
    pitches pitchCount: Int = 128, samplingRate: Int = 16000, transformLength: Int = 2048,
    frameStep: Int = 512, windowLength: Int? = nil, window: Window = .hann, lowest: Double = 20,
    highest: Double? = nil, exponent: Double = 2, isInDecibels: Bool = true, name: String? = nil
  ) {
    self.pitchCount = pitchCount
    self.samplingRate = samplingRate
    self.transformLength = transformLength
    self.frameStep = frameStep
    self.windowLength = windowLength ?? transformLength
    self.window = window
    self.lowest = lowest
    self.highest = highest ?? Double(samplingRate / 2)
    self.isInDecibels = isInDecibels
    range = 80
    self.exponent = exponent
    least = 1e-10
    reference = 1
    declaration = LayerDeclaration(name: name)
  }

  /// Keras's defaults.
  public static var prototype: MelSpectrogram { MelSpectrogram() }

  /// The attributes.
  public static let fields: [AttributeField<MelSpectrogram>] = [
    .int("fft_length", \.transformLength).expecting("2 to 4096") {
      2...longest ~= $0.transformLength
    },
    .count("sequence_stride", \.frameStep),
    .int("sequence_length", \.windowLength).expecting("1 to 'fft_length'") {
      $0.windowLength > 0 && $0.windowLength <= $0.transformLength
    },
    .choice("window", \.window), .count("sampling_rate", \.samplingRate),
    .int("num_mel_bins", \.pitchCount).expecting("1 to 65536") { 1...65536 ~= $0.pitchCount },
    .number("min_freq", \.lowest), .number("max_freq", \.highest),
    .flag("power_to_db", \.isInDecibels), .number("top_db", \.range),
    .number("mag_exp", \.exponent), .number("min_power", \.least),
    .number("ref_power", \.reference),
  ]

  /// The kernels of a transform have its square of elements.
  private static let longest = 4096

  /// Real numbers are taken.
  public func checkElements(_ inputs: [TensorType]) throws(ModelError) { try inputs.checkReal() }

  /// Transforms, triangles, decibels.
  public func define(
    _ x: Definition.Value, in definition: inout Definition
  ) throws(ModelError) -> Definition.Value {
    guard x.shape.rank == 2 else { throw .rank(expected: "[batch, time]", found: x.shape) }
    let beyond = transformLength / 2
    let mirrored = try definition.mirrored(x, [0, 0, beyond, beyond], skipping: 1)
    let signal = try definition.reshape(mirrored, mirrored.shape.dimensions + [1])
    let frames = ConvolutionWindow([transformLength], [frameStep], .valid, .channelsLast, [1])
    let count = transformLength / 2 + 1
    func squares(_ wave: (Double) -> Double, _ definition: inout Definition) throws(ModelError)
      -> Definition.Value
    {
      let kernel = definition.constant(waves(wave), [transformLength, 1, count])
      return try definition.function(
        .square, definition.convolution(signal, kernel, frames, .groups(1)))
    }
    let amplitudes = try definition.function(
      .squareRoot,
      definition.combination(
        .add, squares(Glibc.cos, &definition), squares(Glibc.sin, &definition)))
    let sums = try definition.product(
      definition.combination(.power, amplitudes, exponent), triangles(count, in: &definition))
    let result = isInDecibels ? try decibels(sums, in: &definition) : sums
    return try definition.transpose(result, [0, 2, 1])
  }

  /// A wave of each frequency under the window, `(samples, 1, frequencies)`.
  private func waves(_ wave: (Double) -> Double) -> [Double] {
    let count = transformLength / 2 + 1
    let table = (0..<transformLength).map { wave(2 * .pi * Double($0) / Double(transformLength)) }
    let first = (transformLength - windowLength) / 2
    return (0..<transformLength).flatMap { sample in
      let place = sample - first
      // Without a window, all samples count.
      let weight =
        window == .none ? 1 : 0..<windowLength ~= place ? weight(Double(place)) : 0
      return (0..<count).map { weight * table[sample * $0 % transformLength] }
    }
  }

  private func weight(_ place: Double) -> Double {
    let mean = window == .hann ? 0.5 : 0.54
    return mean - (1 - mean) * Glibc.cos(2 * .pi * place / Double(windowLength))
  }

  /// How much of each frequency is around each pitch, `(frequencies, pitches)`.
  ///
  /// It is written in primitives so that its rounding, which is larger than that of the transform, is
  /// bounded as that of everything else.
  private func triangles(
    _ count: Int, in definition: inout Definition
  ) throws(ModelError) -> Definition.Value {
    func hertz(_ frequency: Double) -> Definition.Value { definition.constant([frequency], [1]) }
    let frequencies = try pitches(
      of: steps(from: hertz(0), to: hertz(Double(samplingRate) / 2), count, in: &definition),
      in: &definition)
    // The lowest frequency, 0, is around no pitch.
    let place = try definition.reshape(
      definition.padding(frequencies, before: [-1], after: [0]), [count - 1, 1],
      keepsFirstAxis: false)
    let edges = try steps(
      from: pitches(of: hertz(lowest), in: &definition),
      to: pitches(of: hertz(highest), in: &definition), pitchCount + 2, in: &definition)
    func edge(_ offset: Int, _ definition: inout Definition) throws(ModelError) -> Definition.Value
    {
      try definition.padding(edges, before: [-offset], after: [offset - 2])
    }
    let (lower, middle) = (try edge(0, &definition), try edge(1, &definition))
    let upper = try edge(2, &definition)
    let rising = try definition.combination(
      .divide, definition.combination(.subtract, place, lower),
      definition.combination(.subtract, middle, lower))
    let falling = try definition.combination(
      .divide, definition.combination(.subtract, upper, place),
      definition.combination(.subtract, upper, middle))
    let heights = try definition.combination(
      .maximum, definition.combination(.minimum, rising, falling), 0)
    return try definition.padding(heights, before: [1, 0], after: [0, 0])
  }

  /// Numbers from one to another that are equally far apart.
  private func steps(
    from first: Definition.Value, to last: Definition.Value, _ count: Int,
    in definition: inout Definition
  ) throws(ModelError) -> Definition.Value {
    let parts = (0..<count).map { Double($0) / Double(Swift.max(1, count - 1)) }
    return try definition.combination(
      .add,
      definition.combination(.multiply, definition.constant(parts.map { 1 - $0 }, [count]), first),
      definition.combination(.multiply, definition.constant(parts, [count]), last))
  }

  /// Frequencies on the mel scale.
  private func pitches(
    of hertz: Definition.Value, in definition: inout Definition
  ) throws(ModelError) -> Definition.Value {
    let ratio = try definition.combination(.divide, hertz, 700)
    let logarithm = try definition.function(.log, definition.combination(.add, ratio, 1))
    return try definition.combination(.multiply, logarithm, 1127)
  }

  private func decibels(
    _ x: Definition.Value, in definition: inout Definition
  ) throws(ModelError) -> Definition.Value {
    let logarithm = try definition.function(
      .log10, definition.combination(.maximum, x, least))
    let reference = 10 * Glibc.log10(Swift.max(Swift.abs(reference), least))
    let levels = try definition.combination(
      .subtract, definition.combination(.multiply, logarithm, 10), reference)
    let largest = try definition.apply(
      Primitives.Reduction(.maximum, over: Array(0..<x.shape.rank)), to: levels)
    return try definition.combination(
      .maximum, levels, definition.combination(.subtract, largest, range))
  }
}
