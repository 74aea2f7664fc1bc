/// Integers by their places in a vocabulary; inverted, the integers at some places.
///
/// In front of the vocabulary there are places for what it does not have: `unknownCount` of them, to which
/// an integer x comes by `x mod unknownCount`; before these one for the mask token, where the numbers
/// themselves are asked for. What else is made of the places has none for the mask token. Real numbers are
/// cut towards zero first. Inverted, what stands for other integers is at every place that is none of the
/// vocabulary's. As `keras/src/layers/preprocessing/index_lookup.py`.
///
/// Weights: of what is weighted, idf_weights for each place, which no call makes use of: Keras computes
/// with those of the configuration.
public struct IntegerLookup: UnaryLayer, DeclaredLayer, VocabularyLayer, Hashable {
  /// The name in the schema and in Keras.
  public static let kind = "IntegerLookup"

  /// The layer's name.
  public var declaration = LayerDeclaration()

  /// The integers in order, perhaps with those in front that stand for others.
  public internal(set) var vocabulary: [Int]
  /// How many places there are for what the vocabulary does not have.
  public internal(set) var unknownCount: Int
  /// What stands for nothing; `nil` for none.
  public internal(set) var maskToken: Int?
  /// What stands for other integers in a vocabulary that begins with it.
  public internal(set) var unknownToken: Int
  /// What is made of the places.
  public internal(set) var output: TokenOutput
  /// How many places there are altogether, where there are to be more than needed; else 0.
  public internal(set) var width: Int
  /// What each integer of the vocabulary counts for where counts are weighted.
  public internal(set) var weights: [Double]
  /// Whether integers are made of places.
  public internal(set) var invert: Bool

  /// Makes the layer, with the defaults of Keras.
  public init(
    _ vocabulary: [Int], unknownCount: Int = 1, maskToken: Int? = nil, unknownToken: Int = -1,
    output: TokenOutput = .number, width: Int = 0, weights: [Double] = [], invert: Bool = false,
    name: String? = nil
  ) {
    self.vocabulary = vocabulary
    self.unknownCount = unknownCount
    self.maskToken = maskToken
    self.unknownToken = unknownToken
    self.output = output
    self.width = width
    self.weights = weights
    self.invert = invert
    declaration = LayerDeclaration(name: name)
  }

  /// No integers.
  public static var prototype: IntegerLookup { IntegerLookup([]) }

  /// Integers that every engine has exactly, halves between them as well.
  private static let exact = 1 - (1 << 22)..<1 << 22

  /// The attributes.
  public static let fields: [AttributeField<IntegerLookup>] = [
    .ints("vocabulary", \.vocabulary, isRequired: true)
      .expecting("different integers of less than 2²², without the mask token") { layer in
        !layer.tokens.isEmpty && Set(layer.tokens).count == layer.tokens.count
          && layer.tokens.allSatisfy { exact.contains($0) && $0 != layer.maskToken }
      },
    .unknownCount(\.unknownCount),
    AttributeField(
      "mask_token", .integer,
      read: { attributes, layer throws(ModelError) in
        if attributes["mask_token"] != nil { layer.maskToken = try attributes.int("mask_token") }
      },
      write: { layer, attributes in
        if let token = layer.maskToken { attributes["mask_token"] = .int(token) }
      }
    ).expecting("less than 2²²") { exact.contains($0.maskToken ?? 0) },
    .int("oov_token", \.unknownToken), .choice("output_mode", \.output),
    .width,
    .weights(ofEach: "integer"),
    .invert(\.invert).expecting("an 'oov_token' of less than 2²²") {
      !$0.invert || exact.contains($0.unknownToken)
    },
  ]

  /// Integers, unless something is made of them.
  package var elementType: DType { output == .number ? .int64 : .float32 }

  var numbering: TokenNumbering<Int> {
    TokenNumbering(
      vocabulary: vocabulary, unknownCount: unknownCount, maskToken: maskToken,
      unknownToken: unknownToken, output: output)
  }

