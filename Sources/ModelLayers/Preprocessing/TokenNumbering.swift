/// How a layer numbers the tokens of a vocabulary: one place for the mask token, where the numbers
/// themselves are asked for; then those for tokens that the vocabulary does not have; then its own.
struct TokenNumbering<Token: Equatable> {
  /// The tokens in order, perhaps with those in front that stand for others.
  var vocabulary: [Token]
  /// How many places there are for what the vocabulary does not have.
  var unknownCount: Int
  /// What stands for nothing.
  var maskToken: Token?
  /// What stands for other tokens in a vocabulary that begins with it.
  var unknownToken: Token
  /// What is made of the places.
  var output: TokenOutput

  /// Where the places for what the vocabulary does not have begin.
  var start: Int { maskToken != nil && output == .number ? 1 : 0 }

  /// Whether the vocabulary begins with what stands for others.
  var isComplete: Bool {
    guard unknownCount >= 0, vocabulary.count - start >= unknownCount else { return false }
    let others =
      Array(repeating: maskToken, count: start)
      + Array(repeating: unknownToken, count: unknownCount)
    return zip(vocabulary, others).allSatisfy { $0 == $1 }
  }

  /// The tokens that have a place each.
  var tokens: ArraySlice<Token> {
    isComplete ? vocabulary.dropFirst(start + unknownCount) : vocabulary[...]
  }

  /// The place of the first of them.
  var first: Int { start + unknownCount }

  /// How many places there are.
  var placeCount: Int { first + tokens.count }

  /// The token at each place, and behind them what stands for others.
  var table: [Token] {
    Array(repeating: maskToken ?? unknownToken, count: start)
      + Array(repeating: unknownToken, count: unknownCount) + tokens + [unknownToken]
  }

  /// What each place counts for: what the vocabulary does not have, the mean.
  func placeWeights(_ weights: [Double], width: Int) -> [Double] {
    let mean = weights.reduce(0, +) / Double(weights.count)
    let others = Array(repeating: mean, count: isComplete ? 0 : unknownCount)
    let all = (others + weights).map { Double(Float($0)) }
    return all + Array(repeating: 0, count: max(0, width - all.count))
  }
}

extension TokenNumbering<[UInt8]> {
  /// Where texts go; the mask token to no place, where its number is not asked for.
  func places(salt: [Int] = []) -> TextPlaces {
    TextPlaces(
      vocabulary: Array(tokens), first: first, unknownStart: start, unknownCount: unknownCount,
      mask: maskToken, maskPlace: output == .number ? 0 : -1, salt: salt)
  }

  /// The length of the longest text of the table, at least 1.
  var longest: Int {
    (tokens + [unknownToken, maskToken ?? []]).lazy.map(\.count).max().map { max($0, 1) } ?? 1
  }

  /// Whether the texts of the table are no more than a constant may have, and a tensor can hold them.
  var hasTable: Bool {
    let count = [placeCount + 1, longest].checkedProduct()
    return count.map { $0 <= Constant.maximumElementCount } == true
      && unknownToken.last != 0 && maskToken?.last != 0
  }

  /// Whether Keras takes the vocabulary: different texts without the mask token.
  ///
  /// NumPy, through which it goes, keeps no nulls at their ends.
  var isValid: Bool {
    !tokens.isEmpty && Set(tokens).count == tokens.count
      && tokens.allSatisfy { $0 != maskToken && $0.last != 0 }
  }
}

/// A layer that makes something of the places that tokens have in a vocabulary.
protocol VocabularyLayer: TokenLayer {
  /// What tokens are.
  associatedtype Token: Equatable

  /// How tokens are numbered.
  var numbering: TokenNumbering<Token> { get }
  /// What is made of the places.
  var output: TokenOutput { get }
  /// How many places there are altogether, where there are to be more than needed; else 0.
  var width: Int { get set }
  /// What each token of the vocabulary counts for where counts are weighted.
  var weights: [Double] { get set }
}

