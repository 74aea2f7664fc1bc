/// Numbers as the bins that they fall into: the bin of x is how many boundaries are not above it.
///
/// What is not a number falls into the last. Boundaries are of float32, as Keras compares with them. Input
/// of any shape; the bins, integers of that shape, are tokens of which something may be made: see
/// ``TokenOutput``. As `keras/src/layers/preprocessing/discretization.py`.
public struct Discretization: UnaryLayer, DeclaredLayer, TokenLayer, Hashable {
  /// The name in the schema and in Keras.
  public static let kind = "Discretization"

  /// The layer's name.
  public var declaration = LayerDeclaration()

  /// Where bins end, ascending; there is one bin more.
  public internal(set) var boundaries: [Double]
  /// What is made of the bins.
  public internal(set) var output: TokenOutput
  /// The type of the bins themselves, `int64` before Keras 3.
  public internal(set) var indexType = DType.int32

  /// Makes the layer, with the defaults of Keras 3.
  public init(_ boundaries: [Double], output: TokenOutput = .number, name: String? = nil) {
    self.boundaries = boundaries
    self.output = output
    declaration = LayerDeclaration(name: name)
  }

  /// No boundaries.
  public static var prototype: Discretization { Discretization([]) }

  /// The attributes.
  public static let fields: [AttributeField<Discretization>] = [
    .numbers("bin_boundaries", \.boundaries, isRequired: true)
      .expecting("at least one boundary, ascending") { layer in
        !layer.boundaries.isEmpty
          && zip(layer.boundaries, layer.boundaries.dropFirst()).allSatisfy { $0 <= $1 }
      },
    .choice("output_mode", \.output)
      .expecting("'int', 'one_hot', 'multi_hot' or 'count'") { $0.output != .weighted },
    .deviation("index_type", \.indexType, from: .int32)
      .expecting("'int32' or 'int64'") { [.int32, .int64].contains($0.indexType) },
  ]

  /// Integers, unless something is made of them.
  package var elementType: DType { output == .number ? indexType : .float32 }

  /// The bins.
  public func define(
    _ x: Definition.Value, in definition: inout Definition
  ) throws(ModelError) -> Definition.Value {
    let count = boundaries.count
    let numbers =
      x.type.isReal ? x : try definition.apply(Primitives.Conversion(to: .float32), to: x)
    let limits = definition.constant(boundaries.map { Double(Float($0)) }, [count])
    let isBelow = try definition.apply(
      Primitives.Comparison(.less),
      to: definition.reshape(numbers, x.shape.dimensions + [1]), limits)
    let belowCount = try definition.apply(
      Primitives.Reduction(.sum, over: [x.shape.rank]), to: isBelow)
    let bins = try definition.combination(
      .subtract, definition.constant([Double(count)], []), belowCount)
    guard output != .number else {
      return try definition.apply(Primitives.Conversion(to: indexType), to: bins)
    }
    return try definition.encoding(bins, as: output, count: count + 1)
  }
}
