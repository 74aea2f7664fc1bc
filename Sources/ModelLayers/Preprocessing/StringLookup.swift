/// Texts by their places in a vocabulary; inverted, the texts at some places.
///
/// In front of the vocabulary there are places for what it does not have: `unknownCount` of them, to which
/// a text comes by its hash: FarmHash's fingerprint, or SipHash-2-4 with a salt. Before these is one for the
/// mask token, where the numbers themselves are asked for; what else is made of the places has none for it.
/// Inverted, what stands for other texts is at every place that is none of the vocabulary's. As
/// `keras/src/layers/preprocessing/index_lookup.py`.
///
/// Input: texts of any shape; inverted, places, real numbers cut towards zero. Weights: of what is weighted, idf_weights for each place in Keras 2, which no
/// call makes use of: Keras computes with those of the configuration.
public struct StringLookup: UnaryLayer, TextLayer, DeclaredLayer, VocabularyLayer, Hashable {
  /// The name in the schema and in Keras.
  public static let kind = "StringLookup"

  /// The layer's name.
  public var declaration = LayerDeclaration()

  /// The texts in order, perhaps with those in front that stand for others.
  public internal(set) var vocabulary: [String]
  /// How many places there are for what the vocabulary does not have.
  public internal(set) var unknownCount: Int
  /// What stands for nothing; `nil` for none.
  public internal(set) var maskToken: String?
  /// What stands for other texts in a vocabulary that begins with it.
  public internal(set) var unknownToken: String
  /// What is made of the places.
  public internal(set) var output: TokenOutput
  /// How many places there are altogether, where there are to be more than needed; else 0.
  public internal(set) var width: Int
  /// What each text of the vocabulary counts for where counts are weighted.
  public internal(set) var weights: [Double]
  /// The key by which others are hashed, two words; none for FarmHash's fingerprint.
  public internal(set) var salt: [Int]
  /// Whether texts are made of places.
  public internal(set) var invert: Bool
  /// The type of places that are seen or counted: real numbers in Keras 2.
  public internal(set) var countType = DType.int64

  /// Makes the layer, with the defaults of Keras 3.
  public init(
    _ vocabulary: [String], unknownCount: Int = 1, maskToken: String? = nil,
    unknownToken: String = "[UNK]", output: TokenOutput = .number, width: Int = 0,
    weights: [Double] = [], salt: [Int] = [], invert: Bool = false, name: String? = nil
  ) {
    self.vocabulary = vocabulary
    self.unknownCount = unknownCount
    self.maskToken = maskToken
    self.unknownToken = unknownToken
    self.output = output
    self.width = width
    self.weights = weights
    self.salt = salt
    self.invert = invert
    declaration = LayerDeclaration(name: name)
  }

  /// No texts.
  public static var prototype: StringLookup { StringLookup([]) }

  /// The attributes.
  public static let fields: [AttributeField<StringLookup>] = [
    .texts("vocabulary", \.vocabulary, isRequired: true)
      .expecting("different texts that do not end in a null, without the mask token") {
        $0.numbering.isValid
      },
    .unknownCount(\.unknownCount),
    .optionalText("mask_token", \.maskToken), .text("oov_token", \.unknownToken),
    .choice("output_mode", \.output),
    .width,
    .weights(ofEach: "text"),
    .ints("salt", \.salt).expecting("two integers, or none") { [0, 2].contains($0.salt.count) },
    .invert(\.invert).expecting(
      "texts that do not end in a null, at most \(Constant.maximumElementCount) bytes together, each "
        + "as long as the longest"
    ) { !$0.invert || $0.numbering.hasTable },
    .countType(\.countType),
  ]

  var numbering: TokenNumbering<[UInt8]> {
    TokenNumbering(
      vocabulary: vocabulary.map { Array($0.utf8) }, unknownCount: unknownCount,
      maskToken: maskToken.map { Array($0.utf8) }, unknownToken: Array(unknownToken.utf8),
      output: output)
  }

  /// Integers, unless they are counted as real numbers or weighted; inverted, texts.
  package var elementType: DType { invert ? .string : output.elementType(counted: countType) }

  /// The places, or the texts at them.
  public func define(
    _ x: Definition.Value, in definition: inout Definition
  ) throws(ModelError) -> Definition.Value {
    let numbering = self.numbering
    guard !invert else {
      guard !x.type.isText else {
        throw .argument("inputs", found: "text", expected: "places: it is inverted")
      }
      let (rows, length) = (numbering.table, numbering.longest)
      let bytes = rows.flatMap { $0 + Array(repeating: 0, count: length - $0.count) }
      let table = definition.constant(bytes.map(Double.init), [rows.count, length], .string)
      return try definition.tokens(of: table, at: x)
    }
    try definition.expectTexts(x)
    if unknownCount == 0 {
      definition.expect(x, among: numbering.tokens + (numbering.maskToken.map { [$0] } ?? []))
    }
    let places = try definition.apply(
      Primitives.TextPlacement(numbering.places(salt: salt), takesText: true), to: x)
    guard output != .number else { return places }
    if countType == .float32 { declareWeights(in: &definition) }
    let made = try definition.encoding(
      places, as: output == .weighted ? .count : output, count: placeCount)
    guard output == .weighted else {
      return try definition.apply(Primitives.Conversion(to: countType), to: made)
    }
    return try weighted(made, in: &definition)
  }
}

extension AttributeField {
  /// The type of what is counted, which no configuration says.
  static func countType(_ path: any FieldPath<Root, DType>) -> AttributeField {
    let field = deviation("count_type", path, from: .int64)
    return field.expecting("'int64' or 'float32'") {
      [.int64, .float32].contains($0[keyPath: path])
    }
  }
}

extension TokenOutput {
  /// The type of the results, where it depends on the version what is counted.
  func elementType(counted: DType) -> DType {
    switch self {
    case .number: .int64
    case .weighted: .float32
    case .oneHot, .multiHot, .count: counted
    }
  }
}

extension Definition {
  /// Says that an input has to be text, as bytes: a run refuses what is none.
  mutating func expectTexts(_ x: Value) throws(ModelError) {
    guard x.type.isText else {
      throw .argument("inputs", found: "numbers", expected: "text")
    }
    try expect(x, in: 0..<256)
  }
}
