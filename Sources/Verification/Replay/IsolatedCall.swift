internal import OrderedCollections
internal import ModelGraph
internal import Synchronization

/// A model of one call alone: an engine can fuse it with nothing.
struct IsolatedCall: Sendable {
  private let names: [String]
  private let session: any Session

  /// Makes a call ready to be run by an engine.
  ///
  /// - Parameters:
  ///   - node: The layer that is called.
  ///   - inputs: The dimensions of what it is called on.
  ///   - types: The types of the elements of what it is called on.
  ///   - outputCount: How many outputs it makes.
  ///   - tensors: Where its weights are.
  /// - Throws: What the engine throws.
  init(
    _ node: LayerNode, inputs: [[Int]], types: [DType], outputCount: Int,
    tensors: OrderedDictionary<String, Tensor>, engine: any Engine
  ) throws {
    // Longer than the layer's name, and so another one.
    let names = inputs.indices.map { "\(node.name).\($0)" }
    let feeds = zip(names, zip(inputs, types)).map { name, input in
      let (dimensions, type) = input
      // A number has no axis of items.
      let shape = Shape(dimensions.prefix(1).map { _ in nil } + dimensions.dropFirst().map { $0 })
      return LayerNode(name: name, body: .layer(InputLayer(feeding: shape, type)))
    }
    let references = names.map { TensorReference($0) }
    let graph = try Graph(
      name: node.name, form: .functional, layers: feeds + [node],
      calls: names.map { Call($0, inputs: []) } + [node.call(on: references)],
      inputs: references,
      outputs: (0..<outputCount).map { TensorReference(node.name, index: $0) })
    // By their names: of all tensors of a model, looking through them would take each call.
    let weights = node.parameters.values.compactMap { name in tensors[name].map { (name, $0) } }
    self.names = names
    session = try engine.session(
      for: Model(graph: graph, tensors: OrderedDictionary(weights) { first, _ in first }))
  }

  /// Runs the call.
  func run(_ inputs: [Tensor]) throws -> [Tensor] {
    try session.run(OrderedDictionary(uniqueKeysWithValues: zip(names, inputs)))
  }
}

/// The calls of a model that have been made ready: each is run twice, by itself and in the whole,
/// and let go then.
final class ReadyCalls: Sendable {
  private let calls = Mutex<[CallPath: IsolatedCall]>([:])

  /// The call at a path, made ready if it is run for the first time.
  func call(at path: CallPath, _ make: () throws -> IsolatedCall) throws -> IsolatedCall {
    try calls.withLock { calls in
      if let call = calls.removeValue(forKey: path) { return call }
      let call = try make()
      calls[path] = call
      return call
    }
  }
}
