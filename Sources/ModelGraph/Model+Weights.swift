internal import OrderedCollections
public import ModelLayers

extension Model {
  /// The layer of a name, or of a path that leads into nested models: `encoder/conv1`.
  public subscript(path: String) -> LayerNode? {
    var graph = graph
    var names = path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
      .map { Substring($0) }[...]
    // A name may itself have slashes, as those of Keras 1 and TensorFlow have.
    while !names.isEmpty {
      let joined = names.joined(separator: "/")
      if let layer = graph.layers[joined] { return layer }
      guard
        let count = (1..<names.count).last(where: { count in
          graph.layers[names.prefix(count).joined(separator: "/")] != nil
        }), case .graph(let inner) = graph.layers[names.prefix(count).joined(separator: "/")]?.body
      else { return nil }
      graph = inner
      names = names.dropFirst(count)
    }
    return nil
  }

  /// A weight of a layer by its role: `kernel`, `gamma`.
  public func weight(_ role: String, of path: String) -> Tensor? {
    self[path]?.parameters[role].flatMap { tensors[$0] }
  }

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

  /// The same model with another tensor for a weight.
  ///
  /// Layers that share the weight share the new one. What a golden of the model has recorded, and
  /// what training left in its file, stay as they are.
  ///
  /// - Parameters:
  ///   - role: What the weight is to its layer: `kernel`, `gamma`.
  ///   - path: The layer's name, or its path into nested models: `encoder/conv1`.
  ///   - tensor: Has the shape and the type of the old one.
  /// - Throws: `ModelError` where there is no such layer, with the name that was perhaps meant, no
  ///   such weight, with those that there are, or the tensor does not fit.
  public func replacing(
    weight role: String, of path: String, with tensor: Tensor
  ) throws(ModelError) -> Model {
    guard let layer = self[path] else {
      throw .unknownLayer(path, nearest: graph.allLayers.map(\.path).nearest(to: path))
    }
    do throws(ModelError) {
      guard let name = layer.parameters[role], let old = tensors[name] else {
        throw .parameterUnknown(role: role, roles: Array(layer.parameters.keys))
      }
      guard tensor.dimensions == old.dimensions else {
        throw .parameterShape(role: role, found: tensor.shape, expected: old.shape)
      }
      guard tensor.dtype == old.dtype else {
        throw .replacementType(role: role, found: tensor.dtype, expected: old.dtype)
      }
      var model = self
      model.tensors[name] = tensor
      model.provenance.history.append(
        Provenance.Step(
          operation: "replace-weight", tool: "residual", detail: "'\(role)' of '\(path)'"))
      return model
    } catch {
      throw .at(layer: path, kind: layer.kind, error)
    }
  }

  /// The same model with other numbers for a weight; see `replacing(weight:of:with:)`.
  public func replacing<Scalar: ReferenceScalar>(
    weight role: String, of path: String, with array: NDArray<Scalar>
  ) throws(ModelError) -> Model {
    try replacing(weight: role, of: path, with: Tensor(array))
  }

  /// How many numbers the weights of the layers have, each weight counted once.
  public var parameterCount: Int { ParameterTotals(self).total.elementCount }

  /// How many of them training changes.
  public var trainableParameterCount: Int { ParameterTotals(self).trainable.elementCount }
}
