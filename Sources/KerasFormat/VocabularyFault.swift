/// What can be wrong with a vocabulary that an archive keeps.
@nonexhaustive public enum VocabularyFault: Hashable, Sendable {
  /// It is not in the archive.
  case missing
  /// It is there twice, and not the same.
  case differs(from: String)
  /// It is not UTF-8.
  case notText
  /// It has more tokens than are read.
  case tokenCount(Int, limit: Int)
  /// Keras finds another number of tokens in it than the layer had.
  case size(Int, expected: Int)
  /// A token is no integer, where all are.
  case notInteger(String)
}

extension VocabularyFault: CustomStringConvertible {
  /// What follows the name of the vocabulary.
  public var description: String {
    switch self {
    case .missing:
      "is missing, and the configuration has none; save the model again, once 'adapt' was called"
    case .differs(let other): "is not the same as '\(other)', as Keras keeps it"
    case .notText: "is not UTF-8"
    case .tokenCount(let found, let limit): "has \(found) tokens; at most \(limit) are read"
    case .size(let found, let expected):
      "has \(found) lines, as Keras reads it; expected \(expected), the 'vocabulary_size' of the "
        + "configuration, and no token with a line end in it"
    case .notInteger(let token): "has '\(token)'; expected an integer in each line"
    }
  }
}
