internal import OrderedCollections
public import ModelGraph

extension Model {
  /// The same model without what training left in its Keras file: the optimizer's
  /// state and the training configuration.
  ///
  /// - Parameter tool: The program and version that does it, for the model's history.
  public func droppingOptimizer(tool: String) throws(ModelError) -> Model {
    guard var source else { return self }
    let group = "/optimizer_weights"
    let isDropped = { (path: String) in path == group || path.hasPrefix(group + "/") }
    var tensors = tensors
    for object in source.objects where isDropped(object.path) {
      if case .tensor(let name) = object.dataset?.content { tensors[name] = nil }
    }
    source.objects.removeAll { isDropped($0.path) }
    for index in source.objects.indices where source.objects[index].path == "/" {
      source.objects[index].attributes.removeAll { $0.name == "training_config" }
    }
    guard source != self.source else { return self }
    var provenance = provenance
    provenance.history.append(
      Provenance.Step(
        operation: "drop-optimizer", tool: tool,
        detail: "removed /optimizer_weights and training_config"))
    return try Model(
      graph: graph, tensors: tensors, provenance: provenance, source: source, goldens: goldens,
      unknownFields: unknownFields)
  }
}
