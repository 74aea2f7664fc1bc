/// What is made of tokens that are numbered from 0; the raw values are Keras's names.
public enum TokenOutput: String, CaseIterable, Hashable, Sendable {
  /// Their numbers.
  case number = "int"
  /// For each token, 1 at its place, and else 0.
  case oneHot = "one_hot"
  /// For each item of the batch, 1 at the place of each token that it has.
  case multiHot = "multi_hot"
  /// For each item of the batch, how often it has each token.
  case count
  /// Those numbers, each multiplied by what the token counts for.
  case weighted = "tf_idf"
}

/// A layer whose results may be integers, whatever it is given.
package protocol TokenLayer: Layer {
  /// The type of the results; `float32` stands for all real numbers.
  var elementType: DType { get }
}

extension Definition {
  /// What is made of tokens `(batch, …)` of which there are so many; a token of another number has no
  /// place.
  ///
  /// - Parameter weights: What each token counts for, in the shape of the tokens.
  /// - Throws: `ModelError.rank` where versions of Keras differ in what an item of the batch is.
  mutating func encoding(
    _ tokens: Value, as output: TokenOutput, count: Int, weights: Value? = nil
  ) throws(ModelError) -> Value {
    var tokens = tokens
    if output == .number { return tokens }
    if output == .oneHot {
      guard let last = tokens.shape.rank > 1 ? tokens.shape[-1] : 0 else {
        throw .unknownDimension(shape: tokens.shape, needed: "the number of tokens")
      }
      if last == 1 { tokens = try reshape(tokens, tokens.shape.dimensions.dropLast()) }
    } else if tokens.shape.rank != 2 {
      throw .rank(expected: "[batch, tokens]", found: tokens.shape)
    }
    let wide = tokens.shape.dimensions + [1]
    let places = constant((0..<count).map(Double.init), [count], tokens.type.dtype)
    let isPlace = try apply(
      Primitives.Comparison(.equal), to: reshape(tokens, wide), places)
    var ones = try apply(Primitives.Conversion(to: .float32), to: isPlace)
    if let weights {
      ones = try combination(.multiply, ones, reshape(weights, wide))
    }
    guard output != .oneHot else { return ones }
    return try apply(
      Primitives.Reduction(output == .count ? .sum : .maximum, over: [1]), to: ones)
  }
}
