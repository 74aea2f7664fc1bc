/// One of the inputs of a layer, in the order of its operands.
package enum Operand: Hashable {
  /// The next of the tensors that it is called on.
  case tensor
  /// A tensor that is always the same.
  case constant(dimensions: [Int], elements: [Double], type: DType)
  /// An integer of Python, which takes the type of what it meets.
  case integer(Int)
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
private struct LayerWithConstants<Base: Layer>: SeenLayer {
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

  var inputsThatAreMasks: Int { 0 }

  func seeing(_ other: some Layer) -> any Layer { other.taking(operands) }

  func check() throws(ModelError) { try base.check() }

  func checkElements(_ inputs: [TensorType]) throws(ModelError) {
    try base.checkElements(types(of: inputs))
  }

  /// The types of all inputs, where those of the tensors are these.
  private func types(of tensors: [TensorType]) -> [TensorType] {
    var rest = tensors[...]
    let given = operands.filter { $0 != .absent }
    let types = given.map { operand -> TensorType? in
      switch operand {
      case .tensor: rest.popFirst()
      case .constant(let dimensions, _, let type):
        TensorType(Shape(dimensions), self.type(of: type, among: []))
      case .integer, .absent: nil
      }
    }
    // What takes a type takes that of the others.
    return zip(given, types).compactMap { operand, known in
      guard known == nil, case .integer = operand else { return known }
      return TensorType([], type(of: nil, among: types.compactMap { $0?.dtype }))
    }
  }

  /// The type of a constant: layers compute with real numbers.
  private func type(of own: DType?, among others: [DType]) -> DType {
    (base as? Operation)?.constantType(own, among: others) ?? .float32
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
  var takesMasks: Bool { base.takesMasks }

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
    // Operations broadcast as NumPy does, layers behind the batch axis.
    let isLayer = !(base is Operation)
    let types = types(of: inputs.map(\.type))
    var rest = inputs[...]
    var all: [Definition.Value] = []
    for operand in operands where operand != .absent {
      let type = types[all.count].dtype
      let (dimensions, elements): ([Int], [Double])
      switch operand {
      case .tensor, .absent:
        all.append(rest.removeFirst())
        continue
      case .constant(let sizes, let numbers, _): (dimensions, elements) = (sizes, numbers)
      case .integer(let number): (dimensions, elements) = ([], [Double(type.wrapped(number))])
      }
      let constant = definition.constant(
        elements, isLayer && dimensions.isEmpty ? [1] : dimensions, type)
      guard isLayer, let batch, dimensions.first ?? 1 == 1 else {
        all.append(constant)
        continue
      }
      all.append(try definition.repetition(constant, axis: 0, count: batch.shape[0]))
    }
    return all
  }
}
