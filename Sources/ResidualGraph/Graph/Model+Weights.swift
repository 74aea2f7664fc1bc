internal import OrderedCollections

extension Model {
  /// The same model with the weights of another, bound by the paths of their layers and their
  /// roles.
  ///
  /// - Throws: `ModelError` where a weight is missing, left over, or of another shape.
  public func taking(weightsOf other: Model) throws(ModelError) -> Model {
    var tensors = tensors
    let others = Dictionary(other.graph.allLayers.map { ($0.path, $0.layer) }) { first, _ in first }
    let mine = graph.allLayers
    for (path, layer) in mine {
      for (role, name) in layer.parameters {
        guard let source = others[path]?.parameters[role], let tensor = other.tensors[source] else {
          let shape = Shape(tensors[name]?.dimensions ?? [])
          throw .at(
            layer: path, kind: layer.kind, .parameterMissing(role: role, shape: shape))
        }
        tensors[name] = tensor
      }
    }
    let known = Dictionary(mine.map { ($0.path, $0.layer) }) { first, _ in first }
    for (path, layer) in other.graph.allLayers {
      for role in layer.parameters.keys where known[path]?.parameters[role] == nil {
        throw .at(layer: path, kind: layer.kind, .parameterUnexpected(role: role))
      }
    }
    return try Model(graph: graph, tensors: tensors, provenance: provenance)
  }

  /// How many numbers the weights of the layers have, each weight counted once.
  public var parameterCount: Int { ParameterTotals(self).total.elementCount }

  /// How many of them training changes.
  public var trainableParameterCount: Int { ParameterTotals(self).trainable.elementCount }
}
