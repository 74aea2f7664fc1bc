extension Layer {
  /// The layer as one of tensors alone: masks of its inputs become inputs.
  ///
  /// - Parameter isMasked: Which inputs have a mask.
  package func heeding(masksWhere isMasked: [Bool]) -> any Layer {
    LayerWithMasks(base: self, use: .heed, isMasked: isMasked)
  }

  /// What the layer makes of masks, as a layer of its own; its outputs are the masks that there are.
  ///
  /// - Parameter isMasked: Which inputs have a mask.
  package func masks(where isMasked: [Bool]) -> any Layer {
    LayerWithMasks(base: self, use: .handOn, isMasked: isMasked)
  }

  /// What the layer makes of masks, and which outputs have one.
  ///
  /// - Throws: `ModelError` where the layer cannot take such masks.
  package func maskDefinition(
    for inputs: [TensorType], masks: [TensorType?]
  ) throws(ModelError) -> (definition: Definition, hasMask: [Bool]) {
    var hasMask: [Bool] = []
    let isMasked = masks.map { $0 != nil }
    let definition = try Definition(for: inputs + masks.compactMap(\.self)) {
      (values: [Definition.Value], definition: inout Definition) throws(ModelError) in
      let (inputs, masks) = try values.split(isMasked)
      let made = try defineMasks(inputs, masks: masks, in: &definition)
      hasMask = made.map { $0 != nil }
      return made.compactMap(\.self)
    }
    return (definition, hasMask)
  }
}

/// A layer that is called on another one's inputs, and then on the masks of those that have one, in
/// order.
private struct LayerWithMasks<Base: Layer>: SeenLayer {
  /// What is made of the masks.
  enum Use { case heed, handOn }

  static var kind: String { Base.kind }
  var kind: String { base.kind }
  var signature: Signature { Signature(base.signature.parameters) }

  var base: Base
  var use = Use.heed
  var isMasked: [Bool] = []

  var declaration: LayerDeclaration {
    get { base.declaration }
    set { base.declaration = newValue }
  }

  init(base: Base, use: Use, isMasked: [Bool]) {
    self.base = base
    self.use = use
    self.isMasked = isMasked
  }

  init(attributes: Attributes) throws(ModelError) {
    base = try Base(attributes: attributes)
  }

  var attributes: Attributes { base.attributes }

  func seeing(_ other: some Layer) -> any Layer {
    switch use {
    case .heed: other.heeding(masksWhere: isMasked)
    case .handOn: other.masks(where: isMasked)
    }
  }

  var inputsThatAreMasks: Int { isMasked.count { $0 } }

  func check() throws(ModelError) { try base.check() }

  func checkElements(_ inputs: [TensorType]) throws(ModelError) {
    try base.checkElements(Array(inputs.prefix(isMasked.count)))
    if let mask = inputs.dropFirst(isMasked.count).first(where: { $0.dtype != .bool }) {
      throw .argument(
        "mask", found: "a tensor of type \(mask.dtype.rawValue)",
        expected: "truth values; cast it to bool")
    }
  }

  func define(
    _ inputs: [Definition.Value], in definition: inout Definition
  ) throws(ModelError) -> [Definition.Value] {
    let (inputs, masks) = try inputs.split(isMasked)
    switch use {
    case .heed: return try base.define(inputs, masks: masks, in: &definition)
    case .handOn:
      return try base.defineMasks(inputs, masks: masks, in: &definition).compactMap(\.self)
    }
  }
}

extension [Definition.Value] {
  /// Inputs, and the masks of those that have one, which stand behind them.
  fileprivate func split(
    _ isMasked: [Bool]
  ) throws(ModelError) -> (inputs: [Definition.Value], masks: [Definition.Value?]) {
    let expected = isMasked.count + isMasked.count { $0 }
    guard count == expected else { throw .inputCount(expected: "\(expected)", found: count) }
    var rest = self[isMasked.count...]
    return (Array(prefix(isMasked.count)), isMasked.map { $0 ? rest.removeFirst() : nil })
  }
}