extension VocabularyLayer {
  /// How many places there are altogether.
  var placeCount: Int { max(width, numbering.placeCount) }

  /// The weight of what is weighted, which no call makes use of: Keras computes with those of the
  /// configuration.
  func declareWeights(in definition: inout Definition) {
    guard output == .weighted else { return }
    definition.weight("idf_weights", [placeCount], isTrainable: false)
  }

  /// Counts of places, each multiplied by what the place counts for.
  func weighted(
    _ counts: Definition.Value, in definition: inout Definition
  ) throws(ModelError) -> Definition.Value {
    try definition.combination(
      .multiply, counts,
      definition.constant(numbering.placeWeights(weights, width: width), [placeCount]))
  }
}

extension TokenLayer {
  /// Between which numbers those lie that places count for; `nil` where they count for nothing.
  package var placeWeights: [ClosedRange<Double>]? { (self as? any VocabularyLayer)?.ownWeights }
}

extension VocabularyLayer {
  fileprivate var ownWeights: [ClosedRange<Double>]? {
    guard output == .weighted else { return nil }
    let numbers = numbering.placeWeights(weights, width: width)
    let meanCount = numbering.isComplete ? 0 : numbering.unknownCount
    return numbers.enumerated().map { place, number in
      guard place < meanCount, number.isFinite else { return number...number }
      // A sum in another order may be rounded to the number beside it.
      return Double(Float(number).nextDown)...Double(Float(number).nextUp)
    }
  }
}

extension AttributeField where Root: VocabularyLayer {
  /// How many places there are for what the vocabulary does not have.
  static func unknownCount(_ path: any FieldPath<Root, Int>) -> AttributeField {
    let field = int("num_oov_indices", path)
    return field.expecting(
      "0 to \(Constant.maximumElementCount), and not 0 unless places are asked for"
    ) {
      let count = $0[keyPath: path]
      return (0...Constant.maximumElementCount).contains(count)
        && (count > 0 || $0.output == .number)
    }
  }

  /// Whether tokens are made of places.
  static func invert(_ path: any FieldPath<Root, Bool>) -> AttributeField {
    let field = flag("invert", path)
    return field.expecting("false unless places are numbers, and 'oov_token' is no other's") {
      !$0[keyPath: path]
        || $0.output == .number && !$0.numbering.tokens.contains($0.numbering.unknownToken)
    }
  }

  /// How many places there are altogether.
  static var width: AttributeField {
    int("max_tokens", \.width).expecting("0, or as many as there are places") {
      $0.width == 0
        || $0.width >= $0.numbering.placeCount && $0.width <= Constant.maximumElementCount
    }
  }

  /// What each token counts for, which is a text or an integer.
  static func weights(ofEach token: String) -> AttributeField {
    numbers("idf_weights", \.weights)
      .expecting("one weight for each \(token), where counts are weighted") {
        $0.weights.count == ($0.output == .weighted ? $0.numbering.vocabulary.count : 0)
      }
  }
}

extension Definition {
  /// The tokens at some places; at all others the last of the table.
  mutating func tokens(of table: Value, at x: Value) throws(ModelError) -> Value {
    let count = (table.shape[0] ?? 1) - 1
    usually(x, in: 0..<count)
    let places = x.type.isReal ? try function(.trunc, x) : x
    // The one before the first counts from the end.
    let found = try combination(
      .minimum, combination(.maximum, places, integer(-1)), integer(count))
    return try apply(Primitives.Gather(axis: 0), to: table, found)
  }

  /// An integer, which every type of numbers is taken to have.
  mutating func integer(_ number: Int) -> Value { constant([Double(number)], [], .int64) }

  /// Integers in a row.
  mutating func integers(_ numbers: some Collection<Int>) -> Value {
    constant(numbers.map(Double.init), [numbers.count], .int64)
  }
}
