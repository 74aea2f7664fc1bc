/// A layer: what it is called, what it needs, what it makes, and the formula.
///
/// A layer is a value. Everything there is to know of one is in its own file;
/// adding one is that file, a line in `LayerRegistry`, and a fixture.
public protocol Layer: Sendable {
  /// The layer's name in the schema and in Keras, such as `Conv2D`.
  static var kind: String { get }

  /// What a call of the layer takes.
  static var signature: Signature { get }

  /// What a model that is built says of the layer besides its formula; copies of a
  /// layer share it, and are one layer with one set of weights.
  var declaration: LayerDeclaration { get set }

  /// Reads canonical attributes; one that is absent takes its default here and
  /// nowhere else.
  init(attributes: Attributes) throws(ModelError)

  /// The complete canonical attributes: no consumer needs to know a default.
  var attributes: Attributes { get }

  /// The weights that a call on inputs of these shapes needs, in Keras's order.
  func parameters(for inputs: [Shape]) throws(ModelError) -> [ParameterSpecification]

  /// The shapes that a call on inputs of these shapes makes; every rule about
  /// the inputs is checked here.
  func outputShapes(for inputs: [Shape]) throws(ModelError) -> [Shape]

  /// Computes the layer. The inputs and parameters have been checked against
  /// `outputShapes` and `parameters`.
  func forward<Scalar: ReferenceScalar>(
    _ inputs: [NDArray<Scalar>], _ parameters: Parameters<Scalar>
  ) -> [NDArray<Scalar>]

  /// How far rounding may move each output: see `RoundingBound`.
  func roundingBounds<Scalar: ReferenceScalar>(
    _ inputs: [NDArray<Scalar>], _ parameters: Parameters<Scalar>, outputs: [NDArray<Scalar>]
  ) -> [RoundingBound<Scalar>]

  /// The zeros that `same`, `causal` and the like put around an input of this
  /// shape, as before/after pairs per spatial axis; empty for a layer that pads nothing.
  func explicitPadding(for inputs: [Shape]) throws(ModelError) -> [Int]

  /// The number of arithmetic operations of a call on inputs of these shapes, by which speed is
  /// stated: two for each product that is added, what padding adds included; a bias and an
  /// activation do not count. `Int.max` where there are more.
  ///
  /// - Throws: `ModelError.unknownDimension` where a size is not known; what `outputShapes` throws.
  func operationCount(for inputs: [Shape]) throws(ModelError) -> Int
}

extension Layer {
  /// One parameter, `inputs`.
  public static var signature: Signature { .inputs }

  /// No weights.
  public func parameters(for inputs: [Shape]) throws(ModelError) -> [ParameterSpecification] { [] }

  /// No padding.
  public func explicitPadding(for inputs: [Shape]) throws(ModelError) -> [Int] { [] }

  /// The name of the layer's kind.
  public var kind: String { Self.kind }

  /// The one input of a layer that takes one.
  package func singleInput(_ inputs: [Shape]) throws(ModelError) -> Shape {
    guard inputs.count == 1, let input = inputs.first else {
      throw .inputCount(expected: "1", found: inputs.count)
    }
    return input
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

  /// A weight that `Layer.parameters` lists.
  public subscript(role: String) -> NDArray<Scalar> {
    guard let array = arrays[role] else {
      preconditionFailure("a layer asked for '\(role)', which its parameters(for:) does not list")
    }
    return array
  }

  /// A weight that the layer may have, or `nil`.
  public func optional(_ role: String) -> NDArray<Scalar>? { arrays[role] }
}
