internal import HeapModule
internal import ModelGraph

/// Finds where two tensors of a graph come from one call.
struct ForkSearch {
  /// The nearest call that two tensors come from.
  struct Fork {
    /// The call's place in the graph's order.
    let call: Int
    /// The most calls on a way from the fork to the first tensor; 0 where the fork makes it.
    let firstDistance: Int
    /// The same for the second tensor.
    let secondDistance: Int
  }

  /// How many calls one search looks at: a residual block is far smaller, and a file whose every
  /// addition reaches back to its first layer must not take the square of its length.
  private static let limit = 1024

  private let calls: [Call]
  private let producers: [TensorReference: Int]

  init(_ graph: Graph) {
    calls = graph.calls
    producers = Dictionary(
      graph.calls.enumerated().map { (TensorReference($1.layer, node: $1.node), $0) },
      uniquingKeysWith: { first, _ in first })
  }

  /// The place of the call that makes a tensor.
  func producer(of tensor: TensorReference) -> Int? {
    producers[TensorReference(tensor.layer, node: tensor.node)]
  }

  /// The nearest call that both tensors come from, which may be the one that makes one of them.
  ///
  /// - Returns: `nil` where there is none, or none that is near.
  func fork(of first: TensorReference, _ second: TensorReference) -> Fork? {
    guard let start = producer(of: first), let otherStart = producer(of: second) else { return nil }
    var firstDistances = [start: 0]
    var secondDistances = [otherStart: 0]
    var seen: Set = [start, otherStart]
    // Calls are taken latest first: each comes after all that it feeds, its distances are final.
    var waiting = Heap(seen)
    for _ in 0..<Self.limit {
      guard let index = waiting.popMax() else { return nil }
      let (first, second) = (firstDistances[index], secondDistances[index])
      if let first, let second {
        return Fork(call: index, firstDistance: first, secondDistance: second)
      }
      for source in calls[index].inputs.compactMap(producer) {
        if let first { firstDistances[source] = max(first + 1, firstDistances[source] ?? 0) }
        if let second { secondDistances[source] = max(second + 1, secondDistances[source] ?? 0) }
        if seen.insert(source).inserted { waiting.insert(source) }
      }
    }
    return nil
  }

  /// The places of the calls that an output of the graph depends on.
  func live(for outputs: [TensorReference]) -> Set<Int> {
    var live = Set(outputs.compactMap(producer))
    for index in calls.indices.reversed() where live.contains(index) {
      live.formUnion(calls[index].inputs.compactMap(producer))
    }
    return live
  }
}
