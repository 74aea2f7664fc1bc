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

  /// Whether Keras takes the vocabulary: different texts without the mask token.
  ///
  /// NumPy, through which it goes, keeps no nulls at their ends.
  var isValid: Bool {
    !tokens.isEmpty && Set(tokens).count == tokens.count
      && tokens.allSatisfy { $0 != maskToken && $0.last != 0 }
  }
}
