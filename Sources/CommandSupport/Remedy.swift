internal import Residual

/// What the options of a program can do about an error.
enum Remedy {
  /// What is to be said behind the error's sentence: `; '--operation-limit' raises it`, or nothing.
  static func of(_ error: any Error) -> String {
    switch error {
    case ResidualError.inFile(_, let inner, _): of(inner)
    case VerificationError.run(_, let inner), ModelError.at(_, _, let inner): of(inner)
    case ModelError.operationCount: "; '--operation-limit' raises it"
    default: ""
    }
  }
}
