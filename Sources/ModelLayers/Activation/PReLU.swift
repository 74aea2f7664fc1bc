/// The rectifier with a learned slope (He et al., 2015).
///
/// `y = max(x, 0) + alpha·min(x, 0)`
///
/// Weights: alpha of the input's sizes without the batch, 1 along shared axes.
public struct PReLU: UnaryLayer, DeclaredLayer, Hashable {
  /// The name in the schema and in Keras.
  public static let kind = "PReLU"

  /// The layer's name and how its weights begin.
  public var declaration = LayerDeclaration()

  /// The axes along which all elements have the same slope; the batch is axis 0.
  public internal(set) var sharedAxes: [Int]

  /// Makes the layer, with the defaults of Keras 3.
  public init(sharedAxes: [Int] = [], alphaInitializer: Initializer = .zeros, name: String? = nil) {
    self.sharedAxes = sharedAxes
    declaration = LayerDeclaration(name: name, initializers: ["alpha": alphaInitializer])
  }

  /// Keras's defaults.
  public static var prototype: PReLU { PReLU() }

  /// The attributes.
  public static let fields: [AttributeField<PReLU>] = [.ints("shared_axes", \.sharedAxes)]

  /// Real numbers are taken.
  public func checkElements(_ inputs: [TensorType]) throws(ModelError) { try inputs.checkReal() }

  /// The positive part, and the negative part times its slope.
  public func define(
    _ x: Definition.Value, in definition: inout Definition
  ) throws(ModelError) -> Definition.Value {
    let alpha = definition.weight("alpha", try x.shape.sizes(sharing: sharedAxes))
    let positive = try definition.activation(.relu, x)
    let negative = try definition.combination(.minimum, x, 0)
    return try definition.combination(
      .add, positive, definition.combination(.multiply, alpha, negative))
  }

}

extension Shape {
  /// The sizes of a weight for each element but those along shared axes, without the batch.
  func sizes(sharing sharedAxes: [Int]) throws(ModelError) -> [Int] {
    guard rank >= 1 else { throw .rank(expected: "[batch, …]", found: self) }
    if let axis = sharedAxes.first(where: { !(1..<rank).contains($0) }) {
      throw .attribute(
        "shared_axes", expected: "axes of the input's shape \(self) but the first",
        found: "\(axis)")
    }
    var sizes: [Int] = []
    for axis in 1..<rank {
      guard let size = sharedAxes.contains(axis) ? 1 : self[axis] else {
        throw .unknownDimension(shape: self, needed: "the size of axis \(axis)")
      }
      sizes.append(size)
    }
    return sizes
  }
}
