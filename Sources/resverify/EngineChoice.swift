internal import ArgumentParser
internal import Residual

#if OneDNN
internal import OneDNNEngine
#endif

/// What runs the model.
enum EngineChoice: String, CaseIterable, ExpressibleByArgument {
  case reference, onednn
}

/// What the reference engine computes in.
enum Precision: String, CaseIterable, ExpressibleByArgument {
  case float32, float64
}

extension Resverify {
  /// The engine that the arguments name: no other place knows one by its type.
  ///
  /// - Throws: `VerificationProblem.noOneDNN` where the program was built without it.
  func makeEngine() throws -> any Engine {
    switch engine {
    case .reference:
      return precision == .float32
        ? ReferenceEngine(Float.self, threads: threads)
        : ReferenceEngine(Double.self, threads: threads)
    case .onednn:
      #if OneDNN
      return OneDNNEngine(threads: threads)
      #else
      throw VerificationProblem.noOneDNN
      #endif
    }
  }
}
