/// What came of holding two models against each other.
///
/// Everything that differs is listed, and everything that was compared is counted.
public struct ComparisonReport: Hashable, Sendable, Codable {
  /// What the whole comes to.
  public typealias Verdict = VerificationReport.Verdict

  /// One of the models.
  public struct Subject: Hashable, Sendable, Codable {
    /// The model's name.
    public var name: String
    /// How many layers it has, those of nested models and the inputs among them.
    public var layerCount: Int
    /// How many calls of layers one run makes.
    public var callCount: Int
    /// How many weights its layers have.
    public var weightCount: Int
  }

  /// A layer or a call as both models name it.
  public struct Pair: Hashable, Sendable, Codable {
    /// The first model's path.
    public var first: String
    /// The second model's path.
    public var second: String
    /// The kind of the layer in the first model.
    public var kind: String
  }

  /// A layer or a call that one model has alone.
  public struct Single: Hashable, Sendable, Codable {
    /// The path.
    public var path: String
    /// The kind of the layer.
    public var kind: String
  }

  /// A call that is fed other tensors, or outputs that are others.
  public struct Wiring: Hashable, Sendable, Codable {
    /// The call; `nil` for the model's outputs.
    public var call: Pair?
    /// What it is fed in the first model, in order.
    public var first: [String]
    /// What it is fed in the second model, in order.
    public var second: [String]
  }

  /// How the layers of both models correspond.
  public struct Structure: Hashable, Sendable, Codable {
    /// How many layers have the same path in both models.
    public var sameNameCount = 0
    /// The layers that have another path: their place in the graph, or their weights, tell them.
    public var renamed: [Pair] = []
    /// Pairs that nothing tells from others but their order.
    public var ambiguous: [Pair] = []
    /// Layers of the first model alone.
    public var onlyInFirst: [Single] = []
    /// Layers of the second model alone.
    public var onlyInSecond: [Single] = []
    /// How many calls of layers are in both models.
    public var sameCallCount = 0
    /// Calls, of layers that both have, that the first model makes alone.
    public var callsOnlyInFirst: [Single] = []
    /// Calls, of layers that both have, that the second model makes alone.
    public var callsOnlyInSecond: [Single] = []
    /// Calls that are fed other tensors, and outputs that are others.
    public var rewired: [Wiring] = []

    /// Whether both graphs are the same but for names.
    public var isSame: Bool {
      onlyInFirst.isEmpty && onlyInSecond.isEmpty && callsOnlyInFirst.isEmpty
        && callsOnlyInSecond.isEmpty && rewired.isEmpty
    }
  }

  /// An attribute that differs.
  public struct Setting: Hashable, Sendable, Codable {
    /// The layer.
    public var layer: Pair
    /// The attribute: `epsilon`; or `kind`, `trainable`, `compute type`.
    public var name: String
    /// Its value in the first model; `nil` where the layer has none there.
    public var first: String?
    /// Its value in the second model; `nil` where the layer has none there.
    public var second: String?
  }

  /// What was found at the layers' attributes.
  public struct Settings: Hashable, Sendable, Codable {
    /// How many were compared.
    public var comparedCount = 0
    /// Those that differ.
    public var differences: [Setting] = []
  }

  /// What was found at the layers' weights.
  public struct Weights: Hashable, Sendable, Codable {
    /// How many were compared.
    public var comparedCount = 0
    /// How many elements these have.
    public var elementCount = 0
    /// How many have the same type, shape and bytes.
    public var equalCount = 0
    /// The others.
    public var differences: [WeightDifference] = []
  }

  /// The first model.
  public var first: Subject
  /// The second model.
  public var second: Subject
  /// The name of the engine that ran both.
  public var engine: String
  /// Whether the user stated what is allowed.
  public var isToleranceStated: Bool
  /// How the layers of both models correspond.
  public var structure: Structure
  /// What was found at the attributes of layers that both have.
  public var settings: Settings
  /// What was found at the weights of layers that both have.
  public var weights: Weights
  /// What was found when both were run.
  public var run: Run
  /// What the whole comes to.
  public private(set) var verdict: Verdict

  init(
    first: Subject, second: Subject, engine: String, isToleranceStated: Bool, structure: Structure,
    settings: Settings, weights: Weights, run: Run
  ) {
    self.first = first
    self.second = second
    self.engine = engine
    self.isToleranceStated = isToleranceStated
    self.structure = structure
    self.settings = settings
    self.weights = weights
    self.run = run
    let isSame =
      structure.isSame && settings.differences.isEmpty
      && weights.differences.allSatisfy(\.isWithinTolerance)
      && !run.differences.contains { $0.verdict == .differs }
    verdict = !isSame ? .differs : run.isComplete ? .agrees : .couldNotTell
  }
}
