/// Its input with the axes after the batch axis in another order.
public struct Permute: UnaryLayer, DeclaredLayer, Hashable {
  /// The name in the schema and in Keras.
  public static let kind = "Permute"

  /// The layer's name and how its weights begin.
  public var declaration = LayerDeclaration()

  /// For each axis of the output the axis of the input, the batch axis being 0 and
  /// not named: `[2, 1]` transposes.
  public internal(set) var dims: [Int]

  /// Makes the layer.
  public init(_ dims: [Int], name: String? = nil) {
    self.dims = dims
    declaration = LayerDeclaration(name: name)
  }

  /// No axes.
  public static var prototype: Permute { Permute([]) }

  /// The attributes.
  public static let fields: [AttributeField<Permute>] = [
    .ints("dims", \.dims, isRequired: true).expecting("each axis from 1 once") {
      $0.dims.sorted().elementsEqual(1..<$0.dims.count + 1)
    }
  ]

  /// The axes in their new order.
  public func define(
    _ x: Definition.Value, in definition: inout Definition
  ) throws(ModelError) -> Definition.Value {
    guard x.shape.rank == dims.count + 1 else {
      throw .rank(expected: "\(dims.count + 1) axes, as dims \(dims) say", found: x.shape)
    }
    return try definition.transpose(x, [0] + dims)
  }
}
