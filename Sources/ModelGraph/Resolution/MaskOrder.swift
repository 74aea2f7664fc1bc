internal import ModelLayers

/// Which calls come before others, where some take the masks of tensors away from those that come later.
///
/// Steps are told by their numbers, tensors by those of the tensors that they are.
struct MaskOrder {
  /// The calls that took the masks of tensors, by these.
  private var takers: [Int: [Int]] = [:]
  /// The calls that were given tensors with their masks.
  private var readers: [Int: [Int]] = [:]
  /// The step that makes a tensor.
  private var makers: [Int: Int] = [:]
  /// How many steps have been looked at.
  private var visitCount = 0

  /// Remembers which step makes tensors.
  mutating func note(_ tensors: [Int], madeBy step: Int) {
    for tensor in tensors { makers[tensor] = step }
  }

  /// Whether a call has taken the mask of a tensor away before one on these operands.
  ///
  /// - Throws: `ModelError.argument` where one has of which nobody knows whether it comes before, or where
  ///   that takes too long to find out.
  mutating func isTaken(
    _ tensor: Int, before operands: [Int], _ steps: [ResolvedCall]
  ) throws(ModelError) -> Bool {
    guard let takers = takers[tensor] else { return false }
    guard try areNeeded(takers, by: operands, steps) else { throw Self.orderUnknown }
    return true
  }

  /// Remembers that the next step is given tensors with masks, and whether it takes these away.
  ///
  /// - Throws: `ModelError.argument` where another call is given one that neither needs this one nor is
  ///   needed by it: which of them Keras makes first, nobody knows.
  mutating func note(
    _ masked: [Int], areTaken: Bool, by operands: [Int], of steps: [ResolvedCall]
  ) throws(ModelError) {
    for tensor in masked {
      if areTaken {
        let others = readers[tensor, default: []].filter { $0 != steps.count }
        guard try areNeeded(others, by: operands, steps) else { throw Self.orderUnknown }
        takers[tensor, default: []].append(steps.count)
      }
      readers[tensor, default: []].append(steps.count)
    }
  }

  private static let orderUnknown = ModelError.argument(
    "mask", found: "that of a tensor that two calls read, of which one takes the mask away",
    expected: "one of the two to need the other, as files do not say which Keras makes first")

  /// How many steps may be looked at; more than models of people have.
  private static let maximumVisitCount = 1 << 23

  /// Whether tensors cannot be made without some steps.
  ///
  /// - Throws: `ModelError.argument` where that takes too long to find out.
  private mutating func areNeeded(
    _ wanted: [Int], by tensors: [Int], _ steps: [ResolvedCall]
  ) throws(ModelError) -> Bool {
    // No step needs one after it.
    guard let first = wanted.min() else { return true }
    var missing = Set(wanted)
    var found: Set<Int> = []
    var rest = tensors
    while !missing.isEmpty, let tensor = rest.popLast() {
      guard let step = makers[tensor], step >= first, found.insert(step).inserted else { continue }
      missing.remove(step)
      rest += steps[step].operands
      visitCount += 1
      guard visitCount <= Self.maximumVisitCount else {
        throw .argument(
          "mask", found: "one of a tensor that many calls need",
          expected: "calls whose order is found by looking at \(Self.maximumVisitCount) of them")
      }
    }
    return missing.isEmpty
  }
}
