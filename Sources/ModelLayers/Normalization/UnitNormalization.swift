/// Each vector divided by its length: `y = x / ‖x‖` over all axes of `axes` together.
///
/// A vector of nearly no length is divided by the least that counts instead. As
/// `keras/src/layers/normalization/unit_normalization.py`.
public struct UnitNormalization: UnaryLayer, DeclaredLayer, Hashable {
  /// The name in the schema and in Keras.
  public static let kind = "UnitNormalization"

  /// What a vector is divided by at least.
  public enum Limit: String, CaseIterable, Hashable, Sendable {
    /// `‖x‖` of 10⁻¹², as in Keras 3.
    case length
    /// `‖x‖²` of 10⁻¹², as in Keras 2.
    case square
  }

  /// The layer's name and how its weights begin.
  public var declaration = LayerDeclaration()

  /// The axes of a vector; negative ones count from the last.
  public internal(set) var axes: [Int]
  /// What a vector is divided by at least.
  public internal(set) var limit = Limit.length

  /// Makes the layer, with the defaults of Keras 3.
  public init(axes: [Int] = [-1], name: String? = nil) {
    self.axes = axes
    declaration = LayerDeclaration(name: name)
  }

  /// Keras's defaults.
  public static var prototype: UnitNormalization { UnitNormalization() }

  /// The attributes; `axis` is a list.
  public static let fields: [AttributeField<UnitNormalization>] = [
    .ints("axis", \.axes).expecting("at least one axis") { !$0.axes.isEmpty },
    .deviation("limit", \.limit, from: .length),
  ]

  /// Real numbers are taken.
  public func checkElements(_ inputs: [TensorType]) throws(ModelError) { try inputs.checkReal() }

  /// The product with the inverse of the length.
  public func define(
    _ x: Definition.Value, in definition: inout Definition
  ) throws(ModelError) -> Definition.Value {
    let axes = try x.shape.normalizedAxes(axes)
    return switch limit {
    case .length: try definition.unitVectors(x, over: axes, leastLength: 1e-12)
    case .square: try definition.unitVectors(x, over: axes, leastSquare: 1e-12)
    }
  }
}
