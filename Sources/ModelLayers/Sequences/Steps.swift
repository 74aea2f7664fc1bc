/// The steps of sequences as items of a batch, for a model that is applied to each step by itself.
///
/// Input `(batch, steps, …)`, output `(batch · steps, …)`. A mask of the steps says nothing of what is in them
/// and ends here. Keras has it in `TimeDistributed`: `keras/src/layers/rnn/time_distributed.py`.
public struct JoinedSteps: DeclaredLayer, UnaryLayer {
  /// The name in the schema; Keras has no such class.
  public static let kind = "JoinedSteps"

  /// The layer's name; there are no weights.
  public var declaration = LayerDeclaration()

  /// Makes the layer.
  public init(name: String? = nil) { declaration = LayerDeclaration(name: name) }

  /// The layer.
  public static var prototype: JoinedSteps { JoinedSteps() }

  /// None.
  public static let fields: [AttributeField<JoinedSteps>] = []

  /// All steps, one after the other.
  public func define(
    _ x: Definition.Value, in definition: inout Definition
  ) throws(ModelError) -> Definition.Value { try definition.joinSteps(x) }
}

/// Items of a batch as the steps of sequences again: the reverse of ``JoinedSteps``.
///
/// Inputs: what was made of the steps, `(batch · steps, …)`, and the sequence that they are of,
/// `(batch, steps, …)`; output `(batch, steps, …)`, with the mask of the sequence.
public struct SplitSteps: DeclaredLayer {
  /// The name in the schema; Keras has no such class.
  public static let kind = "SplitSteps"

  /// The layer's name; there are no weights.
  public var declaration = LayerDeclaration()

  /// Makes the layer.
  public init(name: String? = nil) { declaration = LayerDeclaration(name: name) }

  /// The layer.
  public static var prototype: SplitSteps { SplitSteps() }

  /// None.
  public static let fields: [AttributeField<SplitSteps>] = []

  /// What was made of each step, in its place.
  public func define(
    _ inputs: [Definition.Value], in definition: inout Definition
  ) throws(ModelError) -> [Definition.Value] {
    guard inputs.count == 2 else { throw .inputCount(expected: "2", found: inputs.count) }
    return [try definition.splitSteps(inputs[0], of: inputs[1])]
  }

  /// The mask of the sequence.
  ///
  /// - Throws: `ModelError.argument` where what was made of the steps has a mask of its own, which versions
  ///   of Keras treat differently.
  public func defineMasks(
    _ inputs: [Definition.Value], masks: [Definition.Value?], in definition: inout Definition
  ) throws(ModelError) -> [Definition.Value?] {
    guard masks.count == 2, masks[0] == nil else {
      throw .argument(
        "mask", found: "one that the model of each step makes",
        expected: "none, as versions of Keras differ in what becomes of it")
    }
    return [masks[1]]
  }
}

extension Definition {
  /// Items and steps as one axis.
  mutating func joinSteps(_ x: Value) throws(ModelError) -> Value {
    guard x.shape.rank > 2 else { throw .rank(expected: "[batch, steps, …]", found: x.shape) }
    var sizes = Array(x.shape.dimensions.dropFirst())
    sizes[0] = try Array(x.shape.dimensions.prefix(2)).product(of: x.shape)
    return try reshape(x, sizes, keepsFirstAxis: false)
  }

  /// Items and steps as the two axes that they are in a sequence.
  mutating func splitSteps(_ x: Value, of sequence: Value) throws(ModelError) -> Value {
    guard x.shape.rank > 0, sequence.shape.rank > 2 else {
      throw .rank(expected: "[batch, steps, …]", found: sequence.shape)
    }
    return try reshape(
      x, Array(sequence.shape.dimensions.prefix(2)) + x.shape.dimensions.dropFirst(),
      keepsFirstAxis: false)
  }
}
