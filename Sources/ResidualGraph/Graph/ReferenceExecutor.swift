internal import Synchronization
public import OrderedCollections

/// Runs a model by the definitions of its layers, in one precision, one call
/// after the other; each call uses all cores.
public final class ReferenceExecutor<Scalar: ReferenceScalar>: Sendable {
  /// One evaluated call, as an observer sees it.
  public struct Visit: Sendable {
    /// The call.
    public let path: CallPath
    /// The layer that was called, with what the call gives to it besides tensors.
    public let node: LayerNode
    /// The layer that was called.
    public let layer: any Layer
    /// What the layer computes of such inputs.
    public let definition: Definition
    /// The tensors that it was called on.
    public let inputs: [NDArray<Scalar>]
    /// The layer's weights.
    public let parameters: Parameters<Scalar>
    /// The shape of each output.
    public let outputShapes: [[Int]]
    fileprivate let made = Made()

    /// The same call on other inputs of the same shapes.
    public func replacing(inputs: [NDArray<Scalar>]) -> Visit {
      Visit(
        path: path, node: node, layer: layer, definition: definition, inputs: inputs,
        parameters: parameters, outputShapes: outputShapes)
    }

    /// What the call makes, computed when it is first asked for.
    public var outputs: [NDArray<Scalar>] {
      made.outputs.withLock { outputs in
        if let outputs { return outputs }
        let new = definition.values(inputs, parameters)
        outputs = new
        return new
      }
    }
  }

  /// What a call makes, once it is known.
  fileprivate final class Made: Sendable {
    let outputs = Mutex<[NDArray<Scalar>]?>(nil)
  }

  /// Is shown every call of a layer, and returns the outputs to go on with: the
  /// call's own, or recorded ones in their place.
  public typealias Observer = (Visit) throws -> [NDArray<Scalar>]

  /// The model.
  public let model: Model
  /// The most elements that one output may have.
  public let elementLimit: Int
  private let keepsWeights: Bool
  private let loaded = Mutex<[String: NDArray<Scalar>]>([:])

  /// Prepares to run a model.
  ///
  /// - Parameters:
  ///   - elementLimit: The most elements that one output may have.
  ///   - keepsWeights: Whether weights are kept in the precision of the pass for the next run;
  ///     else they are read anew by each call.
  /// - Throws: `ModelError.unsupported`, naming every layer that cannot be run.
  public init(
    _ model: Model, elementLimit: Int = 1 << 30, keepsWeights: Bool = true
  ) throws(ModelError) {
    let unsupported = model.unsupportedLayers
    guard unsupported.isEmpty else { throw .unsupported(unsupported) }
    self.model = model
    self.elementLimit = elementLimit
    self.keepsWeights = keepsWeights
  }

  /// Runs the model.
  ///
  /// - Parameters:
  ///   - inputs: What is fed, by the name of the input layer; any batch size.
  ///   - observer: Is shown every call.
  /// - Returns: The outputs in the model's order.
  /// - Throws: `ModelError` where the inputs do not fit; what reading weights throws.
  public func run(
    _ inputs: OrderedDictionary<String, NDArray<Scalar>>, observer: Observer = { $0.outputs }
  ) throws -> [NDArray<Scalar>] {
    let fed = try model.graph.feeds(inputs) { $0.dimensions }
    return try run(model.graph, fed, path: CallPath(), observer)
  }

  private func run(
    _ graph: Graph, _ fed: [NDArray<Scalar>], path: CallPath, _ observer: Observer
  ) throws -> [NDArray<Scalar>] {
    var values: [TensorReference: NDArray<Scalar>] = [:]
    for (reference, array) in zip(graph.inputs, fed) { values[reference] = array }
    var uses: [TensorReference: Int] = [:]
    for reference in graph.calls.flatMap(\.inputs) + graph.outputs {
      uses[reference, default: 0] += 1
    }
    for call in graph.calls {
      guard let node = graph.layers[call.layer]?.applied(to: call), !node.isInput else { continue }
      let callPath = path.appending(call)
      let inputs = try node.operandTensors(of: call).map { reference in
        guard let value = values[reference] else {
          throw ModelError.unknownTensor("\(reference)", neededBy: "\(callPath)")
        }
        return value
      }
      for reference in call.inputs {
        uses[reference, default: 0] -= 1
        if uses[reference] == 0 { values[reference] = nil }
      }
      let outputs = try evaluate(node, inputs, path: callPath, observer)
      for (index, output) in outputs.enumerated() {
        let reference = TensorReference(call.layer, node: call.node, index: index)
        if uses[reference, default: 0] > 0 { values[reference] = output }
      }
    }
    return try graph.outputs.map { reference in
      guard let value = values[reference] else {
        throw ModelError.unknownTensor("\(reference)", neededBy: graph.name)
      }
      return value
    }
  }

  private func evaluate(
    _ node: LayerNode, _ inputs: [NDArray<Scalar>], path: CallPath, _ observer: Observer
  ) throws -> [NDArray<Scalar>] {
    switch node.body {
    case .graph(let graph):
      return try run(graph, inputs, path: path, observer)
    case .unsupported(let layer):
      throw ModelError.unsupported([layer])
    case .layer(let layer):
      let (definition, shapes) = try definition(of: layer, node, inputs, path: path)
      return try observer(
        Visit(
          path: path, node: node, layer: layer, definition: definition, inputs: inputs,
          parameters: try parameters(of: node), outputShapes: shapes))
    }
  }

  /// What a call computes, and the shapes of what it makes, which must not be too large.
  private func definition(
    of layer: any Layer, _ node: LayerNode, _ inputs: [NDArray<Scalar>], path: CallPath
  ) throws(ModelError) -> (Definition, [[Int]]) {
    do {
      let definition = try layer.definition(for: inputs.map(\.shape))
      return (definition, try definition.checkedOutputShapes(elementLimit: elementLimit))
    } catch {
      throw .at(layer: "\(path)", kind: node.kind, error)
    }
  }

  /// The weights of a layer of the model.
  package func parameters(of node: LayerNode) throws -> Parameters<Scalar> {
    var arrays: [String: NDArray<Scalar>] = [:]
    for (role, name) in node.parameters {
      if let array = loaded.withLock({ $0[name] }) {
        arrays[role] = array
      } else if let tensor = model.tensors[name] {
        let array = try tensor.array(Scalar.self)
        if keepsWeights { loaded.withLock { $0[name] = array } }
        arrays[role] = array
      }
    }
    return Parameters(arrays)
  }
}

extension Graph {
  /// What is fed, in the order of the graph's inputs.
  ///
  /// - Throws: `ModelError` where an input is missing, too many, or has another
  ///   shape than its layer declares.
  package func feeds<Value>(
    _ values: OrderedDictionary<String, Value>, dimensions: (Value) -> [Int]
  ) throws(ModelError) -> [Value] {
    let names = inputs.map(\.layer)
    if let extra = values.keys.first(where: { !names.contains($0) }) {
      throw .feedUnexpected(extra, inputs: names)
    }
    var fed: [Value] = []
    for (name, shape) in zip(names, inputShapes) {
      guard let value = values[name] else { throw .feedMissing(name) }
      let found = dimensions(value)
      let fits =
        found.count == shape.rank
        && zip(found, shape.dimensions).enumerated().allSatisfy { axis, sizes in
          axis == 0 || sizes.1 == nil || sizes.0 == sizes.1
        }
      guard fits else { throw .feedShape(name, found: Shape(found), expected: shape) }
      fed.append(value)
    }
    return fed
  }
}
