/// What came of holding a model against a golden, or an engine against the reference pass.
public struct VerificationReport: Hashable, Sendable, Codable {
  /// What the whole comes to.
  public enum Verdict: String, CaseIterable, Hashable, Sendable, Codable {
    /// Something was compared, and nothing is wrong.
    case agrees
    /// Something is wrong.
    case differs
    /// Nothing is wrong, but nothing was compared, or the golden is not to be relied on: it has
    /// tensors that the model does not have, lacks an output of the model, holds NaN, or elements of
    /// a type that hides faults; or an engine's output is too large for a bound to be known.
    case couldNotTell
  }

  /// What was found in one case.
  public struct Case: Hashable, Sendable, Codable {
    /// The case's name.
    public var name: String
    /// What the case is, for people.
    public var description: String
    /// What was found at each call, in the order in which they are run.
    public var calls: [CallReport]
    /// What was found at the model's outputs, computed from its inputs alone.
    public var outputs: [CallReport]
    /// The names of recorded tensors that the model does not have.
    public var unknownTensors: [String]
    /// Where the model first goes wrong; `nil` where it does not.
    public var fault: Fault?
  }

  /// The model's name.
  public var model: String
  /// What the model was held against: the program that recorded the golden, and its version, as
  /// `keras 2.15.0`; or `reference float64`.
  public var producer: String
  /// The name of the engine that ran the model.
  public var engine: String
  /// Whether the engine was held against the reference pass, not the model against a golden.
  public var isAgainstReference: Bool
  /// Whether the user stated what is allowed, in place of the bounds that follow
  /// from rounding.
  public var isToleranceStated: Bool
  /// What was found in each case.
  public var cases: [Case]
  /// Which of the weights the golden was recorded with; `nil` where it does not know.
  public var weights: WeightComparison?

  /// What the whole comes to.
  public private(set) var verdict: Verdict

  init(
    model: String, producer: String, engine: String, isAgainstReference: Bool,
    isToleranceStated: Bool, cases: [Case]
  ) {
    self.model = model
    self.producer = producer
    self.engine = engine
    self.isAgainstReference = isAgainstReference
    self.isToleranceStated = isToleranceStated
    self.cases = cases
    verdict = .couldNotTell
    let isCompared = count(of: .ok) + count(of: .rounding) > 0
    if count(of: .wrong) > 0 {
      verdict = .differs
    } else if isCompared, unboundedOutput == nil,
      cases.allSatisfy({ $0.unknownTensors.isEmpty && $0.unfit == nil })
    {
      verdict = .agrees
    }
  }

  /// The first output of an engine of which nobody knows how far rounding moves it: nothing else tells whether
  /// it is right.
  var unboundedOutput: (case: Case, call: CallReport)? {
    guard isAgainstReference else { return nil }
    for one in cases {
      if let output = one.outputs.first(where: { $0.reason == .unbounded }) { return (one, output) }
    }
    return nil
  }

  /// How many tensors have a verdict.
  public func count(of verdict: CallReport.Verdict) -> Int {
    cases.reduce(0) { sum, one in
      sum + (one.calls + one.outputs).count { $0.verdict == verdict }
    }
  }

  /// The first tensor that is wrong, in the order of the cases and, in each, of
  /// the calls; the outputs of the whole model come last.
  public var firstDivergence: (case: Case, call: CallReport)? {
    for one in cases {
      if let call = (one.calls + one.outputs).first(where: { $0.verdict == .wrong }) {
        return (one, call)
      }
    }
    return nil
  }
}

extension VerificationReport.Case {
  /// The first tensor for which the golden is not to be relied on: it holds NaN or has a type that
  /// hides faults, or it is an output of the model and not recorded, so that faults before it go
  /// unseen.
  var unfit: (isOutput: Bool, call: CallReport)? {
    if let call = calls.first(where: \.isUnfit) { return (false, call) }
    return outputs.first { $0.isUnfit || $0.reason == .missing }.map { (true, $0) }
  }
}
