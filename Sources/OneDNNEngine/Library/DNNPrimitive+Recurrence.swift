#if OneDNN

internal import COneDNN

/// What a step of a recurrence computes, with gates in Keras's order.
enum RecurrenceKind: CaseIterable {
  /// `h = activation(x·W + h₋·U + b)`.
  case tanh, relu, sigmoid
  /// A long short-term memory.
  case memory
  /// A gated unit that resets the state before the product with it, or the product.
  case gatedState, gatedProduct

  /// The number of sums for each unit.
  var gateCount: Int {
    switch self {
    case .tanh, .relu, .sigmoid: 1
    case .memory: 4
    case .gatedState, .gatedProduct: 3
    }
  }

  /// The number of states.
  var stateCount: Int { self == .memory ? 2 : 1 }

  /// The number of biases for each unit: one of the product that is reset is apart.
  var biasCount: Int { self == .gatedProduct ? 4 : gateCount }

  fileprivate var kind: dnnl_alg_kind_t {
    switch self {
    case .tanh, .relu, .sigmoid: dnnl_vanilla_rnn
    case .memory: dnnl_vanilla_lstm
    case .gatedState: dnnl_vanilla_gru
    case .gatedProduct: dnnl_lbr_gru
    }
  }

  fileprivate var activation: dnnl_alg_kind_t {
    switch self {
    case .relu: dnnl_eltwise_relu
    case .sigmoid: dnnl_eltwise_logistic
    default: dnnl_eltwise_tanh
    }
  }
}

/// The layouts of a recurrence.
struct RecurrenceForm: Hashable {
  let kind: RecurrenceKind
  /// Whether the last step of the sequence comes first; its output stays at its place.
  let isReversed: Bool
  /// `(steps, batch, features)`, and `(steps, batch, units)`.
  let source, destination: Layout
  /// `(1, 1, batch, units)`.
  let state: Layout
  /// Whether states are given; else they are zeros before the first step.
  let hasStates: Bool

  /// The weights `(1, 1, features, gates, units)`.
  var weightSizes: [Int] { [1, 1, source.sizes[2], kind.gateCount, destination.sizes[2]] }
  /// The weights `(1, 1, units, gates, units)`.
  var recurrentWeightSizes: [Int] {
    [1, 1, destination.sizes[2], kind.gateCount, destination.sizes[2]]
  }
}

extension DNNPrimitive {
  /// A recurrence; its weights are in layouts that it chooses.
  convenience init(_ form: RecurrenceForm) throws(OneDNNError) {
    let weights = try Layout(any: form.weightSizes)
    let recurrentWeights = try Layout(any: form.recurrentWeightSizes)
    let bias = try Layout(rowMajor: [1, 1, form.kind.biasCount, form.destination.sizes[2]])
    let state = form.hasStates ? form.state : nil
    let hasCell = form.kind.stateCount > 1
    try unsafe self.init("go along \(form.source.sizes)") { made, attributes in
      unsafe onednn_recurrence(
        &made, Library.engine, attributes, form.kind.kind, form.kind.activation,
        form.isReversed ? dnnl_unidirectional_right2left : dnnl_unidirectional_left2right,
        form.source.handle, state?.handle, hasCell ? state?.handle : nil, weights.handle,
        recurrentWeights.handle, bias.handle, form.destination.handle, form.state.handle,
        hasCell ? form.state.handle : nil)
    }
  }
}

#endif
