internal import ModelGraph

/// What is recorded of one output of a call.
struct RecordedOutput {
  /// The tensors, with their elements.
  var tensors: [(entry: GoldenIndex.Entry, elements: NDArray<Double>)]
  /// The shape of the output.
  var shape: Shape

  /// What calls that read the output are replayed on.
  var standIn: NDArray<Double>? { tensors.first { $0.entry.canStand(for: shape) }?.elements }

  /// What they would be replayed on if all its elements were numbers.
  var withHoles: NDArray<Double>? {
    guard standIn == nil else { return nil }
    return tensors.first { $0.entry.hasHoles && $0.elements.dimensions == shape.known }?.elements
  }

  /// What a replay goes on with: what is recorded, and what was made where that is no number.
  func completed(by made: NDArray<Double>) -> NDArray<Double> {
    guard standIn == nil, var filled = withHoles, made.dimensions == filled.dimensions else {
      return standIn ?? made
    }
    for (index, element) in filled.elements.enumerated() where element.isNaN {
      filled.elements[index] = made.elements[index]
    }
    return filled
  }

  /// The same without the elements in which two results differ.
  func hidden(where one: NDArray<Double>, differsFrom other: NDArray<Double>) -> RecordedOutput {
    var hidden = self
    for tensor in tensors.indices where tensors[tensor].elements.dimensions == one.dimensions {
      for index in one.elements.indices where one.elements[index] != other.elements[index] {
        hidden.tensors[tensor].elements.elements[index] = .nan
      }
    }
    return hidden
  }
}
