internal import ModelGraph

/// Lanes for arcs beside a column, so that none lies on another and a longer one runs around
/// those that it spans.
struct Lanes {
  /// The highest lane in use below each node of a segment tree, where arcs cover all of it.
  private var whole: [Int]
  /// The highest lane in use anywhere below each node.
  private var highest: [Int]
  private let slotCount: Int

  /// Makes lanes over a number of slots in a row.
  init(slotCount: Int) {
    self.slotCount = max(1, slotCount)
    whole = [Int](repeating: -1, count: 4 * self.slotCount)
    highest = whole
  }

  /// The number of lanes in use.
  var count: Int { highest[1] + 1 }

  /// The number of lanes in use somewhere in a range of slots.
  func count(over slots: ClosedRange<Int>) -> Int {
    highest(over: slots, at: 1, in: 0...slotCount - 1) + 1
  }

  /// Takes the lane outside of all that are in use somewhere in a range of slots: shorter arcs
  /// are to be put first.
  mutating func take(over slots: ClosedRange<Int>) -> Int {
    let lane = count(over: slots)
    put(lane, over: slots, at: 1, in: 0...slotCount - 1)
    return lane
  }

  private func highest(
    over slots: ClosedRange<Int>, at node: Int, in range: ClosedRange<Int>
  ) -> Int {
    guard slots.overlaps(range) else { return -1 }
    if slots.lowerBound <= range.lowerBound, range.upperBound <= slots.upperBound {
      return highest[node]
    }
    let middle = (range.lowerBound + range.upperBound) / 2
    return max(
      whole[node],
      highest(over: slots, at: 2 * node, in: range.lowerBound...middle),
      highest(over: slots, at: 2 * node + 1, in: middle + 1...range.upperBound))
  }

  private mutating func put(
    _ lane: Int, over slots: ClosedRange<Int>, at node: Int, in range: ClosedRange<Int>
  ) {
    guard slots.overlaps(range) else { return }
    highest[node] = max(highest[node], lane)
    if slots.lowerBound <= range.lowerBound, range.upperBound <= slots.upperBound {
      whole[node] = max(whole[node], lane)
      return
    }
    let middle = (range.lowerBound + range.upperBound) / 2
    put(lane, over: slots, at: 2 * node, in: range.lowerBound...middle)
    put(lane, over: slots, at: 2 * node + 1, in: middle + 1...range.upperBound)
  }
}
