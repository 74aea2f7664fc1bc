internal import OrderedCollections
public import ResidualGraph

/// Holds what a model computes against what was recorded where it was trained.
///
/// Each call is replayed by itself, on the recorded tensors that the source
/// gave it, so that one fault shows at one call; and the whole model is run from
/// its inputs alone. See `Tolerance` for how far apart two tensors may be.
public struct Verifier: Sendable {
  /// What our own pass computes in.
  public enum Precision: String, CaseIterable, Hashable, Sendable, Codable {
    case float32, float64
  }

  /// How a model is verified.
  public struct Options: Hashable, Sendable {
    /// What the pass that is compared computes in; in float64 its own rounding
    /// does not count.
    public var precision: Precision
    /// The difference that is allowed everywhere, in place of the derived bound;
    /// 0 where only ``relativeTolerance`` is given.
    public var absoluteTolerance: Double?
    /// The difference that is allowed as a fraction of the recorded element, in
    /// place of the derived bound; 0 where only ``absoluteTolerance`` is given.
    public var relativeTolerance: Double?

    /// Chooses how a model is verified.
    public init(
      precision: Precision = .float64, absoluteTolerance: Double? = nil,
      relativeTolerance: Double? = nil
    ) {
      self.precision = precision
      self.absoluteTolerance = absoluteTolerance
      self.relativeTolerance = relativeTolerance
    }

    /// The tolerance that the user states, if one is stated.
    var statedTolerance: Tolerance? {
      guard absoluteTolerance != nil || relativeTolerance != nil else { return nil }
      return Tolerance(absolute: absoluteTolerance ?? 0, relative: relativeTolerance ?? 0)
    }
  }

  /// How far a verification has come.
  public struct Progress: Hashable, Sendable {
    /// The case that is run.
    public var caseName: String
    /// The call that was run last.
    public var call: String
    /// How many calls of the pass have been run.
    public var completed: Int
    /// How many calls a pass has.
    public var total: Int
  }

  /// How the model is verified.
  public var options: Options

  /// Makes a verifier.
  public init(options: Options = Options()) {
    self.options = options
  }

  /// Holds a model against a golden.
  ///
  /// - Parameter progress: Is told of every call that was run.
  /// - Throws: `ModelError.unsupported` where the model cannot be run;
  ///   ``VerificationError`` where a case's inputs do not fit it; what reading
  ///   tensors throws.
  public func verify(
    _ model: Model, against golden: Golden, progress: (Progress) -> Void = { _ in }
  ) throws -> VerificationReport {
    let single = try ReferenceExecutor<Float>(model)
    let double = try ReferenceExecutor<Double>(model)
    var cases: [VerificationReport.Case] = []
    for golden in golden.resolved(for: model).cases {
      do {
        let run = try CaseRun(golden, single: single, double: double, options: options)
        cases.append(try run.report(progress: progress))
      } catch let error as ModelError {
        throw VerificationError.run(case: golden.name, error)
      }
    }
    return VerificationReport(
      model: model.graph.name, producer: "\(golden.producer) \(golden.producerVersion)",
      precision: options.precision, isToleranceStated: options.statedTolerance != nil, cases: cases)
  }
}
