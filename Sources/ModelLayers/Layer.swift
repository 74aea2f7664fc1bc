/// A layer: what it is called, and what it computes.
///
/// A layer is a value. Everything there is to know of one is in its own file; adding one is that
/// file, a line in `LayerRegistry`, and a fixture.
public protocol Layer: Sendable {
  /// The layer's name in the schema and in Keras, such as `Conv2D`.
  static var kind: String { get }

  /// The name of this layer's kind: its type's, but for types that are several kinds.
  var kind: String { get }

  /// What a call of the layer takes.
  var signature: Signature { get }

  /// What a model that is built says of the layer besides its formula; copies of a
  /// layer share it, and are one layer with one set of weights.
  var declaration: LayerDeclaration { get set }

  /// Reads canonical attributes; one that is absent takes its default here and
  /// nowhere else.
  init(attributes: Attributes) throws(ModelError)

  /// The complete canonical attributes: no consumer needs to know a default.
  var attributes: Attributes { get }

  /// Throws `ModelError.attribute` for an attribute that is out of its limits, as those of a layer
  /// that a program builds may be.
  func check() throws(ModelError)

  /// Throws `ModelError.argument` for inputs whose elements are of a type that the layer does not
  /// take.
  func checkElements(_ inputs: [TensorType]) throws(ModelError)

  /// What the layer computes, written once, in primitives.
  ///
  /// The weights are asked for in Keras's order. Shapes, values in any precision, bounds on
  /// rounding, cost and what engines run are read off what is written here.
  ///
  /// - Parameters:
  ///   - inputs: What a call is made on.
  ///   - definition: Takes the weights and primitives down.
  /// - Returns: What the call makes.
  /// - Throws: `ModelError` where the layer cannot take such inputs.
  func define(
    _ inputs: [Definition.Value], in definition: inout Definition
  ) throws(ModelError) -> [Definition.Value]

  /// What the layer computes where inputs have masks and its signature says that it heeds them.
  ///
  /// - Parameters:
  ///   - inputs: What a call is made on.
  ///   - masks: The mask of each, truth values, `nil` where there is none.
  ///   - definition: Takes the weights and primitives down.
  /// - Returns: What the call makes.
  /// - Throws: `ModelError` where the layer cannot take such inputs or masks.
  func define(
    _ inputs: [Definition.Value], masks: [Definition.Value?], in definition: inout Definition
  ) throws(ModelError) -> [Definition.Value]

  /// What becomes of masks, written in primitives as the layer itself.
  ///
  /// - Parameters:
  ///   - inputs: What a call is made on.
  ///   - masks: The mask of each, truth values, `nil` where there is none.
  ///   - definition: Takes primitives down; there are no weights.
  /// - Returns: The mask of each output, `nil` where there is none; as few as have one.
  /// - Throws: `ModelError` where the layer cannot take such masks.
  func defineMasks(
    _ inputs: [Definition.Value], masks: [Definition.Value?], in definition: inout Definition
  ) throws(ModelError) -> [Definition.Value?]

  /// Whether an output may have a mask where no input has one.
  var makesMask: Bool { get }

  /// Whether inputs have no masks any more for calls that come later.
  var takesMasks: Bool { get }
}

/// A layer that takes text; all others are refused it.
public protocol TextLayer: Layer {}

/// A layer that takes one tensor and makes one.
public protocol UnaryLayer: Layer {
  /// What the layer computes: see ``Layer/define(_:in:)``.
  func define(
    _ x: Definition.Value, in definition: inout Definition
  ) throws(ModelError) -> Definition.Value
}

extension UnaryLayer {
  /// What the layer computes of its one input.
  public func define(
    _ inputs: [Definition.Value], in definition: inout Definition
  ) throws(ModelError) -> [Definition.Value] {
    [try define(inputs.only(), in: &definition)]
  }
}

extension [Definition.Value] {
  /// The only one.
  ///
  /// - Throws: `ModelError.inputCount` where there is none or another one.
  func only() throws(ModelError) -> Definition.Value {
    guard count == 1 else { throw .inputCount(expected: "1", found: count) }
    return self[0]
  }
}

extension Layer {
  /// One parameter, `inputs`.
  public var signature: Signature { .inputs }

  /// The name of the layer's kind.
  public var kind: String { Self.kind }

  /// Nothing to check.
  public func check() throws(ModelError) {}

  /// All are taken.
  public func checkElements(_ inputs: [TensorType]) throws(ModelError) {}

  /// The same as without masks.
  public func define(
    _ inputs: [Definition.Value], masks: [Definition.Value?], in definition: inout Definition
  ) throws(ModelError) -> [Definition.Value] { try define(inputs, in: &definition) }

