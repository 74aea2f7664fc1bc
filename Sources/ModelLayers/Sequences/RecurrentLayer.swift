/// A layer that goes along a sequence with a cell.
///
/// Input `(batch, steps, …)`, and the states before the first step, zeros where they are not given;
/// outputs `(batch, steps, …)` or that of the last step `(batch, …)`, and the states after it where the
/// layer makes them. Weights: those of the cell. As `keras/src/layers/rnn/rnn.py`.
public protocol RecurrentLayer: DeclaredLayer {
  /// The type of the cell.
  associatedtype Cell: RecurrentCell

  /// What is computed in each step.
  var cell: Cell { get }
  /// How the layer goes along a sequence.
  var recurrence: Recurrence { get set }
}

extension RecurrentLayer {
  /// The sequence and the states before the first step.
  ///
  /// `constants` are for cells of the user's own.
  public var signature: Signature {
    Signature(
      [
        Signature.Parameter("sequences", .operand), Signature.Parameter("initial_state", .operand),
        Signature.Parameter("mask", .mask), Signature.Parameter("training", .training),
        Signature.Parameter("constants", .operand),
      ], maskUse: recurrence.ignoresMask ? .ignored : .honoured)
  }

  /// One step after the other.
  public func define(
    _ inputs: [Definition.Value], in definition: inout Definition
  ) throws(ModelError) -> [Definition.Value] {
    try define(inputs, masks: [], in: &definition)
  }

  /// One step after the other; where one is masked, states stay as they are.
  public func define(
    _ inputs: [Definition.Value], masks: [Definition.Value?], in definition: inout Definition
  ) throws(ModelError) -> [Definition.Value] {
    guard let x = inputs.first else { throw .inputCount(expected: "a sequence", found: 0) }
    guard x.shape.rank > 2 else {
      throw .rank(
        expected: recurrence.isTimeMajor ? "[steps, batch, …]" : "[batch, steps, …]",
        found: x.shape)
    }
    let (axis, slice) = (recurrence.axis, recurrence.slice(of: x.shape))
    let kept = try cell.weights(for: slice).map { definition.weight($0) }
    let weights = try cell.arrange(kept, in: &definition)
    let sequences = try cell.project(x, weights: weights, in: &definition)
    // Zeros are repeated along axes of size 1.
    var zeros: [Definition.Value] = []
    for sizes in try cell.stateSizes(for: slice) {
      zeros.append(try definition.filled(with: 0, Shape([1] + sizes.map { $0 ?? 1 })))
    }
    var states = Array(inputs.dropFirst())
    if states.isEmpty { states = zeros } else { try cell.check(states, for: slice) }
    let mask = masks.first ?? nil
    guard mask == nil || cell.heedsMask else {
      throw .argument("mask", found: "a mask", expected: "none, as cuDNN takes none")
    }
    if let mask, mask.shape.rank != 2 {
      throw .argument(
        "mask", found: "a mask of shape \(mask.shape)", expected: "one truth value for each step")
    }
    // The output of the last step, masked or not, is kept as one more state.
    let before = recurrence.repeatsState ? states[cell.outputState] : zeros[cell.outputState]
    let made = try definition.loop(
      over: axis, states: states + [before],
      sequences: sequences + (mask.map { [$0] } ?? []), constants: weights,
      isReversed: recurrence.goesBackwards, keepsPlaces: false
    ) { states, slices, weights, step throws(ModelError) in
      let old = Array(states.dropLast())
      var (output, next) = try cell.step(
        Array(slices.prefix(sequences.count)), states: old, weights: weights, in: &step)
      if mask != nil {
        let counts = slices[sequences.count]
        for (place, state) in old.enumerated() {
          next[place] = try step.selection(counts, next[place], state)
        }
        let before = recurrence.zeroesMaskedOutputs ? step.constant([0], []) : states.last
        output = try step.selection(counts, output, before ?? output)
      }
      return (next + [output], recurrence.returnsSequences ? [output] : [])
    }
    let output = made.outputs.first ?? made.states[states.count]
    return [output] + (recurrence.returnsState ? made.states.dropLast() : [])
  }

  /// The mask of the sequence, where all outputs are made; states have none.
  public func defineMasks(
    _ inputs: [Definition.Value], masks: [Definition.Value?], in definition: inout Definition
  ) throws(ModelError) -> [Definition.Value?] {
    recurrence.returnsSequences ? [masks.first ?? nil] : []
  }
}

extension Recurrence {
  /// What a step sees of a sequence.
  func slice(of sequence: Shape) -> Shape {
    var slice = sequence
    slice.dimensions.remove(at: axis)
    return slice
  }
}

extension Definition {
  /// One or the other for each item of a batch.
  mutating func selection(
    _ condition: Value, _ x: Value, _ y: Value
  ) throws(ModelError) -> Value {
    let wide = try reshape(
      condition, condition.shape.dimensions + Array(repeating: 1, count: x.shape.rank - 1))
    return try apply(Primitives.Selection(), to: wide, x, y)
  }
}

/// A recurrent layer of one kind of cell.
public struct Recurrent<Cell: RecurrentCell>: RecurrentLayer {
  /// The name in the schema and in Keras.
  public static var kind: String { Cell.sequenceKind }

  /// What is computed in each step.
  public internal(set) var cell: Cell
  /// How the layer goes along a sequence.
  public var recurrence: Recurrence

  /// The layer's name and how its weights begin.
  public var declaration: LayerDeclaration {
    get { cell.declaration }
    set { cell.declaration = newValue }
  }

  init(_ cell: Cell, _ recurrence: Recurrence = Recurrence()) {
    self.cell = cell
    self.recurrence = recurrence
  }

  /// Keras's defaults, without what a cell must be given.
  public static var prototype: Recurrent { Recurrent(Cell.prototype) }

  /// The attributes: those of the cell, and how the layer goes along a sequence.
  public static var fields: [AttributeField<Recurrent>] {
    AttributeField.part(\.cell, Cell.fields)
      + AttributeField.part(\.recurrence, Recurrence.fields)
  }
}

extension Recurrent: Equatable where Cell: Equatable {}
extension Recurrent: Hashable where Cell: Hashable {}
