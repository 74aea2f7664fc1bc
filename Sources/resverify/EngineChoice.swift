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

/// The options that say what runs a model.
struct EngineOptions: ParsableArguments {
  @Option(help: "What runs the model.")
  var engine = EngineChoice.reference

  @Option(help: "What the reference engine computes in: float64, where not stated.")
  var precision: Precision?

  @Option(
    help: ArgumentHelp(
      "How many threads the engine uses; where not stated, all cores, and oneDNN one to compare.",
      valueName: "count"))
  var threads: Int?

  /// Whether the engine is the one that others are held against.
  var isReferenceInFloat64: Bool { engine == .reference && precision != .float32 }

  func validate() throws {
    if let threads, !(1...1024).contains(threads) {
      throw ValidationError("The value of '--threads' must be between 1 and 1024.")
    }
    if engine != .reference, precision != nil {
      throw ValidationError("'--precision' is for the reference engine.")
    }
  }

  /// The engine that the arguments name: no other place knows one by its type.
  ///
  /// - Parameter isCompared: Whether the reference pass runs between the engine's calls. OpenMP's
  ///   threads wait for the next call on the cores that it needs.
  /// - Throws: `VerificationProblem.noOneDNN` where the program was built without it.
  func makeEngine(isCompared: Bool, operationLimit: Int) throws -> any Engine {
    switch engine {
    case .reference:
      return precision == .float32
        ? ReferenceEngine(Float.self, threads: threads, operationLimit: operationLimit)
        : ReferenceEngine(Double.self, threads: threads, operationLimit: operationLimit)
    case .onednn:
      #if OneDNN
      return OneDNNEngine(
        threads: threads ?? (isCompared ? 1 : nil), operationLimit: operationLimit)
      #else
      throw VerificationProblem.noOneDNN
      #endif
    }
  }
}
