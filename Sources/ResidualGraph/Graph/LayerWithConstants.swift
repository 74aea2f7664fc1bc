/// One of the inputs of a layer, in the order of its operands.
enum Operand: Hashable {
  /// The next of the tensors that it is called on.
  case tensor
  /// A tensor that is always the same.
  case constant(dimensions: [Int], elements: [Double])
  /// Nothing: Python's `None`.
  case absent

  /// What an argument, which is no list, is to a layer.
  init(_ argument: CallArgument) {
    switch argument {
    case .tensor: self = .tensor
    case .constant(let constant):
      self = .constant(dimensions: constant.dimensions, elements: constant.elements)
    case .setting(.int(let number)): self = .constant(dimensions: [], elements: [Double(number)])
    case .setting(.double(let number)): self = .constant(dimensions: [], elements: [number])
    case .setting, .none, .list: self = .absent
    }
  }
}

extension Layer {
  /// The layer with some of its inputs given already.
  func taking(_ operands: [Operand]) -> any Layer {
    LayerWithConstants(base: self, operands: operands)
  }
}

/// A layer some of whose inputs are constants: it is called on the others.
///
/// As in Keras, a constant whose first axis has size 1, or that has none, stands for each item of
/// the batch.
private struct LayerWithConstants<Base: Layer>: Layer {
  static var kind: String { Base.kind }
  static var signature: Signature { Base.signature }

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

  // MARK: - Inputs

  /// All inputs, tensors and constants in order.
  private func all<Value>(
    _ tensors: [Value], _ constant: ([Int], [Double]) -> Value
  ) -> [Value] {
    var rest = tensors[...]
    return operands.compactMap { operand in
      switch operand {
      case .tensor: rest.popFirst()
      case .constant(let dimensions, let elements): constant(dimensions, elements)
      case .absent: nil
      }
    }
  }

  private func all(_ shapes: [Shape]) throws(ModelError) -> [Shape] {
    let expected = operands.count { $0 == .tensor }
    guard shapes.count == expected else {
      throw .inputCount(expected: "\(expected)", found: shapes.count)
    }
    let batch = shapes.first { $0.rank > 0 }.map { $0[0] }
    return all(shapes) { dimensions, _ in
      guard let batch, dimensions.first ?? 1 == 1 else { return Shape(dimensions) }
      return Shape([batch] + dimensions.dropFirst().map(Optional.some))
    }
  }

  private func all<Scalar>(_ arrays: [NDArray<Scalar>]) -> [NDArray<Scalar>] {
    let batch = arrays.first { !$0.dimensions.isEmpty }?.dimensions[0]
    return all(arrays) { dimensions, elements in
      let item = elements.map { Scalar($0) }
      guard let batch, dimensions.first ?? 1 == 1 else { return NDArray(dimensions, item) }
      return NDArray(
        [batch] + dimensions.dropFirst(), (0..<batch).flatMap { _ in item })
    }
  }

  // MARK: - The layer

  func parameters(for inputs: [Shape]) throws(ModelError) -> [ParameterSpecification] {
    try base.parameters(for: all(inputs))
  }

  func outputShapes(for inputs: [Shape]) throws(ModelError) -> [Shape] {
    try base.outputShapes(for: all(inputs))
  }

  func forward<Scalar: ReferenceScalar>(
    _ inputs: [NDArray<Scalar>], _ parameters: Parameters<Scalar>
  ) -> [NDArray<Scalar>] {
    base.forward(all(inputs), parameters)
  }

  func roundingBounds<Scalar: ReferenceScalar>(
    _ inputs: [NDArray<Scalar>], _ parameters: Parameters<Scalar>, outputs: [NDArray<Scalar>]
  ) -> [RoundingBound<Scalar>] {
    base.roundingBounds(all(inputs), parameters, outputs: outputs)
  }

  func explicitPadding(for inputs: [Shape]) throws(ModelError) -> [Int] {
    try base.explicitPadding(for: all(inputs))
  }

  func operationCount(for inputs: [Shape]) throws(ModelError) -> Int {
    try base.operationCount(for: all(inputs))
  }
}
