/// The frequencies in frames of a signal: its short-time Fourier transform, as kernels of a convolution
/// compute it.
///
/// With r and i the sums of a frame with the two kernels, the result is `r`, `i`, both one after the
/// other (`stft`), `p = r² + i²` with all but the first and last frequency doubled (`psd`),
/// `m = √max(p, 1e-7)` (`magnitude`) or `log(max(m, 1e-7))` (`log`). As
/// `keras/src/layers/preprocessing/stft_spectrogram.py`.
///
/// Input `(batch, time, channels)`, output `(batch, frames, channels·frequencies)`, or
/// `(batch, frames, frequencies, channels)` with an axis of their own; channels first, both have the
/// channels before the time. Weights: real_kernel, imag_kernel, each `(frame, 1, frequencies)`, of which
/// only those are there that the mode needs.
public struct STFTSpectrogram: UnaryLayer, DeclaredLayer, Hashable {
  /// The name in the schema and in Keras.
  public static let kind = "STFTSpectrogram"

  /// What is made of the sums; the raw values are Keras's names.
  public enum Mode: String, CaseIterable, Hashable, Sendable {
    case logarithm = "log"
    case magnitude
    case power = "psd"
    case real
    case imaginary = "imag"
    case both = "stft"
  }

  /// The layer's name and how its weights begin.
  public var declaration = LayerDeclaration()

  /// What is made of the sums.
  public internal(set) var mode: Mode
  /// The number of samples of a frame.
  public internal(set) var frameLength: Int
  /// The distance between frames; 0 for half a frame.
  public internal(set) var frameStep: Int
  /// The number of samples that frames are filled up to; 0 for the next power of two.
  public internal(set) var transformLength: Int
  /// What frames are weighted with where the kernels begin: a name of SciPy's, or `none`.
  public internal(set) var window: String
  /// Whether the window is one period, without the last sample of the next.
  public internal(set) var isPeriodic: Bool
  /// What the kernels are scaled to where they begin: `density`, `spectrum` or `none`.
  public internal(set) var scaling: String
  /// Whether frames reach beyond the signal.
  public internal(set) var padding: Padding
  /// Whether frequencies have an axis of their own.
  public internal(set) var expandsDimensions: Bool
  /// Where the channels are.
  public internal(set) var dataFormat: DataFormat

  /// Makes the layer, with the defaults of Keras 3.
  ///
  /// Its kernels begin as `initializer` says; Keras has them as sines and cosines.
  public init(
    mode: Mode = .logarithm, frameLength: Int = 256, frameStep: Int = 0, transformLength: Int = 0,
    padding: Padding = .valid, expandsDimensions: Bool = false,
    dataFormat: DataFormat = .channelsLast, initializer: Initializer = .glorotUniform(),
    name: String? = nil
  ) {
    self.mode = mode
    self.frameLength = frameLength
    self.frameStep = frameStep
    self.transformLength = transformLength
    window = "hann"
    isPeriodic = false
    scaling = "density"
    self.padding = padding
    self.expandsDimensions = expandsDimensions
    self.dataFormat = dataFormat
    declaration = LayerDeclaration(
      name: name, initializers: ["real_kernel": initializer, "imag_kernel": initializer])
  }

  /// Keras's defaults.
  public static var prototype: STFTSpectrogram { STFTSpectrogram() }

  /// The attributes.
  public static let fields: [AttributeField<STFTSpectrogram>] = [
    .choice("mode", \.mode),
    .count("frame_length", \.frameLength),
    .int("frame_step", \.frameStep).expecting("0 to the length of a frame") {
      0...$0.frameLength ~= $0.frameStep
    },
    .int("fft_length", \.transformLength).expecting("0, or at least the length of a frame") {
      $0.transformLength == 0
        || $0.frameLength...Swift.max($0.frameLength, longest) ~= $0.transformLength
    },
    .text("window", \.window), .flag("periodic", \.isPeriodic),
    .text("scaling", \.scaling).expecting("'density', 'spectrum' or 'none'") {
      ["density", "spectrum", "none"].contains($0.scaling)
    },
    .choice("padding", \.padding).expecting("'valid' or 'same'") { $0.padding != .causal },
    .flag("expand_dims", \.expandsDimensions), .choice("data_format", \.dataFormat),
  ]

