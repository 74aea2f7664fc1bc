internal import OrderedCollections
internal import Synchronization

extension Graph {
  /// The graph for inputs of the shapes that its input layers declare.
  ///
  /// It is worked out when it is first asked for; copies of the graph share it.
  ///
  /// - Throws: `ModelError` where a layer cannot take what it is given, naming
  ///   the layer by its path.
  public func resolved() throws(ModelError) -> Resolution {
    try resolution.value { () throws(ModelError) in try Resolver.resolve(self, fed: inputShapes) }
  }

  /// The graph for inputs of the given shapes; for those that are declared, what is known already.
  ///
  /// - Throws: `ModelError` where a layer cannot take what it is given, naming
  ///   the layer by its path.
  public func resolved(for fed: [Shape]) throws(ModelError) -> Resolution {
    fed == inputShapes ? try resolved() : try Resolver.resolve(self, fed: fed)
  }

  /// The shapes that the input layers declare.
  public var inputShapes: [Shape] {
    inputs.map { reference in
      guard case .layer(let layer) = layers[reference.layer]?.body,
        let input = layer as? InputLayer
      else { return Shape([Int?]()) }
      return input.batchShape
    }
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
    let resolution = try resolved(for: fed)
    let types = resolution.outputs.compactMap { resolution.types[$0] }
    guard types.count == outputs.count else { throw .unsupported(unsupportedLayers) }
    return types.map(\.shape)
  }
}

/// What a graph has come to for the inputs that it declares, once it is known.
final class ResolutionCache: Sendable {
  private let result = Mutex<Result<Resolution, ModelError>?>(nil)

  func value(
    _ make: () throws(ModelError) -> Resolution
  ) throws(ModelError) -> Resolution {
    let known = result.withLock { result in
      if let result { return result }
      let new: Result<Resolution, ModelError>
      do throws(ModelError) { new = .success(try make()) } catch { new = .failure(error) }
      result = new
      return new
    }
    return try known.get()
  }
}

/// Numbers the tensors of a graph, and writes down what its calls compute.
private struct Resolver {
  private var calls: [ResolvedCall] = []
  private var types: [TensorType?] = []

  static func resolve(_ graph: Graph, fed: [Shape]) throws(ModelError) -> Resolution {
    var resolver = Resolver()
    let inputs = resolver.numbers(graph.fedTypes(fed))
    let outputs = try resolver.add(graph, fed: inputs, path: CallPath(), prefix: "")
    return Resolution(
      calls: resolver.calls, types: resolver.types, inputs: inputs, outputs: outputs)
  }

  /// New tensors.
  private mutating func numbers(_ new: [TensorType?]) -> [Int] {
    let first = types.count
    types += new
    return Array(first..<types.count)
  }

  /// Adds the calls of a graph.
  ///
  /// - Returns: The tensors that are its result.
  private mutating func add(
    _ graph: Graph, fed: [Int], path: CallPath, prefix: String
  ) throws(ModelError) -> [Int] {
    guard fed.count == graph.inputs.count else {
      throw .inputCount(expected: "\(graph.inputs.count)", found: fed.count)
    }
    var tensors: [TensorReference: Int] = [:]
    for (reference, number) in zip(graph.inputs, fed) { tensors[reference] = number }
    for call in graph.calls {
      guard let layer = graph.layers[call.layer]?.applied(to: call) else { continue }
      let callPath = path.appending(call)
      var operands: [Int] = []
      for input in layer.operandTensors(of: call) {
        operands.append(try number(of: input, in: graph, &tensors, neededBy: "\(callPath)"))
      }
      let given = operands.map { types[$0] }
      var definition: Definition?
      var results: [Int]
      do throws(ModelError) {
        switch layer.body {
        case .layer(let inner) where layer.isInput:
          if let fed = tensors[TensorReference(call.layer, node: call.node)] {
            results = [fed]
          } else {
            results = numbers(try inner.definition(for: [TensorType]()).outputs.map(\.type))
          }
        case .layer(let inner):
          let known = given.compactMap(\.self)
          guard known.count == given.count else {
            results = numbers([nil])
            break
          }
          try inner.checkElements(known)
          let new = try inner.definition(for: known)
          results = numbers(new.outputs.map(\.type))
          definition = new
        case .graph(let inner):
          results = try add(inner, fed: operands, path: callPath, prefix: prefix + call.layer + "/")
        case .unsupported:
          results = numbers([nil])
        }
      } catch {
        if case .at = error { throw error }
        throw .at(layer: "\(callPath)", kind: layer.kind, error)
      }
      // An input that is not among the graph's is never fed: who reads it is told.
      if !layer.isInput {
        for (index, result) in results.enumerated() {
          tensors[TensorReference(call.layer, node: call.node, index: index)] = result
        }
      }
      calls.append(
        ResolvedCall(
          path: callPath, node: call.node, layer: layer, layerPath: prefix + call.layer,
          definition: definition, operands: operands, results: results, inputTypes: given,
          outputTypes: results.map { types[$0] }))
    }
    var outputs: [Int] = []
    for output in graph.outputs {
      outputs.append(try number(of: output, in: graph, &tensors, neededBy: graph.name))
    }
    return outputs
  }

  private mutating func number(
    of tensor: TensorReference, in graph: Graph, _ tensors: inout [TensorReference: Int],
    neededBy reader: String
  ) throws(ModelError) -> Int {
    if let number = tensors[tensor] { return number }
    guard case .unsupported = graph.layers[tensor.layer]?.body else {
      throw .unknownTensor("\(tensor)", neededBy: reader)
    }
    // How many outputs a layer has that cannot be run, nobody knows.
    let number = numbers([nil])[0]
    tensors[tensor] = number
    return number
  }
}

extension Graph {
  /// What is known of the tensors that are fed, where they have these shapes.
  fileprivate func fedTypes(_ shapes: [Shape]) -> [TensorType?] {
    zip(inputs, shapes).map { reference, shape in
      guard case .layer(let layer) = layers[reference.layer]?.body,
        let input = layer as? InputLayer
      else { return TensorType(shape) }
      return TensorType(shape, input.dtype.numberType)
    }
  }
}

extension Shape {
  /// Whether a tensor of another shape may be fed where this one is declared.
  fileprivate func admits(_ other: Shape) -> Bool {
    rank == other.rank
      && zip(dimensions, other.dimensions).allSatisfy { $0 == nil || $1 == nil || $0 == $1 }
  }
}
