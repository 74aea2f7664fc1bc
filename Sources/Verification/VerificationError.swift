public import ResidualGraph

/// Why a model could not be held against a golden.
@nonexhaustive public enum VerificationError: Error, Hashable, Sendable {
  /// The model cannot be run on the case's inputs.
  case run(case: String, ModelError)
  /// A layer bounds another number of elements than it makes.
  case bounds(call: String, found: Int, expected: Int)
}

extension VerificationError: CustomStringConvertible {
  /// One sentence: the case first, then what is wrong with it.
  public var description: String {
    switch self {
    case .run(let name, let error):
      "case '\(name)': \(error)"
    case .bounds(let call, let found, let expected):
      "call '\(call)': has rounding bounds for \(found) elements; expected \(expected)"
    }
  }
}
