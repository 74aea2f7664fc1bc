/// One of the inputs of a layer, in the order of its operands.
package enum Operand: Hashable {
  /// The next of the tensors that it is called on.
  case tensor
  /// A tensor that is always the same.
  case constant(dimensions: [Int], elements: [Double])
  /// Nothing: Python's `None`.
  case absent
}

extension Layer {
  /// The layer with some of its inputs given already.
  package func taking(_ operands: [Operand]) -> any Layer {
    LayerWithConstants(base: self, operands: operands)
  }
}

/// A layer some of whose inputs are constants: it is called on the others.
///
/// As in Keras, a constant whose first axis has size 1, or that has none, stands for each item of
/// the batch.
private struct LayerWithConstants<Base: Layer>: Layer {
  static var kind: String { Base.kind }
  var kind: String { base.kind }
  var signature: Signature { base.signature }

  var base: Base
  var operands: [Operand] = []

  var declaration: LayerDeclaration {
    get { base.declaration }
    set { base.declaration = newValue }
  }

  init(base: Base, operands: [Operand]) {
    self.base = base
    self.operands = operands
  }

  init(attributes: Attributes) throws(ModelError) {
    base = try Base(attributes: attributes)
  }

  var attributes: Attributes { base.attributes }

  func check() throws(ModelError) { try base.check() }

  func checkElements(_ inputs: [TensorType]) throws(ModelError) {
    var rest = inputs[...]
    try base.checkElements(
      operands.compactMap { operand in
        switch operand {
        case .tensor: rest.popFirst()
        case .constant(let dimensions, _): TensorType(Shape(dimensions))
        case .absent: nil
        }
      })
  }

  func define(
    _ inputs: [Definition.Value], in definition: inout Definition
  ) throws(ModelError) -> [Definition.Value] {
    try base.define(all(inputs, in: &definition), in: &definition)
  }

  func define(
    _ inputs: [Definition.Value], masks: [Definition.Value?], in definition: inout Definition
  ) throws(ModelError) -> [Definition.Value] {
    try base.define(all(inputs, in: &definition), masks: ofAll(masks), in: &definition)
  }

  func defineMasks(
    _ inputs: [Definition.Value], masks: [Definition.Value?], in definition: inout Definition
  ) throws(ModelError) -> [Definition.Value?] {
    try base.defineMasks(all(inputs, in: &definition), masks: ofAll(masks), in: &definition)
  }

  var makesMask: Bool { base.makesMask }

  /// The masks of all inputs: constants have none.
  private func ofAll(_ masks: [Definition.Value?]) -> [Definition.Value?] {
    var rest = masks[...]
    return operands.filter { $0 != .absent }.map { operand in
      operand == .tensor ? rest.popFirst() ?? nil : nil
    }
  }

  /// The inputs, with the constants at their places.
  private func all(
    _ inputs: [Definition.Value], in definition: inout Definition
  ) throws(ModelError) -> [Definition.Value] {
    let expected = operands.count { $0 == .tensor }
    guard inputs.count == expected else {
      throw .inputCount(expected: "\(expected)", found: inputs.count)
    }
    let batch = inputs.first { $0.shape.rank > 0 }
    var rest = inputs[...]
    var all: [Definition.Value] = []
    for operand in operands {
      switch operand {
      case .tensor: all.append(rest.removeFirst())
      case .absent: break
      case .constant(let dimensions, let elements):
        // Operations broadcast as NumPy does, layers behind the batch axis.
        let isLayer = !(base is Operation)
        let constant = definition.constant(
          elements, isLayer && dimensions.isEmpty ? [1] : dimensions)
        guard isLayer, let batch, dimensions.first ?? 1 == 1 else {
          all.append(constant)
          continue
        }
        all.append(try definition.repetition(constant, axis: 0, count: batch.shape[0]))
      }
    }
    return all
  }
}
