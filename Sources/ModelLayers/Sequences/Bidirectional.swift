/// Two recurrent layers that go along the same sequence, one from each end.
///
/// Their outputs are brought together step by step: what goes backwards is put in the order of the
/// sequence where all outputs are made. Input `(batch, steps, …)`, and the states before the first step,
/// those of the forward layer first; outputs as those of its layers, and then the states, where they make
/// them. The weights' roles have `forward/` or `backward/` before them. As
/// `keras/src/layers/rnn/bidirectional.py`.
public struct Bidirectional: DeclaredLayer {
  /// The name in the schema and in Keras.
  public static let kind = "Bidirectional"

  /// How outputs are brought together; the raw values are Keras's names.
  public enum MergeMode: String, CaseIterable, Hashable, Sendable {
    /// Side by side along the last axis.
    case concatenate = "concat"
    case sum
    case average = "ave"
    case product = "mul"
    /// Not at all: both are outputs.
    case separate = "none"
  }

  /// The layer's name and how its weights begin.
  public var declaration = LayerDeclaration()

  /// What goes from the first step to the last.
  public internal(set) var forward: any RecurrentLayer
  /// What goes from the last step to the first.
  public internal(set) var backward: any RecurrentLayer
  /// How their outputs are brought together.
  public internal(set) var mergeMode: MergeMode

  /// Makes the layer, with the defaults of Keras 3.
  ///
  /// - Parameters:
  ///   - layer: What goes forwards; where it makes all outputs, those of masked steps are zeros.
  ///   - backward: What goes backwards, or `nil` for a layer as the first.
  public init(
    _ layer: any RecurrentLayer, backward: (any RecurrentLayer)? = nil,
    mergeMode: MergeMode = .concatenate, name: String? = nil
  ) {
    var (forward, backward) = (layer, backward ?? layer)
    backward.recurrence.goesBackwards = !forward.recurrence.goesBackwards
    forward.recurrence.zeroesMaskedOutputs = forward.recurrence.returnsSequences
    backward.recurrence.zeroesMaskedOutputs = backward.recurrence.returnsSequences
    self.forward = forward
    self.backward = backward
    self.mergeMode = mergeMode
    var initializers: [String: Initializer] = [:]
    for (direction, layer) in [("forward", forward), ("backward", backward)] {
      for (role, initializer) in layer.declaration.initializers {
        initializers["\(direction)/\(role)"] = initializer
      }
    }
    declaration = LayerDeclaration(name: name, initializers: initializers)
  }

  /// Layers that are refused.
  public static var prototype: Bidirectional { Bidirectional(SimpleRNN.prototype) }

  /// The attributes.
  public static let fields: [AttributeField<Bidirectional>] = [
    .recurrentLayer("layer", \.forward), .recurrentLayer("backward_layer", \.backward),
    .choice("merge_mode", \.mergeMode),
  ]

  /// Throws `ModelError.attribute` where the layers do not go together.
  public func check() throws(ModelError) {
    try forward.check()
    try backward.check()
    let (first, second) = (forward.recurrence, backward.recurrence)
    guard first.goesBackwards != second.goesBackwards else {
      throw .attribute(
        "backward_layer.go_backwards", expected: "\(!first.goesBackwards)",
        found: "\(second.goesBackwards)")
    }
    guard first.returnsSequences == second.returnsSequences,
      first.returnsState == second.returnsState, first.isTimeMajor == second.isTimeMajor
    else {
      throw .attribute(
        "backward_layer", expected: "the return_sequences, return_state and time_major of 'layer'",
        found: "others")
    }
  }

  /// As of its layers.
  public var signature: Signature { forward.signature }

  /// Both layers, brought together.
  public func define(
    _ inputs: [Definition.Value], in definition: inout Definition
  ) throws(ModelError) -> [Definition.Value] {
    try define(inputs, masks: [], in: &definition)
  }

  /// Both layers, brought together.
  public func define(
    _ inputs: [Definition.Value], masks: [Definition.Value?], in definition: inout Definition
  ) throws(ModelError) -> [Definition.Value] {
    guard let x = inputs.first else { throw .inputCount(expected: "a sequence", found: 0) }
    let states = inputs.dropFirst()
    guard states.count.isMultiple(of: 2) else {
      throw .inputCount(
        expected: "a sequence and as many states for each direction", found: inputs.count)
    }
    let ahead = try definition.within("forward") { inner throws(ModelError) in
      try forward.define(
        [x] + states.prefix(states.count / 2), masks: Array(masks.prefix(1)), in: &inner)
    }
    var back = try definition.within("backward") { inner throws(ModelError) in
      try backward.define(
        [x] + states.suffix(states.count / 2), masks: Array(masks.prefix(1)), in: &inner)
    }
    if forward.recurrence.returnsSequences {
      back[0] = try definition.reversed(back[0], along: [forward.recurrence.axis])
    }
    return try merged(ahead[0], back[0], in: &definition) + ahead.dropFirst() + back.dropFirst()
  }

  private func merged(
    _ x: Definition.Value, _ y: Definition.Value, in definition: inout Definition
  ) throws(ModelError) -> [Definition.Value] {
    switch mergeMode {
    case .concatenate: [try definition.concatenation([x, y], axis: x.shape.rank - 1)]
    case .sum: [try definition.combination(.add, x, y)]
    case .average:
      [try definition.combination(.divide, definition.combination(.add, x, y), 2)]
    case .product: [try definition.combination(.multiply, x, y)]
    case .separate: [x, y]
    }
  }

  /// The mask of the sequence for each output of all steps.
  public func defineMasks(
    _ inputs: [Definition.Value], masks: [Definition.Value?], in definition: inout Definition
  ) throws(ModelError) -> [Definition.Value?] {
    guard forward.recurrence.returnsSequences, let mask = masks.first else { return [] }
    return mergeMode == .separate ? [mask, mask] : [mask]
  }
}
