public import OrderedCollections
public import ModelGraph

/// Holds what an engine makes of a model against what was recorded where it was trained, or against
/// the reference pass.
///
/// Each call is run by itself, on the tensors that the source gave it, so that
/// one fault shows at one call; and the whole model is run from its inputs
/// alone. See `Tolerance` for how far apart two tensors may be.
public struct Verifier: Sendable {
  /// How a model is verified.
  public struct Options: Hashable, Sendable {
    /// The difference that is allowed everywhere, in place of the derived bound;
    /// 0 where only ``relativeTolerance`` is given.
    public var absoluteTolerance: Double?
    /// The difference that is allowed as a fraction of the recorded element, in
    /// place of the derived bound; 0 where only ``absoluteTolerance`` is given.
    public var relativeTolerance: Double?
    /// Whether mistakes are tried that would explain the first wrong call.
    public var diagnoses: Bool
    /// The most operations that a run of the reference pass may have; an engine has a limit of its
    /// own.
    public var operationLimit: Int

    /// Chooses how a model is verified.
    public init(
      absoluteTolerance: Double? = nil, relativeTolerance: Double? = nil, diagnoses: Bool = false,
      operationLimit: Int = RunLimit.operationCount
    ) {
      self.absoluteTolerance = absoluteTolerance
      self.relativeTolerance = relativeTolerance
      self.diagnoses = diagnoses
      self.operationLimit = operationLimit
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

  /// What runs the model; its rounding is allowed for by the type that it computes in.
  public var engine: any Engine
  /// How the model is verified.
  public var options: Options

  /// Makes a verifier.
  ///
  /// - Parameter engine: What runs the model; by default the reference pass in float64, whose own
  ///   rounding hardly counts.
  public init(engine: any Engine = ReferenceEngine(Double.self), options: Options = Options()) {
    self.engine = engine
    self.options = options
  }

  /// Holds a model against a golden.
  ///
  /// - Parameter progress: Is told of every call that was replayed or, where none is recorded, run.
  /// - Throws: `ModelError.unsupported` where the model cannot be run;
  ///   ``VerificationError`` where the golden is of another model, or a case's inputs do not fit
  ///   it; what reading tensors and the engine throw.
  public func verify(
    _ model: Model, against golden: Golden, progress: (Progress) -> Void = { _ in }
  ) throws -> VerificationReport {
    let weights = try WeightComparison(of: model, knownTo: golden)
    var report = try verify(
      model, golden.resolved(for: model).cases, .golden,
      producer: golden.producerText, progress)
    report.weights = weights
    return report
  }

  /// Holds what the engine makes of a model against the reference pass in float64.
  ///
  /// - Parameters:
  ///   - inputs: What is fed, by the name of the input layer, in float32: see
  ///     ``ModelGraph/Model/sampleInputs(batchSize:size:seed:)``.
  ///   - progress: Is told of every call that was run.
  /// - Throws: As ``verify(_:against:progress:)``.
  public func verify(
    _ model: Model, againstReferenceOn inputs: OrderedDictionary<String, Tensor>,
    progress: (Progress) -> Void = { _ in }
  ) throws -> VerificationReport {
    let sizes = inputs.map { "\($0) \($1.shape)" }.listed()
    let sample = GoldenCase(name: "sample", description: sizes, inputs: inputs, outputs: [:])
    return try verify(
      model, [sample], .reference, producer: ReferenceEngine(Double.self).name, progress)
  }

  private func verify(
    _ model: Model, _ cases: [GoldenCase], _ yardstick: CaseRun.Yardstick, producer: String,
    _ progress: (Progress) -> Void
  ) throws -> VerificationReport {
    // For one case, reading weights again where they are used is sooner done than clearing the memory
    // that keeps them.
    let keepsWeights = cases.count > 1
    let single = try ReferenceExecutor<Float>(
      model, operationLimit: options.operationLimit, keepsWeights: keepsWeights)
    let double = try ReferenceExecutor<Double>(
      model, operationLimit: options.operationLimit, keepsWeights: keepsWeights)
    var reports: [VerificationReport.Case] = []
    for one in cases {
      do {
        let run = try CaseRun(one, yardstick, single: single, double: double, verifier: self)
        reports.append(try run.report(progress: progress))
      } catch let error as ModelError {
        throw VerificationError.run(case: one.name, error)
      }
    }
    return VerificationReport(
      model: model.graph.name, producer: producer, engine: engine.name,
      isAgainstReference: yardstick == .reference,
      isToleranceStated: options.statedTolerance != nil, cases: reports)
  }
}
