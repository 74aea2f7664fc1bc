/// A row of a table for each index, and in reverse products with the rows: scores of the indices.
///
/// ```
/// y[b, …, :] = embeddings[x[b, …], :]
/// y = x·embeddingsᵀ, or x·reverse_embeddings, of a call with `reverse`
/// ```
///
/// With ``softCap`` c the products are brought nearer to 0: `c·tanh(y / c)`. As
/// `keras/src/layers/core/reversible_embedding.py`.
///
/// Weights: embeddings `(inputDimension, outputDimension)`, and unless they are tied
/// reverse_embeddings `(outputDimension, inputDimension)`.
public struct ReversibleEmbedding: UnaryLayer, DeclaredLayer, CallDependentLayer, Hashable {
  /// The name in the schema and in Keras.
  public static let kind = "ReversibleEmbedding"

  /// The layer's name and how its weights begin.
  public var declaration = LayerDeclaration()
  /// What a call gives besides tensors.
  public var form = CallForm()

  /// The number of rows.
  public internal(set) var inputDimension: Int
  /// The length of each row.
  public internal(set) var outputDimension: Int
  /// Whether the products are with the rows of the table, rather than with weights of their own.
  public internal(set) var tiesWeights: Bool
  /// Whether index 0 is padding: the rows have a mask then.
  public internal(set) var masksZero: Bool
  /// What no product exceeds; `nil` for any.
  public internal(set) var softCap: Double?

  /// Makes the layer, with the defaults of Keras 3.
  public init(
    _ inputDimension: Int, _ outputDimension: Int, tiesWeights: Bool = true,
    masksZero: Bool = false, softCap: Double? = nil,
    embeddingsInitializer: Initializer = .randomUniform(), name: String? = nil
  ) {
    self.inputDimension = inputDimension
    self.outputDimension = outputDimension
    self.tiesWeights = tiesWeights
    self.masksZero = masksZero
    self.softCap = softCap
    declaration = LayerDeclaration(
      name: name,
      initializers: [
        "embeddings": embeddingsInitializer, "reverse_embeddings": embeddingsInitializer,
      ])
  }

  /// No rows.
  public static var prototype: ReversibleEmbedding { ReversibleEmbedding(0, 0) }

  /// The attributes.
  public static let fields: [AttributeField<ReversibleEmbedding>] = [
    .count("input_dim", \.inputDimension, isRequired: true),
    .count("output_dim", \.outputDimension, isRequired: true),
    .flag("tie_weights", \.tiesWeights), .flag("mask_zero", \.masksZero),
    AttributeField(
      "logit_soft_cap", .number,
      read: { attributes, layer throws(ModelError) in
        layer.softCap = try attributes.optionalDouble("logit_soft_cap")
      },
      write: { layer, attributes in
        if let cap = layer.softCap { attributes["logit_soft_cap"] = .double(cap) }
      }
    ).expecting("another number than 0") { $0.softCap != 0 },
  ]

  /// The inputs, and whether they are rows.
  public var signature: Signature {
    Signature([Signature.Parameter("inputs", .operand), Signature.Parameter("reverse", .setting)])
  }

  /// Whether a call makes scores of rows.
  private var isReversed: Bool { form.isSet("reverse") }

  /// The rows, or the scores.
  public func define(
    _ x: Definition.Value, in definition: inout Definition
  ) throws(ModelError) -> Definition.Value {
    let table = definition.weight("embeddings", [inputDimension, outputDimension])
    let own =
      tiesWeights
      ? nil : definition.weight("reverse_embeddings", [outputDimension, inputDimension])
    guard isReversed else { return try definition.rows(of: table, at: x) }
    let kernel = if let own { own } else { try definition.transpose(table, [1, 0]) }
    let scores = try definition.product(x, kernel)
    guard let softCap else { return scores }
    let share = try definition.combination(.divide, scores, softCap)
    return try definition.combination(.multiply, definition.activation(.tanh, share), softCap)
  }

  /// What is no padding.
  public func defineMasks(
    _ inputs: [Definition.Value], masks: [Definition.Value?], in definition: inout Definition
  ) throws(ModelError) -> [Definition.Value?] {
    makesMask ? [try definition.truth(inputs[0])] : []
  }

  /// It does where index 0 is padding.
  public var makesMask: Bool { masksZero && !isReversed }
}
