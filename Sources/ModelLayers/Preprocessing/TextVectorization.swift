/// Texts as the places of their tokens in a vocabulary, or how often each is there.
///
/// Texts are made alike, cut into tokens, and these perhaps joined, several in a row. Place 0 is for what
/// is filled up, 1 for tokens that the vocabulary does not have; what else is made of the places has none
/// for the former. As `keras/src/layers/preprocessing/text_vectorization.py`.
///
/// Input `(batch)` or `(batch, …, 1)`, output `(batch, …, outputLength)`; or `(batch, places)` where tokens
/// are counted. Texts that are not cut are tokens, `(batch, …, tokens)`. Weights: as those of
/// ``StringLookup``.
public struct TextVectorization: UnaryLayer, TextLayer, DeclaredLayer, VocabularyLayer, Hashable {
  /// The name in the schema and in Keras.
  public static let kind = "TextVectorization"

  /// The layer's name.
  public var declaration = LayerDeclaration()

  /// The tokens in order, perhaps with those in front that stand for others.
  public internal(set) var vocabulary: [String]
  /// How texts are made alike.
  public internal(set) var standard: TextSplitting.Standard
  /// What they are cut into.
  public internal(set) var split: TextSplitting.Unit
  /// How many tokens in a row make one, for each that is wanted; none for the tokens as they are.
  public internal(set) var widths: [Int]
  /// What is made of the places.
  public internal(set) var output: TokenOutput
  /// How many places of tokens are made; 0 for as many as there are, of texts that are not cut.
  public internal(set) var outputLength: Int
  /// How many places there are altogether, where there are to be more than needed; else 0.
  public internal(set) var width: Int
  /// What each token of the vocabulary counts for where counts are weighted.
  public internal(set) var weights: [Double]
  /// The type of places that are seen or counted: real numbers in Keras 2.
  public internal(set) var countType = DType.int64

  /// Makes the layer, with the defaults of Keras 3.
  public init(
    _ vocabulary: [String], standard: TextSplitting.Standard = .lowerAndStripPunctuation,
    split: TextSplitting.Unit = .word, widths: [Int] = [], output: TokenOutput = .number,
    outputLength: Int = 0, width: Int = 0, weights: [Double] = [], name: String? = nil
  ) {
    self.vocabulary = vocabulary
    self.standard = standard
    self.split = split
    self.widths = widths
    self.output = output
    self.outputLength = outputLength
    self.width = width
    self.weights = weights
    declaration = LayerDeclaration(name: name)
  }

  /// No tokens.
  public static var prototype: TextVectorization { TextVectorization([]) }

  /// More widths than anybody asks for.
  package static let maximumWidthCount = 64

  /// The attributes.
  public static let fields: [AttributeField<TextVectorization>] = [
    .texts("vocabulary", \.vocabulary, isRequired: true)
      .expecting("different texts that do not end in a null, and not the empty one") {
        $0.numbering.isValid
      },
    .choice("standardize", \.standard), .choice("split", \.split),
    .ints("ngrams", \.widths)
      .expecting("at most \(maximumWidthCount) integers of at least 1") {
        $0.widths.count <= maximumWidthCount && $0.widths.allSatisfy { $0 > 0 }
      },
    .choice("output_mode", \.output)
      .expecting(
        "'int', 'multi_hot', 'count' or 'tf_idf' where texts are split: 'one_hot' needs 'split' of none"
      ) {
        $0.output != .oneHot || $0.split == .none
      },
    .int("output_sequence_length", \.outputLength)
      .expecting(
        "at least 1 where 'output_mode' is 'int' and texts are split, and 0 where it is another"
      ) {
        $0.output == .number
          ? $0.outputLength > 0 || $0.outputLength == 0 && $0.split == .none
          : $0.outputLength == 0
      },
    .width,
    .weights(ofEach: "token"),
    .countType(\.countType),
  ]

  var numbering: TokenNumbering<[UInt8]> {
    TokenNumbering(
      vocabulary: vocabulary.map { Array($0.utf8) }, unknownCount: 1, maskToken: [],
      unknownToken: Array("[UNK]".utf8), output: output)
  }

  /// Integers, unless they are counted as real numbers or weighted.
  package var elementType: DType { output.elementType(counted: countType) }

  /// The places, or what is made of them.
  public func define(
    _ x: Definition.Value, in definition: inout Definition
  ) throws(ModelError) -> Definition.Value {
    try definition.expectTexts(x)
    let count = placeCount
    if countType == .float32 { declareWeights(in: &definition) }
    let outcome: Primitives.Tokenization.Outcome =
      switch output {
      case .number, .oneHot: .places(outputLength == 0 ? nil : outputLength)
      case .multiHot: .counts(count, isBinary: true)
      case .count, .weighted: .counts(count, isBinary: false)
      }
    let made = try definition.apply(
      Primitives.Tokenization(
        TextSplitting(standard: standard, unit: split, widths: widths), numbering.places(),
        outcome),
      to: x)
    switch output {
    case .number: return made
    case .oneHot:
      return try definition.apply(
        Primitives.Conversion(to: countType),
        to: definition.encoding(made, as: .oneHot, count: count))
    case .multiHot, .count:
      return try definition.apply(Primitives.Conversion(to: countType), to: made)
    case .weighted:
      return try weighted(
        definition.apply(Primitives.Conversion(to: .float32), to: made), in: &definition)
    }
  }
}
