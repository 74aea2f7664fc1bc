internal import ModelGraph

/// Blocks of elements of a sequence that follow one another and are equal.
struct Repetition: Hashable {
  /// What an element counts.
  struct Size: Hashable {
    var nodes: Int
    /// Whether a block rather begins with it than with another of as many nodes.
    var isHeaded: Bool
  }

  /// The first element.
  var start: Int
  /// The number of elements of one block.
  var period: Int
  /// The number of blocks.
  var count: Int

  /// The longest block that is looked for.
  static let maximumPeriod = 64
  /// How many nodes must be saved for a bracket to be worth it.
  static let minimumSaving = 2

  /// The elements of a block.
  func block(_ index: Int) -> Range<Int> {
    start + index * period..<start + (index + 1) * period
  }

  /// Finds repetitions that do not overlap, from the first element on, each time the one that
  /// saves most.
  ///
  /// - Parameters:
  ///   - kinds: The elements, by numbers that equal ones share.
  ///   - sizes: What each element counts.
  static func found(in kinds: [Int], sizes: [Size]) -> [Repetition] {
    let candidates = candidates(kinds, sizes)
    var found: [Repetition] = []
    var index = 0
    while index < kinds.count {
      guard let candidate = candidates[index], candidate.saving >= minimumSaving else {
        index += 1
        continue
      }
      let count = candidate.length / candidate.period
      let slack = candidate.length % candidate.period
      // The same repetition begins at any of these; each is a rotation of the block.
      let start = (index...index + slack).max { first, second in
        let one = sizes[first], other = sizes[second]
        guard one.nodes == other.nodes else { return one.nodes < other.nodes }
        guard one.isHeaded == other.isHeaded else { return other.isHeaded }
        return first > second
      }
      let repetition = Repetition(start: start ?? index, period: candidate.period, count: count)
      found.append(repetition)
      index = repetition.start + repetition.period * count
    }
    return found
  }

  /// A stretch in which every element equals the one a period later.
  private struct Candidate {
    var period: Int
    var length: Int
    var saving: Int
  }

  /// The candidate of each start that saves most.
  private static func candidates(_ kinds: [Int], _ sizes: [Size]) -> [Candidate?] {
    var best = [Candidate?](repeating: nil, count: kinds.count)
    let before = sizes.reduce(into: [0]) { $0.append(($0.last ?? 0) + $1.nodes) }
    for period in 1..<max(2, min(maximumPeriod, kinds.count / 2) + 1) {
      var run = 0
      for start in stride(from: kinds.count - period - 1, through: 0, by: -1) {
        run = kinds[start] == kinds[start + period] ? run + 1 : 0
        guard run >= period else { continue }
        let length = run + period
        let saving = (length / period - 1) * (before[start + period] - before[start])
        if saving > best[start]?.saving ?? 0 {
          best[start] = Candidate(period: period, length: length, saving: saving)
        }
      }
    }
    return best
  }
}
