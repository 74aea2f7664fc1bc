/// A step of a fully connected recurrence: `h = activation(x·kernel + h₋·recurrent_kernel + bias)`.
///
/// Slices `(batch, features)`, one state h `(batch, units)`, which is the output. Weights: kernel
/// `(features, units)`, recurrent_kernel `(units, units)`, bias `(units)`. As
/// `keras/src/layers/rnn/simple_rnn.py`.
public struct SimpleRNNCell: GatedCell, Hashable {
  /// The name in the schema and in Keras.
  public static let kind = "SimpleRNNCell"

  /// The name of the layer that goes along sequences.
  public static let sequenceKind = "SimpleRNN"

  /// The layer's name and how its weights begin.
  public var declaration = LayerDeclaration()

  /// The size of the state.
  public internal(set) var units: Int
  /// What is applied to the sums.
  public internal(set) var activation: ActivationFunction
  /// Whether a bias is added.
  public internal(set) var useBias: Bool
  /// What training drops.
  public internal(set) var stepDropout = StepDropout()

  /// Makes the cell, with the defaults of Keras 3.
  public init(
    _ units: Int, activation: ActivationFunction = .tanh, useBias: Bool = true,
    kernelInitializer: Initializer = .glorotUniform(),
    recurrentInitializer: Initializer = .orthogonal(), biasInitializer: Initializer = .zeros,
    name: String? = nil
  ) {
    self.units = units
    self.activation = activation
    self.useBias = useBias
    declaration = LayerDeclaration(
      name: name, kernel: kernelInitializer, recurrentKernel: recurrentInitializer,
      bias: biasInitializer)
  }

  /// Keras's defaults, without units.
  public static var prototype: SimpleRNNCell { SimpleRNNCell(0) }

  /// The attributes.
  public static let fields: [AttributeField<SimpleRNNCell>] =
    [
      .count("units", \.units, isRequired: true), .activation(\.activation),
      .flag("use_bias", \.useBias),
    ] + AttributeField.part(\.stepDropout, StepDropout.fields)

  /// One sum for each unit.
  public static let gateCount = 1

  /// The sum of all products, then the activation function.
  public func step(
    _ projected: [Definition.Value], states: [Definition.Value], weights: [Definition.Value],
    in definition: inout Definition
  ) throws(ModelError) -> (output: Definition.Value, states: [Definition.Value]) {
    let sums = try sums(projected[0], states[0], weights, in: &definition)
    let h = try definition.activation(activation, sums)
    return (h, [h])
  }
}