  /// More samples than any transform of people has.
  private static let longest = 1 << 30

  /// Real numbers are taken.
  public func checkElements(_ inputs: [TensorType]) throws(ModelError) { try inputs.checkReal() }

  /// Half the samples of a filled frame, and one.
  private func frequencyCount() throws(ModelError) -> Int {
    guard frameLength <= Self.longest else {
      throw .attribute("frame_length", expected: "at most 2³⁰", found: "\(frameLength)")
    }
    var length = 1
    while length < frameLength { length *= 2 }
    return (transformLength == 0 ? length : transformLength) / 2 + 1
  }

  /// Convolutions, and what the mode makes of them.
  public func define(
    _ x: Definition.Value, in definition: inout Definition
  ) throws(ModelError) -> Definition.Value {
    guard x.shape.rank == 3 else {
      throw .rank(expected: "[batch, time, channels]", found: x.shape)
    }
    let count = try frequencyCount()
    let isLast = dataFormat == .channelsLast
    // Each channel is a signal of its own.
    let signals = isLast ? try definition.transpose(x, [0, 2, 1]) : x
    let channels = try signals.shape.sizes(of: [1])[0]
    let (items, time) = (signals.shape[0], signals.shape[2])
    let apart = try definition.reshape(
      signals, [[items, channels].product(of: x.shape), time, 1], keepsFirstAxis: false)
    let step = frameStep == 0 ? Swift.max(1, frameLength / 2) : frameStep
    let frames = ConvolutionWindow([frameLength], [step], padding, .channelsLast, [1])
    func sums(_ role: String, _ definition: inout Definition) throws(ModelError) -> Definition.Value
    {
      let made = try definition.convolution(
        apart, definition.weight(role, [frameLength, 1, count]), frames, .groups(1))
      return try definition.reshape(
        made, [items, channels, made.shape[1], count], keepsFirstAxis: false)
    }
    let real = mode == .imaginary ? nil : try sums("real_kernel", &definition)
    let imaginary = mode == .real ? nil : try sums("imag_kernel", &definition)
    let made = try result(real, imaginary, in: &definition)
    let (size, frameCount) = (made.shape[3], made.shape[2])
    switch (isLast, expandsDimensions) {
    case (true, true): return try definition.transpose(made, [0, 2, 3, 1])
    case (false, true): return made
    case (true, false):
      return try definition.reshape(
        definition.transpose(made, [0, 2, 1, 3]),
        [items, frameCount, [channels, size].product(of: x.shape)])
    case (false, false):
      return try definition.reshape(
        definition.transpose(made, [0, 1, 3, 2]),
        [items, [channels, size].product(of: x.shape), frameCount])
    }
  }

  /// What the mode makes of `(batch, channels, frames, frequencies)`.
  private func result(
    _ real: Definition.Value?, _ imaginary: Definition.Value?, in definition: inout Definition
  ) throws(ModelError) -> Definition.Value {
    guard let real, let imaginary else {
      // One of them is always there.
      return try [real, imaginary].compactMap(\.self).only()
    }
    if mode == .both { return try definition.concatenation([real, imaginary], axis: 3) }
    let power = try definition.combination(
      .add, definition.function(.square, real), definition.function(.square, imaginary))
    if mode == .power {
      let inner = try definition.padding(power, before: [0, 0, 0, -1], after: [0, 0, 0, -1])
      return try definition.combination(
        .add, power, definition.padding(inner, before: [0, 0, 0, 1], after: [0, 0, 0, 1]))
    }
    let magnitude = try definition.function(
      .squareRoot, definition.combination(.maximum, power, Self.least))
    guard mode == .logarithm else { return magnitude }
    return try definition.function(
      .log, definition.combination(.maximum, magnitude, Self.least))
  }

  /// `keras.config.epsilon()`.
  private static let least = 1e-7
}
