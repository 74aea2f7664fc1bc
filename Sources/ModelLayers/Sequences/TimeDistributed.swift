/// A layer that is applied to each step of a sequence by itself.
///
/// Input `(batch, steps, …)`, output `(batch, steps, …)`; steps and items of the batch are one axis to the
/// layer inside. Weights: those of the layer. A model that is applied to each step is a graph of its own form,
/// `Graph.Form.timeDistributed`. As `keras/src/layers/rnn/time_distributed.py`.
public struct TimeDistributed: DeclaredLayer {
  /// The name in the schema and in Keras.
  public static let kind = "TimeDistributed"

  /// What is applied to each step.
  public internal(set) var layer: any DeclaredLayer
  /// Whether a step counts that has any part that does, where masks have more axes than steps; else
  /// masks are handed on as they are.
  public internal(set) var joinsMask = false

  /// The name and initializers of the layer inside, unless it was given a name of its own.
  public var declaration: LayerDeclaration {
    get { layer.declaration }
    set { layer.declaration = newValue }
  }

  /// Makes the layer.
  public init(_ layer: any DeclaredLayer, name: String? = nil) {
    self.layer = layer
    declaration = LayerDeclaration(name: name, initializers: layer.declaration.initializers)
  }

  /// A layer that is refused.
  public static var prototype: TimeDistributed { TimeDistributed(Dense.prototype) }

  /// The attributes.
  public static let fields: [AttributeField<TimeDistributed>] = [
    .layer("layer", \.layer), .impliedFlag("joins_mask", \.joinsMask, usual: false),
  ]

  /// Throws `ModelError.attribute` for what the layer refuses.
  public func check() throws(ModelError) { try layer.check() }

  /// The sequence.
  public var signature: Signature {
    Signature(
      [
        Signature.Parameter("inputs", .operand), Signature.Parameter("training", .training),
        Signature.Parameter("mask", .mask),
      ], maskUse: layer.signature.maskUse)
  }

  /// The layer, applied to each step.
  public func define(
    _ inputs: [Definition.Value], in definition: inout Definition
  ) throws(ModelError) -> [Definition.Value] {
    try define(inputs, masks: [], in: &definition)
  }

  /// The layer, applied to each step with its part of a mask.
  public func define(
    _ inputs: [Definition.Value], masks: [Definition.Value?], in definition: inout Definition
  ) throws(ModelError) -> [Definition.Value] {
    let x = try inputs.only()
    let steps = try definition.joinSteps(x)
    var mask = masks.first ?? nil
    if let given = mask {
      // Others heed masks as the version does that they are of.
      guard layer is any RecurrentLayer || layer is Bidirectional else {
        throw .argument(
          "mask", found: "a mask", expected: "none, as its layer is of kind '\(layer.kind)'")
      }
      // A truth value for each step says nothing of what is in it.
      guard given.shape.rank > 2 else {
        throw .argument(
          "mask", found: "one truth value for each step",
          expected: "a mask of each step's parts, as its layer '\(layer.kind)' heeds masks")
      }
      mask = try definition.joinSteps(given)
    }
    let made =
      try mask == nil
      ? layer.define([steps], in: &definition)
      : layer.define([steps], masks: [mask], in: &definition)
    return try made.map { value throws(ModelError) in
      try definition.splitSteps(value, of: x)
    }
  }

  /// The mask of the sequence.
  public func defineMasks(
    _ inputs: [Definition.Value], masks: [Definition.Value?], in definition: inout Definition
  ) throws(ModelError) -> [Definition.Value?] {
    guard var mask = masks.first ?? nil else { return [] }
    while joinsMask, mask.shape.rank > 2 {
      mask = try definition.joined(alongLastAxisOf: mask, by: .any)
    }
    return [mask]
  }
}
