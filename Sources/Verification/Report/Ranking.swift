internal import ModelGraph

extension CallReport {
  /// How often two classifiers put the same classes first.
  ///
  /// Of equal scores the class of the lower number comes first.
  public struct Ranking: Hashable, Sendable, Codable {
    /// The number of samples.
    public var sampleCount: Int
    /// In how many of them the first class is the same.
    public var sameFirstCount: Int
    /// In how many of them the first five classes are the same, in any order; `nil` where there
    /// are no more than five.
    public var sameFiveCount: Int?
  }
}

extension CallReport.Ranking: CustomStringConvertible {
  /// The counts in a sentence: `top-1 in 3 of 3 samples, top-5 in 2`.
  public var description: String {
    "top-1 in \(sameFirstCount) of \(sampleCount) sample\(sampleCount == 1 ? "" : "s")"
      + (sameFiveCount.map { ", top-5 in \($0)" } ?? "")
  }
}

extension CallReport.Ranking {
  /// Ranks the classes of each row; `nil` for tensors that are not rows of several classes each.
  init?(found: NDArray<Double>, standard: NDArray<Double>) {
    guard found.dimensions == standard.dimensions, found.dimensions.count == 2,
      case let classCount = found.dimensions[1], classCount > 1
    else { return nil }
    sampleCount = found.dimensions[0]
    sameFirstCount = 0
    var sameFive = 0
    for row in 0..<sampleCount {
      let range = row * classCount..<(row + 1) * classCount
      let (ours, theirs) = (
        Self.firstFive(of: found.elements[range]), Self.firstFive(of: standard.elements[range])
      )
      if ours.first == theirs.first { sameFirstCount += 1 }
      if Set(ours) == Set(theirs) { sameFive += 1 }
    }
    sameFiveCount = classCount > 5 ? sameFive : nil
  }

  private static func firstFive(of scores: ArraySlice<Double>) -> [Int] {
    var first: [(score: Double, number: Int)] = []
    for (number, score) in scores.enumerated() {
      let place = first.firstIndex { score > $0.score } ?? first.count
      guard place < 5 else { continue }
      first.insert((score, number), at: place)
      if first.count > 5 { first.removeLast() }
    }
    return first.map(\.number)
  }
}
