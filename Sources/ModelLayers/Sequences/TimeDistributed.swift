/// A layer that is applied to each step of a sequence by itself.
///
/// Input `(batch, steps, …)`, output `(batch, steps, …)`; steps and items of the batch are one axis to the
/// layer inside. Weights: those of the layer. As `keras/src/layers/rnn/time_distributed.py`.
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
    guard x.shape.rank > 2 else { throw .rank(expected: "[batch, steps, …]", found: x.shape) }
    let steps = try joined(x, in: &definition)
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
      mask = try joined(given, in: &definition)
    }
    let made =
      try mask == nil
      ? layer.define([steps], in: &definition)
      : layer.define([steps], masks: [mask], in: &definition)
    return try made.map { value throws(ModelError) in
      try definition.reshape(
        value, Array(x.shape.dimensions.prefix(2)) + value.shape.dimensions.dropFirst(),
        keepsFirstAxis: false)
    }
  }

  /// Items and steps as one axis.
  private func joined(
    _ x: Definition.Value, in definition: inout Definition
  ) throws(ModelError) -> Definition.Value {
    var sizes = Array(x.shape.dimensions.dropFirst())
    sizes[0] = try Array(x.shape.dimensions.prefix(2)).product(of: x.shape)
    return try definition.reshape(x, sizes, keepsFirstAxis: false)
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