  /// Where the places for what the vocabulary does not have begin.
  private var start: Int { numbering.start }

  /// The integers that have a place each.
  private var tokens: ArraySlice<Int> { numbering.tokens }

  /// Between which integers those are that have a place.
  private var range: Range<Int> {
    let known = tokens + (maskToken.map { [$0] } ?? [])
    guard unknownCount == 0, let least = known.min(), let most = known.max(),
      Self.exact.contains(least), Self.exact.contains(most)
    else { return Self.exact }
    return least..<most + 1
  }

  /// The places, or the integers at them.
  public func define(
    _ x: Definition.Value, in definition: inout Definition
  ) throws(ModelError) -> Definition.Value {
    guard !invert else {
      return try definition.tokens(of: definition.integers(numbering.table), at: x)
    }
    try definition.expect(x, in: range)
    var numbers = try definition.apply(Primitives.Conversion(to: .float32), to: x)
    if x.type.isReal { numbers = try definition.function(.trunc, numbers) }
    // Exactly: sums of real numbers would rest on a step.
    let places = try definition.integers([numbers], as: .int64) {
      (numbers, definition) throws(ModelError) in
      [try self.places(of: numbers[0], in: &definition)]
    }[0]
    declareWeights(in: &definition)
    guard output != .number else {
      // What has no place is none of an axis: a run says so.
      let all = definition.integers(0..<numbering.placeCount)
      let found = try definition.apply(Primitives.Gather(axis: 0), to: all, places)
      return try definition.apply(Primitives.Conversion(to: .int64), to: found)
    }
    let made = try definition.encoding(
      places, as: output == .weighted ? .count : output, count: placeCount)
    guard output == .weighted else { return made }
    return try weighted(made, in: &definition)
  }

  /// The places of integers.
  private func places(
    of numbers: Definition.Value, in definition: inout Definition
  ) throws(ModelError) -> Definition.Value {
    let wide = try definition.reshape(numbers, numbers.shape.dimensions + [1])
    let tokens = self.tokens
    let isToken = try definition.apply(
      Primitives.Comparison(.equal), to: wide,
      definition.integers(tokens))
    let ones = try definition.apply(Primitives.Conversion(to: .float32), to: isToken)
    func sum(_ x: Definition.Value) throws(ModelError) -> Definition.Value {
      try definition.apply(Primitives.Reduction(.sum, over: [x.shape.rank - 1]), to: x)
    }
    let first = start + unknownCount
    let order = definition.integers(first..<first + tokens.count)
    let place = try sum(definition.combination(.multiply, ones, order))
    let isKnown = try definition.truth(sum(ones))
    var places = try definition.apply(
      Primitives.Selection(), to: isKnown, place, unknownPlace(of: numbers, in: &definition))
    if let maskToken {
      let isMasked = try definition.apply(
        Primitives.Comparison(.equal), to: numbers, definition.integer(maskToken))
      places = try definition.apply(
        Primitives.Selection(), to: isMasked, definition.integer(output == .number ? 0 : -1), places
      )
    }
    return places
  }

  /// The places of integers that the vocabulary does not have.
  private func unknownPlace(
    of numbers: Definition.Value, in definition: inout Definition
  ) throws(ModelError) -> Definition.Value {
    guard unknownCount != 1 else { return definition.integer(start) }
    guard unknownCount > 0 else { return definition.integer(numbering.placeCount) }
    // A half more is far from the next step, however a quotient is rounded.
    let count = definition.integer(unknownCount)
    let middle = try definition.combination(.add, numbers, 0.5)
    let whole = try definition.function(
      .floor, definition.combination(.divide, middle, count))
    let rest = try definition.combination(
      .subtract, numbers, definition.combination(.multiply, whole, count))
    return try definition.combination(.add, rest, definition.integer(start))
  }
}
