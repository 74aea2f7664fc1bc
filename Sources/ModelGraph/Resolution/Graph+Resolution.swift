internal import OrderedCollections
internal import Synchronization
public import ModelLayers

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

  /// The shapes of what is fed, as the input layers declare them; of texts, the last axis are their bytes.
  public var inputShapes: [Shape] { inputTypes.map(\.shape) }

  /// What is fed, as the input layers declare it.
  public var inputTypes: [TensorType] {
    inputs.map { reference in
      layers[reference.layer]?.inputLayer?.fedType ?? TensorType(Shape([Int?]()))
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

/// A tensor that flows, with its mask.
private struct Flowing {
  var number: Int
  var mask: Int?
}

/// Numbers the tensors of a graph, and writes down what its calls compute.
private struct Resolver {
  private var steps: [ResolvedCall] = []
  private var types: [TensorType?] = []
  /// The tensors that are others, handed on as they are, by their numbers.
  private var origins: [Int: Int] = [:]
  private var maskOrder = MaskOrder()

  static func resolve(_ graph: Graph, fed: [Shape]) throws(ModelError) -> Resolution {
    var resolver = Resolver()
    resolver.steps.reserveCapacity(graph.runCallCount)
    resolver.types.reserveCapacity(graph.runCallCount)
    let inputs = resolver.numbers(graph.fedTypes(fed))
    let outputs = try resolver.add(
      graph, fed: inputs.map { Flowing(number: $0) }, path: CallPath(), prefix: "")
    return Resolution(
      steps: resolver.steps, types: resolver.types, inputs: inputs, outputs: outputs.map(\.number))
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
    _ graph: Graph, fed: [Flowing], path: CallPath, prefix: String
  ) throws(ModelError) -> [Flowing] {
    guard fed.count == graph.inputs.count else {
      throw .inputCount(expected: "\(graph.inputs.count)", found: fed.count)
    }
    var tensors = Dictionary<TensorReference, Flowing>(minimumCapacity: graph.calls.count)
    for (reference, tensor) in zip(graph.inputs, fed) { tensors[reference] = tensor }
    for call in graph.calls {
      guard let layer = graph.layers[call.layer]?.applied(to: call) else { continue }
      let callPath = path.appending(call)
      var operands: [Flowing] = []
      for input in layer.operandTensors(of: call) {
        let operand = try tensor(input, in: graph, &tensors, neededBy: "\(callPath)")
        operands.append(operand)
      }
      let given = operands.map(\.number)
      for place in operands.indices where operands[place].mask != nil {
        do throws(ModelError) {
          let isTaken = try maskOrder.isTaken(origin(of: given[place]), before: given, steps)
          if isTaken { operands[place].mask = nil }
        } catch {
          throw .at(layer: "\(callPath)", kind: layer.kind, error)
        }
      }
      let masks = layer.masks(in: call, ofOperands: operands.count)
      for (place, mask) in masks.enumerated() {
        guard let mask else { continue }
        operands[place].mask = nil
        guard case .tensor(let reference) = mask else { continue }
        operands[place].mask =
          try tensor(reference, in: graph, &tensors, neededBy: "\(callPath)").number
      }
      var results: [Flowing]
      do throws(ModelError) {
        switch layer.body {
        case .layer(let inner) where layer.isInput:
          if let fed = tensors[TensorReference(call.layer, node: call.node)] {
            results = [fed]
          } else {
            let types = try inner.definition(for: [TensorType]()).outputs.map(\.type)
            results = numbers(types).map { Flowing(number: $0) }
          }
          append(layer, nil, operands, results, callPath, call.node, prefix + call.layer)
        case .layer(let inner):
          results = try add(layer, inner, operands, callPath, call.node, prefix + call.layer)
        case .graph(let inner):
          try inner.checkFed(
            layer.operandTensors(of: call).map { graph.layers[$0.layer] }, given.map { types[$0] })
          results = try add(inner, fed: operands, path: callPath, prefix: prefix + call.layer + "/")
          append(layer, nil, operands, results, callPath, call.node, prefix + call.layer)
        case .unsupported:
          results = numbers([nil]).map { Flowing(number: $0) }
          append(layer, nil, operands, results, callPath, call.node, prefix + call.layer)
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
    }
    var outputs: [Flowing] = []
    for output in graph.outputs {
      outputs.append(try tensor(output, in: graph, &tensors, neededBy: graph.name))
    }
    return outputs
  }

  /// The tensor that a tensor is.
  private func origin(of number: Int) -> Int { origins[number] ?? number }

  /// Adds a call of a layer that computes, and what makes the masks of its outputs.
  private mutating func add(
    _ called: LayerNode, _ base: any Layer, _ operands: [Flowing], _ path: CallPath,
    _ node: Int, _ layerPath: String
  ) throws(ModelError) -> [Flowing] {
    let maskTensors = operands.compactMap { $0.mask.map { Flowing(number: $0) } }
    func isMasked() -> [Bool] { operands.map { $0.mask != nil } }
    var (layer, inner, inputs) = (called, base, operands)
    if !maskTensors.isEmpty, layer.signature?.maskUse == .honoured {
      inner = base.heeding(masksWhere: isMasked())
      layer = layer.replacing(body: .layer(inner))
      inputs += maskTensors
    }
    let known = inputs.compactMap { types[$0.number] }
    guard known.count == inputs.count else {
      let results = numbers([nil]).map { Flowing(number: $0) }
      append(layer, nil, inputs, results, path, node, layerPath)
      return results
    }
    try inner.checkElements(known)
    let definition = try inner.definition(for: known)
    var results: [Flowing] = []
    results.reserveCapacity(definition.outputs.count)
    for output in definition.outputs {
      guard output.shape.rank <= Shape.maximumRank else {
        throw .axisCount(output.shape.rank, limit: Shape.maximumRank)
      }
      results.append(Flowing(number: types.count))
      types.append(output.type)
    }
    for (output, result) in zip(definition.outputs, results) {
      if case .input(let place) = definition.origins[output.number] {
        origins[result.number] = origin(of: inputs[place].number)
      }
    }
    let masks = try masks(of: base, operands)
    if !(base is Operation) {
      let masked = operands.filter { $0.mask != nil }.map { origin(of: $0.number) }
      try maskOrder.note(
        masked, areTaken: base.takesMasks, by: operands.map(\.number), of: steps)
    }
    maskOrder.note(results.map(\.number), madeBy: steps.count)
    for (place, mask) in masks.numbers.enumerated() where results.indices.contains(place) {
      results[place].mask = mask
    }
    append(layer, definition, inputs, results, path, node, layerPath)
    if let maker = masks.maker {
      append(
        LayerNode(name: layer.name, body: .layer(base.masks(where: isMasked()))), maker,
        operands.map { Flowing(number: $0.number) } + maskTensors,
        masks.made.map { Flowing(number: $0) }, path.ofMask, node, layerPath, makesMask: true)
    }
    return results
  }

  /// The masks of a layer's outputs.
  ///
  /// - Returns: Their numbers, and what makes those that are not there yet.
  private mutating func masks(
    of layer: any Layer, _ operands: [Flowing]
  ) throws(ModelError) -> (numbers: [Int?], maker: Definition?, made: [Int]) {
    let known = operands.compactMap(\.mask)
    guard layer.makesMask || !known.isEmpty else { return ([], nil, []) }
    let (definition, hasMask) = try layer.maskDefinition(
      for: operands.compactMap { types[$0.number] },
      masks: operands.map { $0.mask.flatMap { types[$0] } })
    let sources = operands.map(\.number) + known
    // A mask that is handed on is there already.
    let handedOn = definition.outputs.map { output -> Int? in
      if case .input(let place) = definition.origins[output.number] { sources[place] } else { nil }
    }
    let isMaking = handedOn.contains(nil)
    var rest = (isMaking ? numbers(definition.outputs.map(\.type)) : handedOn.compactMap(\.self))[
      ...]
    let made = Array(rest)
    let all = hasMask.map { $0 ? rest.removeFirst() : nil }
    return (all, isMaking ? definition : nil, made)
  }

  private mutating func append(
    _ layer: LayerNode, _ definition: Definition?, _ operands: [Flowing], _ results: [Flowing],
    _ path: CallPath, _ node: Int, _ layerPath: String, makesMask: Bool = false
  ) {
    let hasMasks = operands.contains { $0.mask != nil } || results.contains { $0.mask != nil }
    steps.append(
      ResolvedCall(
        path: path, node: node, layer: layer, layerPath: layerPath, definition: definition,
        operands: operands.map(\.number), results: results.map(\.number), makesMask: makesMask,
        masks: hasMasks ? (operands.map(\.mask), results.map(\.mask)) : nil,
        types: (operands.map { types[$0.number] }, results.map { types[$0.number] })))
  }

  private mutating func tensor(
    _ reference: TensorReference, in graph: Graph, _ tensors: inout [TensorReference: Flowing],
    neededBy reader: @autoclosure () -> String
  ) throws(ModelError) -> Flowing {
    if let tensor = tensors[reference] { return tensor }
    guard case .unsupported = graph.layers[reference.layer]?.body else {
      throw .unknownTensor("\(reference)", neededBy: reader())
    }
    // How many outputs a layer has that cannot be run, nobody knows.
    let tensor = Flowing(number: numbers([nil])[0])
    tensors[reference] = tensor
    return tensor
  }
}

extension Graph {
  /// What is known of the tensors that are fed, where they have these shapes.
  fileprivate func fedTypes(_ shapes: [Shape]) -> [TensorType?] {
    zip(inputTypes, shapes).map { TensorType($1, $0.dtype) }
  }
}

extension Shape {
  /// Whether a tensor of another shape may be fed where this one is declared.
  fileprivate func admits(_ other: Shape) -> Bool {
    rank == other.rank
      && zip(dimensions, other.dimensions).allSatisfy { $0 == nil || $1 == nil || $0 == $1 }
  }
}

extension Graph {
  /// Checks that the model can be called as a nested one on tensors without a cast that changes them, which
  /// Keras makes to the type of each input: none is made here.
  ///
  /// - Parameters:
  ///   - makers: The layers that make the tensors.
  ///   - types: What is known of them.
  /// - Throws: `ModelError.argument` for one of another type.
  fileprivate func checkFed(_ makers: [LayerNode?], _ types: [TensorType?]) throws(ModelError) {
    for (reference, (maker, type)) in zip(inputs, zip(makers, types)) {
      guard let declared = layers[reference.layer]?.inputLayer?.dtype, let maker, let type
      else { continue }
      var given = type.isReal ? maker.inputLayer?.dtype ?? maker.computeType : type.dtype
      // What a nested model makes has the type of a layer in it.
      if type.isReal, case .graph = maker.body { given = .float32 }
      guard !given.isKept(in: declared) else { continue }
      throw .argument(
        "inputs", found: "elements of \(given)",
        expected: "\(declared), as its input '\(reference.layer)' is: they would have to be cast")
    }
  }
}

extension DType {
  /// Whether nothing changes where elements are cast to another type.
  fileprivate func isKept(in other: DType) -> Bool {
    switch (unitRoundoff, other.unitRoundoff) {
    case (let own?, let others?): others <= own
    case (nil, nil): self == other || isInteger && other.isInteger && byteCount <= other.byteCount
    default: false
    }
  }
}
