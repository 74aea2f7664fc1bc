#if OneDNN

internal import ModelGraph

// What takes row-major tensors.
extension Compiler {
  /// A product of two tensors, or the definition of it where the library has no tuned code for how they
  /// lie.
  mutating func contraction(
    _ operation: Operation, _ product: MatrixProduct, _ definition: Definition
  ) throws {
    func primitive(_ followers: [Follower]) throws -> DNNPrimitive? {
      let primitive = try? primitives.primitive(
        .matrixProduct(
          product.left.layout, product.right.layout, destination: product.result.layout,
          followers))
      return primitive?.isUntuned == false ? primitive : nil
    }
    let followers = operation.elementFunctions
    let whole = try primitive(followers.map { .function($0) })
    guard let primitive = try whole ?? primitive([]) else {
      try self.definition(operation, definition, [:])
      return try apply(followers, to: tensor(of: operation.outputs[0]), operation.calls)
    }
    let given = try operation.inputs.map { try row($0, operation.calls) }
    let output = place(
      try Layout(rowMajor: lowered.shapes[operation.outputs[0]]), holding: operation.outputs[0])
    let (left, right) = product.isExchanged ? (given[1], given[0]) : (given[0], given[1])
    try add(
      primitive, operation.calls, operationCount: operation.operationCount,
      [(.source, left), (.weights, right), (.destination, output)])
    if whole == nil { try apply(followers, to: output, operation.calls) }
  }

  mutating func layerNormalization(
    _ operation: Operation, _ affine: Affine, epsilon: Double
  ) throws {
    let source = try row(operation.inputs[0], operation.calls)
    let layout = tensors[source].layout
    let output = place(layout, holding: operation.outputs[0], over: source)
    try add(
      primitives.primitive(.layerNormalization(layout, epsilon: Float(epsilon))), operation.calls,
      operationCount: operation.operationCount, [(.source, source), (.destination, output)],
      constants: [
        (.scale, try constants.row(affine.scale)), (.shift, try constants.row(affine.shift)),
      ])
  }

  /// A value as rows.
  private mutating func row(_ value: Int, _ calls: [CallPath]) throws -> Int {
    try tensor(of: value, in: Layout(rowMajor: lowered.shapes[value]), calls)
  }
}

#endif
