/// Several features together, texts or integers, by their hash: one of so many bins.
///
/// Each text is its fingerprint, each integer itself; one after the other they are joined, from a fixed
/// beginning. As `keras/src/layers/preprocessing/hashed_crossing.py`, and TensorFlow's `SparseCross` below.
///
/// Inputs `(batch)` or `(batch, 1)`, all alike; output of that shape, or `(batch, bins)` with 1 at the place
/// of each.
public struct HashedCrossing: TextLayer, DeclaredLayer, TokenLayer, Hashable {
  /// The name in the schema and in Keras.
  public static let kind = "HashedCrossing"

  /// The layer's name.
  public var declaration = LayerDeclaration()

  /// How many bins there are.
  public internal(set) var binCount: Int
  /// What is made of the bins.
  public internal(set) var output: TokenOutput
  /// The type of the bins themselves.
  public internal(set) var indexType: DType

  /// Makes the layer, with the defaults of Keras.
  public init(
    _ binCount: Int, output: TokenOutput = .number, indexType: DType = .int64, name: String? = nil
  ) {
    self.binCount = binCount
    self.output = output
    self.indexType = indexType
    declaration = LayerDeclaration(name: name)
  }

  /// No bins.
  public static var prototype: HashedCrossing { HashedCrossing(0) }

  /// The attributes.
  public static let fields: [AttributeField<HashedCrossing>] = [
    .count("num_bins", \.binCount, isRequired: true)
      .expecting("less than 2³¹, and at most \(Constant.maximumElementCount) of one place each") {
        $0.binCount <= ($0.output == .number ? Int(Int32.max) : Constant.maximumElementCount)
      },
    .choice("output_mode", \.output)
      .expecting("'int' or 'one_hot'") { [.number, .oneHot].contains($0.output) },
    .indexType(\.indexType),
  ]

  /// Integers, unless each has a place of its own.
  package var elementType: DType { output == .number ? indexType : .float32 }

  /// The bins.
  public func define(
    _ inputs: [Definition.Value], in definition: inout Definition
  ) throws(ModelError) -> [Definition.Value] {
    guard inputs.count > 1 else {
      throw .inputCount(expected: "at least 2", found: inputs.count)
    }
    for input in inputs {
      try definition.expectFeature(input)
      let shape = input.type.itemShape
      guard shape.rank == 1 || shape.rank == 2 && shape[1] == 1 else {
        throw .rank(expected: "[batch] or [batch, 1]", found: shape)
      }
    }
    let bins = try definition.apply(
      Primitives.Crossing(binCount, takesText: inputs.map(\.type.isText)), toAll: inputs)
    guard output != .number else {
      return [try definition.apply(Primitives.Conversion(to: indexType), to: bins[0])]
    }
    return [try definition.encoding(bins[0], as: output, count: binCount)]
  }
}
