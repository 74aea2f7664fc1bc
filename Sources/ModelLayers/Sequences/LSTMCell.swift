/// A step of a long short-term memory.
///
/// ```
/// i, f, g, o = the four parts of x·kernel + h₋·recurrent_kernel + bias
/// c = recurrent_activation(f)·c₋ + recurrent_activation(i)·activation(g)
/// h = recurrent_activation(o)·activation(c)
/// ```
///
/// Slices `(batch, features)`, states h and c `(batch, units)`; the output is h. Weights: kernel
/// `(features, 4·units)`, recurrent_kernel `(units, 4·units)`, bias `(4·units)`. As
/// `keras/src/layers/rnn/lstm.py`.
public struct LSTMCell: GatedCell, Hashable {
  /// The name in the schema and in Keras.
  public static let kind = "LSTMCell"

  /// The name of the layer that goes along sequences.
  public static let sequenceKind = "LSTM"

  /// The layer's name and how its weights begin.
  public var declaration = LayerDeclaration()

  /// The size of each state.
  public internal(set) var units: Int
  /// What is applied to what comes in and to what goes out.
  public internal(set) var activation: ActivationFunction
  /// What is applied to the gates.
  public internal(set) var recurrentActivation: ActivationFunction
  /// Whether a bias is added.
  public internal(set) var useBias: Bool
  /// What training drops.
  public internal(set) var stepDropout = StepDropout()
  /// Whether each gate has weights of its own, as in Keras 1.
  public internal(set) var splitsGates = false

  /// Makes the cell, with the defaults of Keras 3.
  public init(
    _ units: Int, activation: ActivationFunction = .tanh,
    recurrentActivation: ActivationFunction = .sigmoid, useBias: Bool = true,
    kernelInitializer: Initializer = .glorotUniform(),
    recurrentInitializer: Initializer = .orthogonal(),
    biasInitializer: Initializer = .unitForgetBias,
    name: String? = nil
  ) {
    self.units = units
    self.activation = activation
    self.recurrentActivation = recurrentActivation
    self.useBias = useBias
    declaration = LayerDeclaration(
      name: name, kernel: kernelInitializer, recurrentKernel: recurrentInitializer,
      bias: biasInitializer)
  }

  /// Keras's defaults, without units.
  public static var prototype: LSTMCell { LSTMCell(0) }

  /// The attributes.
  public static let fields: [AttributeField<LSTMCell>] =
    [
      .count("units", \.units, isRequired: true), .activation(\.activation),
      .activation(\.recurrentActivation, named: "recurrent_activation"),
      .flag("use_bias", \.useBias),
    ] + AttributeField.part(\.stepDropout, StepDropout.fields)
    + [.impliedFlag("splits_gates", \.splitsGates, usual: false)]

  /// Input, forget, cell and output.
  public static let gateCount = 4

  /// Their names in Keras 1, in its order.
  public static let gates = ["i", "c", "f", "o"]

  /// The order in which they are side by side.
  public static let gateOrder = ["i", "f", "c", "o"]

  /// h and c.
  public var stateCount: Int { 2 }

  /// The gates, the cell, the output.
  public func step(
    _ projected: [Definition.Value], states: [Definition.Value], weights: [Definition.Value],
    in definition: inout Definition
  ) throws(ModelError) -> (output: Definition.Value, states: [Definition.Value]) {
    let sums = try sums(projected[0], states[0], weights, in: &definition)
    return try definition.memory(
      definition.parts(sums, count: Self.gateCount), cell: states[1], activation,
      recurrentActivation)
  }
}

extension Definition {
  /// The rest of a step of a long short-term memory, from the sums for its four gates on.
  mutating func memory(
    _ sums: [Value], cell: Value, _ activation: ActivationFunction,
    _ recurrentActivation: ActivationFunction
  ) throws(ModelError) -> (output: Value, states: [Value]) {
    let input = try self.activation(recurrentActivation, sums[0])
    let forget = try self.activation(recurrentActivation, sums[1])
    let kept = try combination(.multiply, forget, cell)
    let added = try combination(.multiply, input, self.activation(activation, sums[2]))
    let c = try combination(.add, kept, added)
    let output = try self.activation(recurrentActivation, sums[3])
    let h = try combination(.multiply, output, self.activation(activation, c))
    return (h, [h, c])
  }
}
