internal import OrderedCollections
public import ModelGraph

extension Golden {
  /// This golden with the plain names `x` and `y`, which stand for the one input
  /// and the one output of a model, replaced by the model's own names.
  public func resolved(for model: Model) -> Golden {
    var resolved = self
    for index in resolved.cases.indices {
      if let name = model.graph.inputs.single?.layer {
        resolved.cases[index].inputs.rename("x", to: name)
      }
      if let name = model.graph.outputs.single?.shortName {
        resolved.cases[index].outputs.rename("y", to: name)
      }
    }
    return resolved
  }
}

extension Array {
  /// The only element.
  fileprivate var single: Element? { count == 1 ? first : nil }
}

extension OrderedDictionary<String, Tensor> {
  /// Renames the only entry, if it has the given name.
  fileprivate mutating func rename(_ old: String, to new: String) {
    guard count == 1, old != new, let value = removeValue(forKey: old) else { return }
    self[new] = value
  }
}