  /// No output has a mask.
  public func defineMasks(
    _ inputs: [Definition.Value], masks: [Definition.Value?], in definition: inout Definition
  ) throws(ModelError) -> [Definition.Value?] { [] }

  /// None.
  public var makesMask: Bool { false }

  /// They keep them.
  public var takesMasks: Bool { false }
}

// MARK: - What is read off a definition

extension Layer {
  /// What the layer computes of inputs of these shapes.
  ///
  /// - Throws: `ModelError` where it cannot take them.
  public func definition(for inputs: [Shape]) throws(ModelError) -> Definition {
    try definition(for: inputs.map { TensorType($0) })
  }

  /// What the layer computes of inputs of these types.
  ///
  /// - Throws: `ModelError` where it cannot take them.
  public func definition(for inputs: [TensorType]) throws(ModelError) -> Definition {
    try check()
    guard self is any TextLayer || !inputs.contains(where: \.isText) else {
      throw .argument("inputs", found: "text", expected: "numbers")
    }
    return try Definition(for: inputs) {
      (values: [Definition.Value], definition: inout Definition) throws(ModelError) in
      try define(values, in: &definition)
    }
  }

  /// The shapes that a call on inputs of these shapes makes.
  ///
  /// - Throws: `ModelError` where the layer cannot take them.
  public func outputShapes(for inputs: [Shape]) throws(ModelError) -> [Shape] {
    try definition(for: inputs).outputShapes
  }

  /// The weights that a call on inputs of these shapes needs, in Keras's order.
  ///
  /// - Throws: `ModelError` where the layer cannot take them.
  public func parameters(for inputs: [Shape]) throws(ModelError) -> [ParameterSpecification] {
    try definition(for: inputs).weights
  }

  /// The zeros that `same`, `causal` and the like put around an input of this
  /// shape, as before/after pairs per spatial axis; empty for a layer that pads nothing.
  ///
  /// - Throws: `ModelError.unknownDimension` where they depend on a size that is not known.
  public func explicitPadding(for inputs: [Shape]) throws(ModelError) -> [Int] {
    try definition(for: inputs).explicitPadding()
  }

  /// The number of arithmetic operations of a call on inputs of these shapes: see
  /// `Definition.operationCount`.
  ///
  /// - Throws: `ModelError.unknownDimension` where a size is not known.
  public func operationCount(for inputs: [Shape]) throws(ModelError) -> Int {
    try definition(for: inputs).operationCount()
  }

  /// Computes the layer.
  ///
  /// The inputs and parameters have been checked against `outputShapes` and `parameters`.
  public func forward<Scalar: ReferenceScalar>(
    _ inputs: [NDArray<Scalar>], _ parameters: Parameters<Scalar>
  ) -> [NDArray<Scalar>] {
    checkedDefinition(for: inputs).values(inputs, parameters)
  }

  /// How far rounding may move each output: see `RoundingBound`.
  public func roundingBounds<Scalar: ReferenceScalar>(
    _ inputs: [NDArray<Scalar>], _ parameters: Parameters<Scalar>, outputs: [NDArray<Scalar>]
  ) -> [RoundingBound<Scalar>] {
    checkedDefinition(for: inputs).bounds(inputs, parameters, outputs: outputs)
  }

  private func checkedDefinition<Scalar>(for inputs: [NDArray<Scalar>]) -> Definition {
    do {
      return try definition(for: inputs.map(\.shape))
    } catch {
      preconditionFailure("a layer is given what it cannot take: \(error)")
    }
  }
}

/// A weight that a layer needs.
public struct ParameterSpecification: Hashable, Sendable {
  /// What the weight is to its layer, in Keras 3's words: `kernel`, `gamma`.
  public var role: String
  /// The shape it must have.
  public var shape: [Int]
  /// Whether training changes it; Keras stores trainable weights first.
  public var isTrainable: Bool

  /// Describes a weight.
  public init(_ role: String, _ shape: [Int], isTrainable: Bool = true) {
    self.role = role
    self.shape = shape
    self.isTrainable = isTrainable
  }
}

/// The weights of one layer, in the precision of the run.
public struct Parameters<Scalar: ReferenceScalar>: Sendable {
  private let arrays: [String: NDArray<Scalar>]

  /// Holds weights by role.
  public init(_ arrays: [String: NDArray<Scalar>] = [:]) {
    self.arrays = arrays
  }

  /// A weight that the definition asks for.
  public subscript(role: String) -> NDArray<Scalar> {
    guard let array = arrays[role] else {
      preconditionFailure("a layer asked for '\(role)', which its definition does not")
    }
    return array
  }

  /// A weight that the layer may have, or `nil`.
  public func optional(_ role: String) -> NDArray<Scalar>? { arrays[role] }
}
