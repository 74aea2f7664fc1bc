/// What was found at one tensor: an output of a call, or of the whole model.
public struct CallReport: Hashable, Sendable, Codable {
  /// What a comparison says.
  ///
  /// Only ``ok`` and ``rounding`` speak for the model.
  public enum Verdict: String, CaseIterable, Hashable, Sendable, Codable {
    /// Every element is within the probable bound of rounding.
    case ok
    /// Some element is beyond the probable bound, all are within the worst case.
    case rounding
    /// Some element is beyond what rounding can do.
    case wrong
    /// Nothing was found that speaks for the model or against it.
    case unchecked
  }

  /// Why a tensor is unchecked, or wrong without a look at its elements.
  public enum Reason: String, CaseIterable, Hashable, Sendable, Codable {
    /// Nothing is recorded.
    case missing
    /// Every recorded element is zero, which many faults would give as well.
    case zero
    /// Every recorded element is the same, which many faults would give as well.
    case constant
    /// A recorded element is not a number.
    case notANumber
    /// What the call was given is recorded with an element that is not a number, which reaches this one.
    case givenNaN
    /// The tensor has no elements.
    case empty
    /// The layer's values are too large for a bound to be known.
    case unbounded
    /// An element is beside a step, such as a comparison's, and rounding decides on which side.
    case step
    /// The recorded tensor has another shape.
    case shape
    /// The recorded tensor's type holds less than the layer computes.
    case dtype
  }

  /// The tensor: `encoder:1/conv1`, `split:0:1`; the output's name for the whole model.
  public var path: String
  /// The kind of the layer.
  public var kind: String
  /// The shape that the model makes.
  public var shape: [Int]
  /// The verdict.
  public var verdict: Verdict
  /// Why the tensor is unchecked, or wrong without a look at its elements.
  public var reason: Reason?
  /// The nested model through whose recorded result the call is checked, where its own is not recorded.
  public var checkedThrough: String?
  /// The shape that is recorded, where it is another.
  public var goldenShape: [Int]?
  /// The type that is recorded, where it holds less than the layer computes.
  public var goldenType: String?
  /// Whether an input of the call was computed, not recorded: the call then
  /// carries the errors of those before it.
  public var isCumulative: Bool
  /// What became of the tensor when the whole model was run from its inputs alone; `nil` where it
  /// is not recorded.
  public var cumulative: Cumulative?
  /// Whether the call only passes on what is wrong with what it was given.
  public var passesOn = false
  /// How far the tensors are apart; `nil` where they were not compared.
  public var statistics: Statistics?
  /// Whether both rank the classes alike; for an output of the model that has classes.
  public var ranking: Ranking?

  init(
    path: String, kind: String, shape: [Int], verdict: Verdict, reason: Reason? = nil,
    goldenShape: [Int]? = nil, isCumulative: Bool = false, statistics: Statistics? = nil
  ) {
    self.path = path
    self.kind = kind
    self.shape = shape
    self.verdict = verdict
    self.reason = reason
    self.goldenShape = goldenShape
    self.isCumulative = isCumulative
    self.statistics = statistics
  }
}

extension CallReport {
  /// The error of a tensor that carries those of all calls before it.
  public struct Cumulative: Hashable, Sendable, Codable {
    /// The largest difference; infinite where an element is finite on one side only.
    public var maxAbsolute: ReportedNumber
    /// What rounding in the whole model, or the stated tolerance, allows.
    public var allowed: ReportedNumber

    /// Whether the error is larger than what is allowed.
    public var isBeyond: Bool { maxAbsolute.value > allowed.value }
  }

  /// How far two tensors are apart.
  ///
  /// Elements that are not finite in both count only as outliers.
  public struct Statistics: Hashable, Sendable, Codable {
    /// The number of elements.
    public var count: Int
    /// The largest difference.
    public var maxAbsolute: Double
    /// The largest difference as a fraction of the recorded element, where that
    /// is not zero.
    public var maxRelative: Double
    /// The largest number of representable numbers between two elements, of float64 where the
    /// golden is stored and the engine computes in that, else of float32.
    public var maxULP: UInt64
    /// The signal-to-noise ratio in decibels; `nil` where the tensors are equal
    /// or the golden is zero.
    public var signalToNoise: Double?
    /// The cosine of the angle between the tensors as vectors; `nil` where one of them is zero.
    public var cosine: Double?
    /// The largest difference as a multiple of the probable bound.
    public var maxBoundRatio: ReportedNumber
    /// How many elements are beyond the probable bound.
    public var outlierCount: Int
    /// How many of these are beyond the worst case.
    public var wrongCount: Int
    /// The worst element; `nil` where all are equal.
    public var worst: Element?

    /// The fraction of the elements that are beyond the probable bound.
    public var outlierShare: Double { count > 0 ? Double(outlierCount) / Double(count) : 0 }
  }

  /// One element.
  public struct Element: Hashable, Sendable, Codable {
    /// Where it is, one index per axis.
    public var index: [Int]
    /// What is recorded.
    public var expected: ReportedNumber
    /// What the model makes.
    public var found: ReportedNumber
    /// How far apart they may be.
    public var allowed: ReportedNumber
  }
}

/// A number that may be infinite or not a number, which JSON cannot say: it is
/// then coded as the text `inf`, `-inf` or `nan`.
public struct ReportedNumber: Hashable, Sendable, Codable {
  /// The number.
  public var value: Double

  /// Makes a number that can be coded.
  public init(_ value: Double) {
    self.value = value
  }

  /// Reads a number, or its name.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let number = try? container.decode(Double.self) {
      value = number
      return
    }
    let text = try container.decode(String.self)
    guard let number = Double(text) else {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "'\(text)' is not a number")
    }
    value = number
  }

  /// Writes the number, or its name.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    if value.isFinite {
      try container.encode(value)
    } else {
      try container.encode("\(value)")
    }
  }

  /// Whether both are the same number, or both are none.
  public static func == (left: ReportedNumber, right: ReportedNumber) -> Bool {
    left.value == right.value || left.value.isNaN && right.value.isNaN
  }

  /// Hashes the number; all that are none are alike.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(value.isNaN ? .nan : value)
  }
}
