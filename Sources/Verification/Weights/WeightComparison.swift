internal import OrderedCollections
internal import ModelGraph

/// Which of a model's weights a golden was recorded with.
public struct WeightComparison: Hashable, Sendable, Codable {
  /// How many of the model's weights tell it from others: those whose elements are not all alike.
  public var count: Int
  /// The names of those that the golden was not recorded with.
  public var others: [String]

  /// How many weights the golden was recorded with that have no counterpart in the model: more than
  /// there are weights of the model that are others.
  public var absentCount: Int

  /// The weights that the golden was not recorded with, in one sentence; `nil` where there are none.
  public var sentence: String? {
    guard !others.isEmpty else { return nil }
    let verb = others.count == 1 ? "is" : "are"
    return "\(others.count) of \(count) weights \(verb) not the golden's: "
      + others.quoted(atMost: 3)
  }

  /// The golden's weights that the model has nothing for, in one sentence; `nil` where there are none.
  public var absenceSentence: String? {
    guard absentCount > 0 else { return nil }
    let verb = absentCount == 1 ? "has" : "have"
    return
      "\(absentCount) of the golden's weights \(verb) no counterpart in the model: missing, or of "
      + "elements that are all alike"
  }
}

extension WeightComparison {
  /// Looks for a model's weights among those that a golden was recorded with.
  ///
  /// A model with faults shares most weights with the one that the golden is of, and a model that
  /// was trained further with its first layers frozen some; another model shares none, or some
  /// that training did not move.
  ///
  /// - Returns: `nil` where the golden does not know its weights, or the model has none that tell.
  /// - Throws: `VerificationError.otherModel` where fewer than one weight in ten is the golden's;
  ///   what reading weights throws.
  init?(of model: Model, knownTo golden: Golden) throws {
    guard !golden.weightDigests.isEmpty else { return nil }
    let known = Set(golden.weightDigests)
    let weights = try model.distinctWeights()
    others = weights.filter { !known.contains($0.digest) }.map(\.name)
    count = weights.count
    let absent = known.subtracting(weights.map(\.digest)).count
    absentCount = max(0, absent - Set(others).count)
    guard count > 0 else { return nil }
    guard (count - others.count) * 10 >= count else {
      throw VerificationError.otherModel(
        name: model.graph.name, same: count - others.count, count: count,
        found: combinedDigest(Set(weights.map(\.digest)).sorted()),
        expected: combinedDigest(golden.weightDigests))
    }
  }
}
