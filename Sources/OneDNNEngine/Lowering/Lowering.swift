#if OneDNN

internal import OrderedCollections
internal import ResidualGraph

/// Turns a model, for inputs of given shapes, into operations.
struct Lowering {
  private let model: Model
  var lowered = LoweredModel()

  /// Lowers a model.
  ///
  /// - Throws: `ModelError` where the graph cannot take the shapes, naming the layer.
  static func lower(_ model: Model, inputs: [[Int]]) throws -> LoweredModel {
    var lowering = Lowering(model: model)
    let fed = inputs.map { lowering.lowered.value($0) }
    lowering.lowered.inputs = fed
    lowering.lowered.outputs = try lowering.lower(model.graph, fed, path: CallPath())
    return lowering.lowered
  }

  private mutating func lower(
    _ graph: Graph, _ fed: [Int], path: CallPath
  ) throws -> [Int] {
    var values: [TensorReference: Int] = [:]
    for (reference, value) in zip(graph.inputs, fed) { values[reference] = value }
    func value(_ reference: TensorReference, neededBy name: String) throws(ModelError) -> Int {
      guard let value = values[reference] else {
        throw .unknownTensor("\(reference)", neededBy: name)
      }
      return value
    }
    for call in graph.calls {
      guard let node = graph.layers[call.layer]?.applied(to: call), !node.isInput else { continue }
      let callPath = path.appending(call)
      let inputs = try node.operandTensors(of: call).map { try value($0, neededBy: "\(callPath)") }
      let outputs: [Int]
      switch node.body {
      case .graph(let inner):
        outputs = try lower(inner, inputs, path: callPath)
      case .unsupported(let layer):
        throw ModelError.unsupported([layer])
      case .layer(let layer):
        do {
          outputs = try lower(layer, node, inputs, path: callPath)
        } catch let error as ModelError {
          throw ModelError.at(layer: "\(callPath)", kind: node.kind, error)
        }
      }
      for (index, output) in outputs.enumerated() {
        values[TensorReference(call.layer, node: call.node, index: index)] = output
      }
    }
    return try graph.outputs.map { try value($0, neededBy: graph.name) }
  }

  private mutating func lower(
    _ layer: any Layer, _ node: LayerNode, _ inputs: [Int], path: CallPath
  ) throws -> [Int] {
    let shapes = inputs.map { Shape(lowered.shapes[$0]) }
    let made = try layer.outputShapes(for: shapes).map { shape in
      let sizes = shape.known?.map { max($0, 1) }
      guard let known = shape.known, let count = sizes?.checkedProduct(),
        count <= OneDNNEngine.elementLimit
      else { throw ModelError.elementCount(shape, limit: OneDNNEngine.elementLimit) }
      return known
    }
    let first = lowered.operations.count
    var weights: [String: Tensor] = [:]
    for (role, name) in node.parameters { weights[role] = model.tensors[name] }
    var call = LayerCall(
      layer: layer, inputs: inputs, shapes: shapes, outputs: made, weights: weights,
      weightNames: Dictionary(uniqueKeysWithValues: node.parameters.map { ($0, $1) }), path: path)
    let outputs: [Int]
    // What oneDNN has no words for is left to the definition.
    let isKnown = (made + inputs.map { lowered.shapes[$0] }).allSatisfy {
      !$0.contains(0) && $0.count <= Layout.rankLimit
    }
    outputs = isKnown ? try operations(of: &call) : reference(&call)
    if lowered.operations.count > first, lowered.operations[first].operationCount == 0 {
      lowered.operations[first].operationCount = try layer.operationCount(for: shapes)
    }
    return outputs
  }

  /// Adds an operation with one result of the given shape.
  mutating func add(
    _ kind: Operation.Kind, _ inputs: [Int], shape: [Int], _ call: LayerCall,
    followers: [Operation.Follower] = []
  ) -> Int {
    let output = lowered.value(shape)
    lowered.operations.append(
      Operation(
        kind: kind, inputs: inputs, outputs: [output], followers: followers, calls: [call.path],
        operationCount: kind.operationCount(shape)))
    return output
  }

  /// Leaves a layer to its own definition.
  mutating func reference(_ call: inout LayerCall) -> [Int] {
    let outputs = call.outputs.map { lowered.value($0) }
    lowered.operations.append(
      Operation(
        kind: .reference(call.layer, weights: call.weights), inputs: call.inputs,
        outputs: outputs, calls: [call.path]))
    return outputs
  }
}

/// A layer that is lowered: what it is called on, and what that makes.
struct LayerCall {
  let layer: any Layer
  let inputs: [Int]
  let shapes: [Shape]
  let outputs: [[Int]]
  let weights: [String: Tensor]
  let weightNames: [String: String]
  let path: CallPath

  /// The rank of the first input.
  var rank: Int { shapes.first?.rank ?? 0 }

  /// The numbers of a weight.
  func numbers(_ role: String) throws -> [Double]? {
    try weights[role].map { try $0.array(Double.self).elements }
  }
}

#endif
