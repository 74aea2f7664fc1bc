/// Tokens by their numbers as places in a vector: `y[b, n] = 1` where a token of item b is n.
///
/// Input `(batch, tokens)` of integers, or of real numbers that are whole; output `(batch, numTokens)`, or
/// `(batch, …, numTokens)` for each token by itself, where a last axis of one token is left out. A second
/// input, in the shape of the first, says what each token counts for. As
/// `keras/src/layers/preprocessing/category_encoding.py`.
public struct CategoryEncoding: DeclaredLayer, TokenLayer, Hashable {
  /// The name in the schema and in Keras.
  public static let kind = "CategoryEncoding"

  /// The layer's name.
  public var declaration = LayerDeclaration()

  /// How many tokens there are.
  public internal(set) var tokenCount: Int
  /// What is made of the tokens.
  public internal(set) var output: TokenOutput
  /// Whether a token of another number is an error, as before Keras 3; else it has no place.
  public internal(set) var checksRange = false

  /// Makes the layer, with the defaults of Keras 3.
  public init(_ tokenCount: Int, output: TokenOutput = .multiHot, name: String? = nil) {
    self.tokenCount = tokenCount
    self.output = output
    declaration = LayerDeclaration(name: name)
  }

  /// No tokens.
  public static var prototype: CategoryEncoding { CategoryEncoding(0) }

  /// The attributes.
  public static let fields: [AttributeField<CategoryEncoding>] = [
    .count("num_tokens", \.tokenCount, isRequired: true)
      .expecting("at most \(Constant.maximumElementCount)") {
        $0.tokenCount <= Constant.maximumElementCount
      },
    .choice("output_mode", \.output)
      .expecting("'one_hot', 'multi_hot' or 'count'") {
        ![.number, .weighted].contains($0.output)
      },
    .impliedFlag("checks_range", \.checksRange, usual: false),
  ]

  /// The tokens, and what each counts for.
  public var signature: Signature {
    Signature([
      Signature.Parameter("inputs", .operand), Signature.Parameter("count_weights", .operand),
    ])
  }

  /// Real numbers.
  package var elementType: DType { .float32 }

  /// The places.
  public func define(
    _ inputs: [Definition.Value], in definition: inout Definition
  ) throws(ModelError) -> [Definition.Value] {
    guard let x = inputs.first, inputs.count < 3 else {
      throw .inputCount(expected: "tokens and perhaps their weights", found: inputs.count)
    }
    let weights = inputs.count == 2 ? inputs[1] : nil
    if let weights {
      guard output == .count, weights.shape == x.shape else {
        throw .argument(
          "count_weights", found: "weights of shape \(weights.shape)",
          expected: output == .count ? "the shape of the tokens, \(x.shape)" : "none")
      }
    }
    if checksRange { try definition.expect(x, in: 0..<tokenCount) }
    try definition.expectWhole(x)
    definition.usually(x, in: 0..<tokenCount)
    let tokens = x.type.isReal ? try definition.function(.round, x) : x
    return [try definition.encoding(tokens, as: output, count: tokenCount, weights: weights)]
  }
}
