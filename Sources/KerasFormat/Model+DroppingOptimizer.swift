internal import OrderedCollections
public import ModelGraph

extension Model {
  /// Whether somebody has said that what only training needs may be left out.
  var isWithoutTraining: Bool {
    provenance.history.contains { $0.operation == Self.dropping }
  }

  /// What the step is called in the history.
  private static let dropping = "drop-optimizer"

  /// The same model without what training left in its Keras file: the optimizer's
  /// state and the training configuration.
  ///
  /// - Parameter tool: The program and version that does it, for the model's history.
  /// - Throws: `KerasError` where the configuration of an archive is no JSON, and `ModelError`.
  public func droppingOptimizer(tool: String) throws -> Model {
    guard var source else { return self }
    var tensors = tensors
    func dropping(_ objects: [SourceRecord.Object], _ isDropped: (String) -> Bool)
      -> [SourceRecord.Object]
    {
      objects.filter { object in
        guard isDropped(object.path) else { return true }
        if case .tensor(let name) = object.dataset?.content { tensors[name] = nil }
        return false
      }
    }
    let group = WeightFile.optimizerRoot
    source.objects = dropping(source.objects) { $0 == group || $0.hasPrefix(group + "/") }
    for index in source.objects.indices where source.objects[index].path == "/" {
      source.objects[index].attributes.removeAll { $0.name == "training_config" }
    }
    for index in source.members.indices {
      switch source.members[index].content {
      case .tree(let objects):
        source.members[index].content = .tree(dropping(objects, WeightTree.isTrainingState))
      case .bytes(let text) where source.members[index].name == KerasArchive.configurationName:
        guard
          case .object(var keys) = try JSONValue(
            parsing: text, of: KerasArchive.configurationName),
          keys["compile_config"]?.object?.isEmpty == false
        else { continue }
        keys["compile_config"] = .null
        source.members[index].content = .bytes(Array(JSONValue.object(keys).description.utf8))
      case .bytes: continue
      }
    }
    // What else only training needs is in the file's words, and left out where others are composed.
    let isChanged = source != self.source
    guard isChanged || !isWithoutTraining else { return self }
    var provenance = provenance
    provenance.history.append(
      Provenance.Step(
        operation: Self.dropping, tool: tool,
        detail: !isChanged
          ? "the file had no state of an optimizer"
          : source.members.isEmpty
            ? "removed /optimizer_weights and training_config"
            : "removed /optimizer of the weights and compile_config"))
    return try Model(
      graph: graph, tensors: tensors, provenance: provenance, source: source, goldens: goldens,
      unknownFields: unknownFields)
  }
}
