/// A cell whose weights are in the layout of cuDNN, as layers of Keras 1 and 2 for it keep them.
///
/// The functions are tanh and sigmoid, there is a bias, and the reset gate of a gated recurrent unit is
/// applied after the product. For each gate, what stands in its columns of the kernel `(features, units)`,
/// row-major, is a matrix `(units, features)`, the transpose of what is multiplied with; its columns of the
/// recurrent kernel are transposed as well. The bias has a half for the products with the kernel and one for
/// those with the recurrent kernel. No mask is taken.
///
/// Weights: kernel `(features, gates·units)`, recurrent_kernel `(units, gates·units)`, bias
/// `(2·gates·units)`. As `keras/src/layers/rnn/cudnn_lstm.py`, `cudnn_gru.py`, and what
/// `keras/src/saving/legacy/hdf5_format.py` makes of them.
public struct CuDNNCell<Gates: CuDNNGates>: RecurrentCell {
  /// No layer of a graph is of this kind: there are no such cells by themselves.
  public static var kind: String { "CuDNN" + Gates.kind }

  /// The name of the layer that goes along sequences.
  public static var sequenceKind: String { "CuDNN" + Gates.sequenceKind }

  /// The layer's name and how its weights begin.
  public var declaration = LayerDeclaration()

  /// The size of each state.
  public internal(set) var units: Int

  init(_ units: Int) { self.units = units }

  /// No units.
  public static var prototype: CuDNNCell { CuDNNCell(0) }

  /// The attributes.
  public static var fields: [AttributeField<CuDNNCell>] {
    [.count("units", \.units, isRequired: true)]
  }

  /// The cell that computes the same with weights in its own layout.
  private var gates: Gates { Gates.ofCuDNN(units) }

  /// As many as the cell has.
  public var stateCount: Int { gates.stateCount }

  /// Two kernels and a bias.
  public var weightCount: Int { 3 }

  /// No mask is.
  public var heedsMask: Bool { false }

  /// Those of the cell.
  public func stateSizes(for slice: Shape) throws(ModelError) -> [[Int?]] {
    try gates.stateSizes(for: slice)
  }

  /// Those of the cell, with a bias for each kernel.
  public func weights(for slice: Shape) throws(ModelError) -> [ParameterSpecification] {
    let kernels = try gates.weights(for: slice).prefix(2)
    guard let count = [2, Gates.gateCount, units].checkedProduct() else {
      throw .attribute("units", expected: "less", found: "\(units)")
    }
    return kernels + [ParameterSpecification("bias", [count])]
  }

  /// The weights in the layout of the cell.
  public func arrange(
    _ weights: [Definition.Value], in definition: inout Definition
  ) throws(ModelError) -> [Definition.Value] {
    let (kernel, recurrent) = (weights[0], weights[1])
    let (features, count) = (kernel.shape[0], Gates.gateCount)
    func reshape(
      _ x: Definition.Value, _ sizes: [Int?]
    ) throws(ModelError) -> Definition.Value {
      try definition.reshape(x, sizes, keepsFirstAxis: false)
    }
    var matrices = try reshape(kernel, [features, count, units])
    matrices = try definition.transpose(matrices, [1, 0, 2])
    matrices = try reshape(matrices, [count, units, features])
    matrices = try definition.transpose(matrices, [2, 0, 1])
    var squares = try reshape(recurrent, [units, count, units])
    squares = try definition.transpose(squares, [2, 1, 0])
    var bias = try reshape(weights[2], [2, count * units])
    if gates.biasSizes.count == 1 {
      bias = try definition.apply(Primitives.Reduction(.sum, over: [0]), to: bias)
    }
    return [
      try reshape(matrices, [features, count * units]),
      try reshape(squares, [units, count * units]), bias,
    ]
  }

  /// What the cell makes of it.
  public func project(
    _ x: Definition.Value, weights: [Definition.Value], in definition: inout Definition
  ) throws(ModelError) -> [Definition.Value] {
    try gates.project(x, weights: weights, in: &definition)
  }

  /// The cell's step.
  public func step(
    _ projected: [Definition.Value], states: [Definition.Value], weights: [Definition.Value],
    in definition: inout Definition
  ) throws(ModelError) -> (output: Definition.Value, states: [Definition.Value]) {
    try gates.step(projected, states: states, weights: weights, in: &definition)
  }
}

/// A cell that cuDNN has too.
public protocol CuDNNGates: GatedCell {
  /// The cell with the functions that cuDNN has.
  static func ofCuDNN(_ units: Int) -> Self
}

extension LSTMCell: CuDNNGates {
  /// Keras's defaults.
  public static func ofCuDNN(_ units: Int) -> LSTMCell { LSTMCell(units) }
}

extension GRUCell: CuDNNGates {
  /// Keras's defaults, with the reset gate after the product.
  public static func ofCuDNN(_ units: Int) -> GRUCell { GRUCell(units, resetAfter: true) }
}

/// A long short-term memory with weights in the layout of cuDNN: see ``CuDNNCell``.
public typealias CuDNNLSTM = Recurrent<CuDNNCell<LSTMCell>>

/// A gated recurrent unit with weights in the layout of cuDNN: see ``CuDNNCell``.
public typealias CuDNNGRU = Recurrent<CuDNNCell<GRUCell>>

extension Recurrent {
  /// Makes a layer of cuDNN; its bias begins with zeros.
  public init<Gates>(
    _ units: Int, returnSequences: Bool = false, returnState: Bool = false,
    goBackwards: Bool = false, stateful: Bool = false,
    kernelInitializer: Initializer = .glorotUniform(),
    recurrentInitializer: Initializer = .orthogonal(), biasInitializer: Initializer = .zeros,
    name: String? = nil
  ) where Cell == CuDNNCell<Gates> {
    self.init(
      CuDNNCell(units),
      Recurrence(
        returnsSequences: returnSequences, returnsState: returnState, goesBackwards: goBackwards,
        isStateful: stateful))
    declaration = LayerDeclaration(
      name: name, kernel: kernelInitializer, recurrentKernel: recurrentInitializer,
      bias: biasInitializer)
  }
}
