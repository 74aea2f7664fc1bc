internal import OrderedCollections

/// The shapes of one call.
public struct CallShapes: Sendable {
  /// The call.
  public var path: CallPath
  /// The layer that is called, with what the call gives to it besides tensors.
  public var layer: LayerNode
  /// The layer's path: as the call's, without the numbers of calls.
  public var layerPath: String
  /// The shapes of the tensors that it computes with; `nil` behind a layer that is not supported.
  public var inputs: [Shape?] { inputTypes.map { $0?.shape } }
  /// The shapes of its outputs; `nil` for a layer that is not supported.
  public var outputs: [Shape?] { outputTypes.map { $0?.shape } }
  /// What is known of the tensors that it computes with, as `inputs`.
  package var inputTypes: [TensorType?]
  /// What is known of its outputs, as `outputs`.
  package var outputTypes: [TensorType?]
}

extension Graph {
  /// The shapes that the input layers declare.
  public var inputShapes: [Shape] {
    inputs.map { reference in
      guard case .layer(let layer) = layers[reference.layer]?.body,
        let input = layer as? InputLayer
      else { return Shape([Int?]()) }
      return input.batchShape
    }
  }

  /// What is known of the tensors that are fed, where they have these shapes.
  private func fedTypes(_ shapes: [Shape]) -> [TensorType?] {
    zip(inputs, shapes).map { reference, shape in
      guard case .layer(let layer) = layers[reference.layer]?.body,
        let input = layer as? InputLayer
      else { return TensorType(shape) }
      return TensorType(shape, input.dtype.numberType)
    }
  }

  /// Infers the shape of every tensor, nested models included, in execution order.
  ///
  /// - Parameter inputs: The shapes that are fed; by default those that the
  ///   input layers declare.
  /// - Throws: `ModelError` where a layer cannot take what it is given, naming
  ///   the layer by its path.
  public func shapes(inputs: [Shape]? = nil) throws(ModelError) -> [CallShapes] {
    var table: [CallShapes] = []
    _ = try infer(fedTypes(inputs ?? inputShapes), path: CallPath(), prefix: "", into: &table)
    return table
  }

  /// The shapes of the outputs where tensors of these shapes are fed.
  ///
  /// - Throws: `ModelError` where the graph cannot take them, or has a layer that cannot be run.
  public func outputShapes(for fed: [Shape]) throws(ModelError) -> [Shape] {
    for ((input, declared), found) in zip(zip(inputs, inputShapes), fed) {
      guard declared.admits(found) else {
        throw .feedShape(input.layer, found: found, expected: declared)
      }
    }
    var table: [CallShapes] = []
    let types = try infer(fedTypes(fed), path: CallPath(), prefix: "", into: &table)
      .compactMap(\.self)
    guard types.count == outputs.count else { throw .unsupported(unsupportedLayers) }
    return types.map(\.shape)
  }

  private func infer(
    _ fed: [TensorType?], path: CallPath, prefix: String, into table: inout [CallShapes]
  ) throws(ModelError) -> [TensorType?] {
    guard fed.count == inputs.count else {
      throw .inputCount(expected: "\(inputs.count)", found: fed.count)
    }
    var types: [TensorReference: TensorType?] = [:]
    for (reference, type) in zip(inputs, fed) { types[reference] = type }
    for call in calls {
      guard let layer = layers[call.layer]?.applied(to: call) else { continue }
      let callPath = path.appending(call)
      var given: [TensorType?] = []
      for input in layer.operandTensors(of: call) {
        given.append(try type(of: input, in: types, neededBy: "\(callPath)"))
      }
      var made: [TensorType?]
      do throws(ModelError) {
        switch layer.body {
        case .layer(let inner) where layer.isInput:
          made = [types[TensorReference(call.layer, node: call.node)] ?? nil]
          if made == [nil] { made = try inner.outputShapes(for: []).map { TensorType($0) } }
        case .layer(let inner):
          let known = given.compactMap(\.self)
          guard known.count == given.count else {
            made = [nil]
            break
          }
          try inner.checkElements(known)
          made = try inner.definition(for: known).outputs.map(\.type)
        case .graph(let inner):
          made = try inner.infer(
            given, path: callPath, prefix: prefix + call.layer + "/", into: &table)
        case .unsupported:
          made = [nil]
        }
      } catch {
        if case .at = error { throw error }
        throw .at(layer: "\(callPath)", kind: layer.kind, error)
      }
      for (index, type) in made.enumerated() {
        types[TensorReference(call.layer, node: call.node, index: index)] = type
      }
      table.append(
        CallShapes(
          path: callPath, layer: layer, layerPath: prefix + call.layer, inputTypes: given,
          outputTypes: made))
    }
    var results: [TensorType?] = []
    for output in outputs {
      results.append(try type(of: output, in: types, neededBy: name))
    }
    return results
  }

  private func type(
    of tensor: TensorReference, in types: [TensorReference: TensorType?], neededBy reader: String
  ) throws(ModelError) -> TensorType? {
    if let type = types[tensor] { return type }
    // How many outputs a layer has that cannot be run, nobody knows.
    if case .unsupported = layers[tensor.layer]?.body { return nil }
    throw .unknownTensor("\(tensor)", neededBy: reader)
  }
}

extension Shape {
  /// Whether a tensor of another shape may be fed where this one is declared.
  fileprivate func admits(_ other: Shape) -> Bool {
    rank == other.rank
      && zip(dimensions, other.dimensions).allSatisfy { $0 == nil || $1 == nil || $0 == $1 }
  }
}
