#if OneDNN

internal import ModelGraph

/// A model as a list of operations on numbered tensors.
struct LoweredModel {
  /// The shape of each tensor, by its number.
  var shapes: [[Int]] = []
  /// What is computed, in order.
  var operations: [Operation] = []
  /// The tensors that are fed.
  var inputs: [Int] = []
  /// The tensors that are the result; a tensor may be listed twice.
  var outputs: [Int] = []

  /// How often each tensor is read, the model's results included.
  var readCounts: [Int] {
    var counts = shapes.map { _ in 0 }
    for value in operations.flatMap(\.reads) + outputs { counts[value] += 1 }
    return counts
  }

  /// Adds a tensor.
  mutating func value(_ shape: [Int]) -> Int {
    shapes.append(shape)
    return shapes.count - 1
  }
}

#endif
