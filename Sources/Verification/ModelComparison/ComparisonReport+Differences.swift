extension ComparisonReport {
  /// How far two tensors of one shape are apart.
  public struct Statistics: Hashable, Sendable, Codable {
    /// The number of elements.
    public var count: Int
    /// How many of them differ.
    public var differentCount: Int
    /// The largest difference; infinite where an element is finite in one model alone.
    public var maxAbsolute: ReportedNumber
    /// The largest difference as a fraction of the larger of the two elements.
    public var maxRelative: ReportedNumber
    /// The largest number of representable numbers between two elements: of the coarser of the
    /// two types for weights, of float32 for results; the largest difference for integers.
    public var maxULP: UInt64
    /// The elements that are furthest apart; `nil` where all are equal as numbers.
    public var worst: Element?
  }

  /// One element in both models.
  public struct Element: Hashable, Sendable, Codable {
    /// Where it is, one index per axis.
    public var index: [Int]
    /// What the first model has.
    public var first: ReportedNumber
    /// What the second model has.
    public var second: ReportedNumber
  }

  /// A weight that differs.
  public struct WeightDifference: Hashable, Sendable, Codable {
    /// A weight in one model.
    public struct Form: Hashable, Sendable, Codable {
      /// The type of the elements.
      public var dtype: String
      /// The size of each axis, outermost first.
      public var shape: [Int]
    }

    /// The layer.
    public var layer: Pair
    /// What the weight is to its layer: `kernel`.
    public var role: String
    /// The weight in the first model; `nil` where it has none.
    public var first: Form?
    /// The weight in the second model; `nil` where it has none.
    public var second: Form?
    /// How far the numbers are apart; `nil` where there is nothing of the same shape.
    public var statistics: Statistics?
    /// The layer of the second model that has the first one's weight in this role.
    public var foundAt: String?
    /// Whether both have the weight in one shape, apart by no more than what the user states.
    public var isWithinTolerance = false
  }

  /// What both models make of the same inputs.
  public struct Run: Hashable, Sendable, Codable {
    /// What is fed to an input.
    public struct Feed: Hashable, Sendable, Codable {
      /// The input's name in the first model.
      public var name: String
      /// The shape that is fed.
      public var shape: [Int]
    }

    /// What is fed, random numbers from a fixed seed.
    public var inputs: [Feed] = []
    /// How many outputs of calls were compared.
    public var comparedCount = 0
    /// How many of them are equal, element for element.
    public var equalCount = 0
    /// The others, in the first model's order of running.
    public var differences: [CallDifference] = []
    /// Why the models were not run, or not to the end.
    public var failure: String?

    /// Whether both were run to the end, and every comparison says something.
    public var isComplete: Bool {
      failure == nil && !differences.contains { $0.verdict == .unchecked }
    }
  }

  /// An output of a call that is not equal in both models.
  public struct CallDifference: Hashable, Sendable, Codable {
    /// What a comparison says.
    public enum Verdict: String, CaseIterable, Hashable, Sendable, Codable {
      /// The difference is within rounding, or within what the user states.
      case rounding
      /// The difference is larger, or the shape is another.
      case differs
      /// Both have elements that are not numbers, which says nothing.
      case unchecked
    }

    /// The call.
    public var call: Pair
    /// Which of the call's outputs.
    public var output: Int
    /// The shape in the first model.
    public var firstShape: [Int]
    /// The shape in the second model.
    public var secondShape: [Int]
    /// How far the outputs are apart; `nil` where the shapes differ.
    public var statistics: Statistics?
    /// The largest difference that rounding in float32 explains; `nil` where the user states one.
    public var allowed: ReportedNumber?
    /// The verdict.
    public var verdict: Verdict
  }
}
