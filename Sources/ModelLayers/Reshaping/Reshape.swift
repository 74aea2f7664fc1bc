/// The elements of its input, in the same row-major order, with other axes; the
/// batch axis stays.
public struct Reshape: UnaryLayer, DeclaredLayer, Hashable {
  /// The name in the schema and in Keras.
  public static let kind = "Reshape"

  /// The layer's name and how its weights begin.
  public var declaration = LayerDeclaration()

  /// The sizes of the axes after the batch axis; one may be -1: what the others leave.
  public internal(set) var targetShape: [Int]

  /// Makes the layer.
  public init(_ targetShape: [Int], name: String? = nil) {
    self.targetShape = targetShape
    declaration = LayerDeclaration(name: name)
  }

  /// No axes.
  public static var prototype: Reshape { Reshape([]) }

  /// The attributes.
  public static let fields: [AttributeField<Reshape>] = [
    .ints("target_shape", \.targetShape, isRequired: true)
      .expecting("sizes, one of which may be -1") { layer in
        layer.targetShape.allSatisfy { $0 >= -1 } && layer.targetShape.count { $0 == -1 } <= 1
      }
  ]

  /// The same elements with other axes after the batch axis.
  public func define(
    _ x: Definition.Value, in definition: inout Definition
  ) throws(ModelError) -> Definition.Value {
    guard x.shape.rank > 0 else { throw .rank(expected: "a batch axis", found: x.shape) }
    return try definition.reshape(x, [x.shape[0]] + sizes(for: x.shape))
  }

  private func sizes(for input: Shape) throws(ModelError) -> [Int?] {
    var target = targetShape.map(Optional.some)
    let elementCount = try input.dimensions.dropFirst().product(of: input)
    guard let rest = targetShape.filter({ $0 != -1 }).checkedProduct() else {
      throw .attribute(
        "target_shape", expected: "sizes that can be counted", found: "\(targetShape)")
    }
    if let place = targetShape.firstIndex(of: -1) {
      target[place] = nil
      if let elementCount {
        guard rest > 0, elementCount.isMultiple(of: rest) else { throw mismatch(input) }
        target[place] = elementCount / rest
      }
    } else if let elementCount, elementCount != rest {
      throw mismatch(input)
    }
    return target
  }

  private func mismatch(_ input: Shape) -> ModelError {
    .invalidShape(input, reason: "does not have the elements of target shape \(targetShape)")
  }
}
