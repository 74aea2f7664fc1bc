/// A step of a long short-term memory whose products are convolutions along `rank` axes.
///
/// ```
/// i, f, g, o = the four parts of x ∗ kernel + h₋ ∗ recurrent_kernel + bias
/// c = recurrent_activation(f)·c₋ + recurrent_activation(i)·activation(g)
/// h = recurrent_activation(o)·activation(c)
/// ```
///
/// The state is convolved with strides of 1 and `same` padding. Slices
/// `(batch, spatial…, channels)` or, channels first, `(batch, channels, spatial…)`; states h and c as the
/// output of the first convolution; the output is h. Weights: kernel
/// `(spatial…, channels, 4·filters)`, recurrent_kernel `(spatial…, filters, 4·filters)`, bias
/// `(4·filters)`. As `keras/src/layers/rnn/conv_lstm.py`.
public struct ConvLSTMCell<let rank: Int>: RecurrentCell, Hashable {
  /// The name in the schema; Keras has no class of it that files hold.
  public static var kind: String { "ConvLSTM\(rank)DCell" }

  /// The name of the layer that goes along sequences.
  public static var sequenceKind: String { "ConvLSTM\(rank)D" }

  /// The layer's name and how its weights begin.
  public var declaration = LayerDeclaration()

  /// The number of channels of each state.
  public internal(set) var filters = 0
  /// How the kernel moves over a slice.
  public internal(set) var window = ConvolutionWindow(rank: rank)
  /// What is applied to what comes in and to what goes out.
  public internal(set) var activation = ActivationFunction.tanh
  /// What is applied to the gates.
  public internal(set) var recurrentActivation = ActivationFunction.sigmoid
  /// Whether a bias is added.
  public internal(set) var useBias = true
  /// What training drops.
  public internal(set) var stepDropout = StepDropout()

  /// The attributes.
  public static var fields: [AttributeField<ConvLSTMCell>] {
    [.count("filters", \.filters, isRequired: true)]
      + AttributeField.part(\.window, ConvolutionWindow.fields(rank: rank))
      + [
        .activation(\.activation),
        .activation(\.recurrentActivation, named: "recurrent_activation"),
        .flag("use_bias", \.useBias),
      ] + AttributeField.part(\.stepDropout, StepDropout.fields)
  }

  /// Keras's defaults, without filters.
  public static var prototype: ConvLSTMCell { ConvLSTMCell() }

  private init() {}

  init(
    _ filters: Int, _ window: ConvolutionWindow, _ activation: ActivationFunction,
    _ recurrentActivation: ActivationFunction, _ useBias: Bool, _ declaration: LayerDeclaration
  ) {
    self.filters = filters
    self.window = window
    self.activation = activation
    self.recurrentActivation = recurrentActivation
    self.useBias = useBias
    self.declaration = declaration
  }

  /// Throws `ModelError.attribute` for what no convolution can have.
  public func check() throws(ModelError) {
    try checkFields()
    try window.checkNotCausal()
    try window.checkDilation()
  }

  /// h and c.
  public var stateCount: Int { 2 }

  /// Two kernels, and the bias if there is one.
  public var weightCount: Int { useBias ? 3 : 2 }

  /// The sizes of the first convolution's output.
  public func stateSizes(for slice: Shape) throws(ModelError) -> [[Int?]] {
    try window.dataFormat.checkSpatialRank(rank, of: slice)
    let sizes = try window.outputShape(for: slice, channels: filters).dimensions
    return Array(repeating: Array(sizes.dropFirst()), count: 2)
  }

  /// Kernel, recurrent kernel and bias.
  public func weights(for slice: Shape) throws(ModelError) -> [ParameterSpecification] {
    let channels = try window.channels(of: slice)
    let (width, overflow) = filters.multipliedReportingOverflow(by: 4)
    guard !overflow else { throw .attribute("filters", expected: "less", found: "\(filters)") }
    return [
      ParameterSpecification("kernel", window.kernelSize + [channels, width]),
      ParameterSpecification("recurrent_kernel", window.kernelSize + [filters, width]),
    ] + (useBias ? [ParameterSpecification("bias", [width])] : [])
  }

  /// Two convolutions, the gates, the cell, the output.
  public func step(
    _ projected: [Definition.Value], states: [Definition.Value], weights: [Definition.Value],
    in definition: inout Definition
  ) throws(ModelError) -> (output: Definition.Value, states: [Definition.Value]) {
    let ones = Array(repeating: 1, count: rank)
    let entering = try definition.convolution(
      projected[0], weights[0], bias: useBias ? weights[2] : nil, window, .groups(1))
    let kept = try definition.convolution(
      states[0], weights[1],
      ConvolutionWindow(window.kernelSize, ones, .same, window.dataFormat, ones), .groups(1))
    let sums = try definition.combination(.add, entering, kept)
    let channels = window.dataFormat.channelAxis(rank: rank + 2)
    return try definition.memory(
      definition.parts(sums, count: 4, axis: channels), cell: states[1], activation,
      recurrentActivation)
  }
}

/// A convolutional long short-term memory of sequences `(batch, steps, length, channels)`.
public typealias ConvLSTM1D = Recurrent<ConvLSTMCell<1>>

/// A convolutional long short-term memory of sequences `(batch, steps, height, width, channels)`.
public typealias ConvLSTM2D = Recurrent<ConvLSTMCell<2>>

/// A convolutional long short-term memory of sequences
/// `(batch, steps, depth, height, width, channels)`.
public typealias ConvLSTM3D = Recurrent<ConvLSTMCell<3>>
