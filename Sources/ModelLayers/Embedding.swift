/// A row of a table for each index: `y[b, …, :] = embeddings[x[b, …], :]`.
///
/// Indices of a type of real numbers are cut towards zero first. One that the table does not have is
/// an error. As `keras/src/layers/core/embedding.py`.
///
/// Weights: embeddings `(inputDimension, outputDimension)`.
public struct Embedding: UnaryLayer, DeclaredLayer, Hashable {
  /// The name in the schema and in Keras.
  public static let kind = "Embedding"

  /// The layer's name and how its weights begin.
  public var declaration = LayerDeclaration()

  /// The number of rows.
  public internal(set) var inputDimension: Int
  /// The length of each row.
  public internal(set) var outputDimension: Int
  /// Whether index 0 is padding: the result has a mask then.
  public internal(set) var masksZero: Bool

  /// Makes the layer, with the defaults of Keras 3.
  public init(
    _ inputDimension: Int, _ outputDimension: Int, masksZero: Bool = false,
    embeddingsInitializer: Initializer = .randomUniform(), name: String? = nil
  ) {
    self.inputDimension = inputDimension
    self.outputDimension = outputDimension
    self.masksZero = masksZero
    declaration = LayerDeclaration(
      name: name, initializers: ["embeddings": embeddingsInitializer])
  }

  /// No rows.
  public static var prototype: Embedding { Embedding(0, 0) }

  /// The attributes.
  public static let fields: [AttributeField<Embedding>] = [
    .count("input_dim", \.inputDimension, isRequired: true),
    .count("output_dim", \.outputDimension, isRequired: true),
    .flag("mask_zero", \.masksZero),
  ]

  /// The rows.
  public func define(
    _ x: Definition.Value, in definition: inout Definition
  ) throws(ModelError) -> Definition.Value {
    let table = definition.weight("embeddings", [inputDimension, outputDimension])
    return try definition.rows(of: table, at: x)
  }

  /// What is no padding.
  public func defineMasks(
    _ inputs: [Definition.Value], masks: [Definition.Value?], in definition: inout Definition
  ) throws(ModelError) -> [Definition.Value?] {
    masksZero ? [try definition.truth(inputs[0])] : []
  }

  /// It does where index 0 is padding.
  public var makesMask: Bool { masksZero }
}

extension Definition {
  /// The rows of a table at some indices, cut towards zero.
  mutating func rows(of table: Value, at x: Value) throws(ModelError) -> Value {
    try expect(x, in: 0..<(table.shape[0] ?? 0))
    let index = x.type.isReal ? try function(.trunc, x) : x
    return try apply(Primitives.Gather(axis: 0), to: table, index)
  }
}
