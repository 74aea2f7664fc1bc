/// A step of a gated recurrent unit.
///
/// ```
/// z, r = recurrent_activation of the first two parts of x·kernel + h₋·recurrent_kernel + bias
/// g = activation(x·kernel + (r∘h₋)·recurrent_kernel + bias), of the third parts
/// h = z∘h₋ + (1 - z)∘g
/// ```
///
/// Where ``resetAfter`` is true, r is applied after the product, which has a bias of its own:
/// `g = activation(x·kernel + bias[0] + r∘(h₋·recurrent_kernel + bias[1]))`.
///
/// Slices `(batch, features)`, one state h `(batch, units)`, which is the output. Weights: kernel
/// `(features, 3·units)`, recurrent_kernel `(units, 3·units)`, bias `(3·units)` or, with
/// ``resetAfter``, `(2, 3·units)`. As `keras/src/layers/rnn/gru.py`.
public struct GRUCell: GatedCell, Hashable {
  /// The name in the schema and in Keras.
  public static let kind = "GRUCell"

  /// The name of the layer that goes along sequences.
  public static let sequenceKind = "GRU"

  /// The layer's name and how its weights begin.
  public var declaration = LayerDeclaration()

  /// The size of the state.
  public internal(set) var units: Int
  /// What is applied to what comes in.
  public internal(set) var activation: ActivationFunction
  /// What is applied to the gates.
  public internal(set) var recurrentActivation: ActivationFunction
  /// Whether a bias is added.
  public internal(set) var useBias: Bool
  /// What training drops.
  public internal(set) var stepDropout = StepDropout()
  /// Whether each gate has weights of its own, as in Keras 1.
  public internal(set) var splitsGates = false
  /// Whether the reset gate is applied after the product rather than to the state.
  public internal(set) var resetAfter: Bool

  /// Makes the cell, with the defaults of Keras 3.
  public init(
    _ units: Int, activation: ActivationFunction = .tanh,
    recurrentActivation: ActivationFunction = .sigmoid, useBias: Bool = true,
    resetAfter: Bool = true, kernelInitializer: Initializer = .glorotUniform(),
    recurrentInitializer: Initializer = .orthogonal(), biasInitializer: Initializer = .zeros,
    name: String? = nil
  ) {
    self.units = units
    self.activation = activation
    self.recurrentActivation = recurrentActivation
    self.useBias = useBias
    self.resetAfter = resetAfter
    declaration = LayerDeclaration(
      name: name, kernel: kernelInitializer, recurrentKernel: recurrentInitializer,
      bias: biasInitializer)
  }

  /// Keras's defaults, without units.
  public static var prototype: GRUCell { GRUCell(0) }

  /// The attributes.
  public static let fields: [AttributeField<GRUCell>] =
    [
      .count("units", \.units, isRequired: true), .activation(\.activation),
      .activation(\.recurrentActivation, named: "recurrent_activation"),
      .flag("use_bias", \.useBias), .flag("reset_after", \.resetAfter),
    ] + AttributeField.part(\.stepDropout, StepDropout.fields)
    + [.impliedFlag("splits_gates", \.splitsGates, usual: false)]

  /// Update, reset and what comes in.
  public static let gateCount = 3

  /// Their names in Keras 1, in its order.
  public static let gates = ["z", "r", "h"]

  /// One number for each sum, or two.
  public var biasSizes: [Int] { (resetAfter ? [2] : []) + [Self.gateCount * units] }

  /// The products with the kernel, and the bias for them.
  public func project(
    _ x: Definition.Value, weights: [Definition.Value], in definition: inout Definition
  ) throws(ModelError) -> [Definition.Value] {
    [try definition.product(x, weights[0], bias: bias(0, weights, in: &definition))]
  }

  /// The gates, what comes in, the mean of it and of the state.
  public func step(
    _ projected: [Definition.Value], states: [Definition.Value], weights: [Definition.Value],
    in definition: inout Definition
  ) throws(ModelError) -> (output: Definition.Value, states: [Definition.Value]) {
    let h = states[0]
    let x = try definition.parts(projected[0], count: 3)
    // For all gates, or for the first two.
    let kernel =
      try resetAfter
      ? weights[1] : definition.part(weights[1], 1, 0..<2 * units)
    let products = try definition.parts(
      definition.product(h, kernel, bias: bias(1, weights, in: &definition)),
      count: resetAfter ? 3 : 2)
    var gates: [Definition.Value] = []
    for (x, product) in zip(x, products).prefix(2) {
      let sum = try definition.combination(.add, x, product)
      gates.append(try definition.activation(recurrentActivation, sum))
    }
    let (update, reset) = (gates[0], gates[1])
    let recurrent =
      try resetAfter
      ? definition.combination(.multiply, reset, products[2])
      : definition.product(
        definition.combination(.multiply, reset, h),
        definition.part(weights[1], 1, 2 * units..<3 * units))
    let entering = try definition.activation(
      activation, definition.combination(.add, x[2], recurrent))
    let kept = try definition.combination(.multiply, update, h)
    let share = try definition.combination(.subtract, definition.constant([1], []), update)
    let added = try definition.combination(.multiply, share, entering)
    let next = try definition.combination(.add, kept, added)
    return (next, [next])
  }

  /// The bias for the products with the input, or with the state, if there is one.
  private func bias(
    _ row: Int, _ weights: [Definition.Value], in definition: inout Definition
  ) throws(ModelError) -> Definition.Value? {
    guard useBias, resetAfter else { return useBias && row == 0 ? weights[2] : nil }
    let bias = try definition.part(weights[2], 0, row..<row + 1)
    return try definition.reshape(bias, [3 * units], keepsFirstAxis: false)
  }
}
