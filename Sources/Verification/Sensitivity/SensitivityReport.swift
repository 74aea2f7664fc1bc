/// Which changes of a model's weights a golden would notice.
public struct SensitivityReport: Hashable, Sendable, Codable {
  /// What is done to a weight.
  public enum Change: String, CaseIterable, Hashable, Sendable, Codable {
    /// Every element becomes zero.
    case zeroed
    /// Every element grows or shrinks by a sixteenth, which of the two by chance.
    case perturbed
    /// Another weight of the same role and shape takes its place.
    case swapped
  }

  /// Why a change is not noticed.
  public enum Reason: String, CaseIterable, Hashable, Sendable, Codable {
    /// The weight is zero as it is.
    case alreadyZero
    /// The weight that takes its place is equal.
    case twins
    /// The layer is given zeros alone: what is before it is dead.
    case zeroInput
    /// What is recorded of the layer is all zero.
    case zeroOutput
    /// What is recorded of the layer is the same everywhere.
    case constantOutput
    /// What is recorded of the layer is ones among zeros: a saturated softmax.
    case saturated
    /// What is recorded of the layer holds NaN.
    case notANumber
    /// The layer makes the same, bit for bit.
    case noEffect
    /// What changes is no more than what rounding may change.
    case rounding
    /// No tensor that depends on the weight is recorded, or it cannot be told why.
    case unknown
  }

  /// What the whole comes to.
  public enum Verdict: String, CaseIterable, Hashable, Sendable, Codable {
    /// Every change is noticed.
    case sensitive
    /// Some change would go unnoticed.
    case insensitive
    /// Nothing went unnoticed, but not every change was tried.
    case couldNotTell
  }

  /// A change of a weight.
  public struct Finding: Hashable, Sendable, Codable {
    /// The weight's name.
    public var weight: String
    /// The layer that has it.
    public var layer: String
    /// What it is to the layer: `kernel`.
    public var role: String
    /// What is done to it.
    public var change: Change
    /// The weight that takes its place.
    public var partner: String?
    /// Why that is not noticed; `nil` where it was not tried.
    public var reason: Reason?
    /// How far the change moves an element at most, as a multiple of the probable bound of rounding;
    /// `nil` where nothing was compared.
    public var boundRatio: ReportedNumber?
  }

  /// The model's name.
  public var model: String
  /// The program that recorded the golden, and its version.
  public var producer: String
  /// How many weights the model has.
  public var weightCount: Int
  /// How many changes were tried.
  public var triedCount: Int
  /// The changes that the golden would not notice.
  public var unnoticed: [Finding]
  /// The changes that were not tried, because too many need the whole model to be run.
  public var untried: [Finding]
  /// What the whole comes to.
  public private(set) var verdict: Verdict
  /// The fraction of the changes tried that are noticed; `nil` where none was tried.
  public private(set) var score: Double?

  init(
    model: String, producer: String, weightCount: Int, triedCount: Int, unnoticed: [Finding],
    untried: [Finding]
  ) {
    self.model = model
    self.producer = producer
    self.weightCount = weightCount
    self.triedCount = triedCount
    self.unnoticed = unnoticed
    self.untried = untried
    score = triedCount > 0 ? Double(triedCount - unnoticed.count) / Double(triedCount) : nil
    verdict =
      !unnoticed.isEmpty
      ? .insensitive : triedCount == 0 || !untried.isEmpty ? .couldNotTell : .sensitive
  }

  /// How many of the changes tried are noticed.
  public var noticedCount: Int { triedCount - unnoticed.count }
}

extension SensitivityReport.Finding {
  init(
    _ trial: WeightTrial, _ reason: SensitivityReport.Reason? = nil, boundRatio: Double? = nil
  ) {
    weight = trial.weight
    layer = trial.layer
    role = trial.role
    change = trial.change
    partner = trial.partner
    self.reason = reason
    self.boundRatio = boundRatio.map(ReportedNumber.init)
  }
}
