/// A layer that merges inputs of shapes that are equal or broadcast.
///
/// Inputs of a lower rank get axes of size 1 after the batch axis; then an axis of size 1, the
/// batch axis excepted, is repeated to the size of the others. As
/// `keras/src/layers/merging/base_merge.py`.
protocol ElementwiseMerge: DeclaredLayer {
  init(name: String?)
  /// What is computed of two inputs, and of its result and the next one.
  static var function: Primitives.Combination.Function { get }
  /// How many inputs there may be.
  static var inputCounts: ClosedRange<Int> { get }
  /// What becomes of the masks of the inputs.
  var maskRule: MaskRule { get set }
}

extension Layer {
  /// Whether the layer merges its inputs element by element.
  package var isElementwiseMerge: Bool { self is any ElementwiseMerge }
}

extension ElementwiseMerge {
  static var inputCounts: ClosedRange<Int> { 1...Int.max }

  /// Real numbers are taken.
  public func checkElements(_ inputs: [TensorType]) throws(ModelError) { try inputs.checkReal() }

  /// The layer.
  public static var prototype: Self { Self(name: nil) }

  /// What becomes of masks.
  public static var fields: [AttributeField<Self>] { [.maskRule(\.maskRule)] }

  /// The inputs, combined.
  public func define(
    _ inputs: [Definition.Value], in definition: inout Definition
  ) throws(ModelError) -> [Definition.Value] {
    [try merged(inputs, in: &definition)]
  }

  func merged(
    _ inputs: [Definition.Value], in definition: inout Definition
  ) throws(ModelError) -> Definition.Value {
    let counts = Self.inputCounts
    guard counts.contains(inputs.count) else {
      let isExact = counts.lowerBound == counts.upperBound
      let expected = isExact ? "\(counts.lowerBound)" : "at least \(counts.lowerBound)"
      throw .inputCount(expected: expected, found: inputs.count)
    }
    guard inputs.count > 1 else { return inputs[0] }
    return try definition.apply(
      Primitives.Combination(Self.function), toAll: aligned(inputs, in: &definition))[0]
  }

  /// The inputs with as many axes.
  func aligned(
    _ inputs: [Definition.Value], in definition: inout Definition
  ) throws(ModelError) -> [Definition.Value] {
    let shapes = inputs.map(\.shape)
    let rank = try Broadcasting.shape(of: shapes, keepingFirstAxis: true).rank
    var aligned: [Definition.Value] = []
    for input in inputs {
      let sizes = Broadcasting.expanded(
        input.shape.dimensions, rank: rank, by: 1, keepingFirstAxis: true)
      aligned.append(
        input.shape.rank == rank ? input : try definition.reshape(input, sizes))
    }
    return aligned
  }
}

// MARK: - Layers

/// The sum of its inputs: `x₀ + x₁ + …`.
public struct Add: ElementwiseMerge, Hashable {
  /// The name in the schema and in Keras.
  public static let kind = "Add"
  static let function = Primitives.Combination.Function.add

  /// The layer's name and how its weights begin.
  public var declaration = LayerDeclaration()
  /// What becomes of the masks of the inputs.
  public internal(set) var maskRule = MaskRule.any

  /// Makes the layer.
  public init(name: String? = nil) {
    declaration = LayerDeclaration(name: name)
  }
}

/// The difference of two inputs, `x₀ - x₁`; their shapes fit as for `Add`.
public struct Subtract: ElementwiseMerge, Hashable {
  /// The name in the schema and in Keras.
  public static let kind = "Subtract"
  static let function = Primitives.Combination.Function.subtract
  static let inputCounts = 2...2

  /// The layer's name and how its weights begin.
  public var declaration = LayerDeclaration()
  /// What becomes of the masks of the inputs.
  public internal(set) var maskRule = MaskRule.any

  /// Makes the layer.
  public init(name: String? = nil) {
    declaration = LayerDeclaration(name: name)
  }
}

/// The product of its inputs, `x₀·x₁·…`; their shapes fit as for `Add`.
public struct Multiply: ElementwiseMerge, Hashable {
  /// The name in the schema and in Keras.
  public static let kind = "Multiply"
  static let function = Primitives.Combination.Function.multiply

  /// The layer's name and how its weights begin.
  public var declaration = LayerDeclaration()
  /// What becomes of the masks of the inputs.
  public internal(set) var maskRule = MaskRule.any

  /// Makes the layer.
  public init(name: String? = nil) {
    declaration = LayerDeclaration(name: name)
  }
}

/// The mean of its inputs, `(x₀ + x₁ + …) ÷ n`; their shapes fit as for `Add`.
public struct Average: ElementwiseMerge, Hashable {
  /// The name in the schema and in Keras.
  public static let kind = "Average"
  static let function = Primitives.Combination.Function.add

  /// The layer's name and how its weights begin.
  public var declaration = LayerDeclaration()
  /// What becomes of the masks of the inputs.
  public internal(set) var maskRule = MaskRule.any

  /// Makes the layer.
  public init(name: String? = nil) {
    declaration = LayerDeclaration(name: name)
  }

  /// The sum of the inputs, divided by their number.
  public func define(
    _ inputs: [Definition.Value], in definition: inout Definition
  ) throws(ModelError) -> [Definition.Value] {
    let sum = try merged(inputs, in: &definition)
    guard inputs.count > 1 else { return [sum] }
    return [try definition.combination(.divide, sum, Double(inputs.count))]
  }
}

/// The largest of its inputs' elements; their shapes fit as for `Add`.
public struct Maximum: ElementwiseMerge, Hashable {
  /// The name in the schema and in Keras.
  public static let kind = "Maximum"
  static let function = Primitives.Combination.Function.maximum

  /// The layer's name and how its weights begin.
  public var declaration = LayerDeclaration()
  /// What becomes of the masks of the inputs.
  public internal(set) var maskRule = MaskRule.any

  /// Makes the layer.
  public init(name: String? = nil) {
    declaration = LayerDeclaration(name: name)
  }
}

/// The smallest of its inputs' elements; their shapes fit as for `Add`.
public struct Minimum: ElementwiseMerge, Hashable {
  /// The name in the schema and in Keras.
  public static let kind = "Minimum"
  static let function = Primitives.Combination.Function.minimum

  /// The layer's name and how its weights begin.
  public var declaration = LayerDeclaration()
  /// What becomes of the masks of the inputs.
  public internal(set) var maskRule = MaskRule.any

  /// Makes the layer.
  public init(name: String? = nil) {
    declaration = LayerDeclaration(name: name)
  }
}
