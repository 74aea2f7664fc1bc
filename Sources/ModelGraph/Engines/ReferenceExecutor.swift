internal import Synchronization
public import OrderedCollections
public import ModelLayers

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
    fileprivate let made = Made()

    /// The same call on other inputs of the same shapes.
    public func replacing(inputs: [NDArray<Scalar>]) -> Visit {
      Visit(
        path: path, node: node, layer: layer, definition: definition, inputs: inputs,
        parameters: parameters)
    }

    /// The shape of each output.
    public var outputShapes: [[Int]] { definition.outputShapes.map { $0.known ?? [] } }

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
  /// The most operations that a run may have.
  public let operationLimit: Int
  private let keepsWeights: Bool
  private let loaded = Mutex<[String: NDArray<Scalar>]>([:])
  /// What was made for the last inputs.
  private let plan = Mutex<Plan?>(nil)

  /// Prepares to run a model.
  ///
  /// - Parameters:
  ///   - elementLimit: The most elements that one output may have.
  ///   - operationLimit: The most operations that a run may have: see ``RunLimit/operationCount``.
  ///   - keepsWeights: Whether weights are kept in the precision of the pass for the next run;
  ///     else they are read anew by each call.
  /// - Throws: `ModelError.unsupported`, naming every layer that cannot be run.
  public init(
    _ model: Model, elementLimit: Int = RunLimit.elementCount,
    operationLimit: Int = RunLimit.operationCount, keepsWeights: Bool = true
  ) throws(ModelError) {
    let unsupported = model.unsupportedLayers
    guard unsupported.isEmpty else { throw .unsupported(unsupported) }
    self.model = model
    self.elementLimit = elementLimit
    self.operationLimit = operationLimit
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
    try run(inputs, taps: [], observer: observer).outputs
  }

  /// Runs the model, and keeps tensors in the middle of it: see ``Session/run(_:taps:)``.
  ///
  /// - Returns: The outputs in the model's order, and what was asked for in the order of the names.
  /// - Throws: `ModelError` where the inputs do not fit, or a name is none; what reading weights
  ///   throws.
  public func run(
    _ inputs: OrderedDictionary<String, NDArray<Scalar>>, taps: [String],
    observer: Observer = { $0.outputs }
  ) throws -> (outputs: [NDArray<Scalar>], taps: [NDArray<Scalar>]) {
    let fed = try model.graph.feeds(inputs) { $0.dimensions }
    let plan = try plan(for: fed.map(\.dimensions))
    return try run(plan, fed, taps: plan.resolution.tensors(named: taps), observer)
  }

  /// The graph for the sizes of what is fed; that of the last run is kept.
  ///
  /// - Throws: `ModelError` where the inputs do not fit.
  func resolution(
    for inputs: OrderedDictionary<String, NDArray<Scalar>>
  ) throws(ModelError) -> Resolution {
    try plan(for: model.graph.feeds(inputs) { $0.dimensions }.map(\.dimensions)).resolution
  }

  private func run(
    _ plan: Plan, _ fed: [NDArray<Scalar>], taps: [Int], _ observer: Observer
  ) throws -> (outputs: [NDArray<Scalar>], taps: [NDArray<Scalar>]) {
    var values = [NDArray<Scalar>?](repeating: nil, count: plan.resolution.types.count)
    var pendingReads = plan.readCounts
    for tap in taps { pendingReads[tap] += 1 }
    func read(_ number: Int) -> NDArray<Scalar> {
      guard let value = values[number] else {
        preconditionFailure("a call reads what no call before it makes")
      }
      pendingReads[number] -= 1
      if pendingReads[number] == 0 { values[number] = nil }
      return value
    }
    for (number, array) in zip(plan.resolution.inputs, fed) { values[number] = array }
    for call in plan.resolution.steps {
      guard let definition = call.definition, case .layer(let layer) = call.layer.body else {
        continue
      }
      let inputs = call.operands.map(read)
      do throws(ModelError) {
        try definition.check(inputs)
      } catch {
        throw ModelError.at(layer: "\(call.path)", kind: call.layer.kind, error)
      }
      let visit = Visit(
        path: call.path, node: call.layer, layer: layer, definition: definition,
        inputs: inputs, parameters: try parameters(of: call.layer))
      let outputs = try observer(visit)
      do throws(ModelError) {
        // What is recorded is not ours to refuse.
        if let made = visit.made.outputs.withLock({ $0 }) { try definition.check(results: made) }
      } catch {
        throw ModelError.at(layer: "\(call.path)", kind: call.layer.kind, error)
      }
      for (number, output) in zip(call.results, outputs) where pendingReads[number] > 0 {
        values[number] = output
      }
    }
    return (plan.resolution.outputs.map(read), taps.map(read))
  }

  /// What is run for inputs of these sizes; that of the last inputs is kept.
  ///
  /// - Throws: `ModelError` where a layer cannot take them, or makes too much.
  private func plan(for fed: [[Int]]) throws(ModelError) -> Plan {
    if let known = plan.withLock({ $0 }), known.fed == fed { return known }
    let new = try Plan(model.graph, fed: fed, (elementLimit, operationLimit))
    plan.withLock { $0 = new }
    return new
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

/// A graph for inputs of certain sizes.
private struct Plan {
  let fed: [[Int]]
  let resolution: Resolution
  let readCounts: [Int]

  init(
    _ graph: Graph, fed: [[Int]], _ limits: (elements: Int, operations: Int)
  ) throws(ModelError) {
    self.fed = fed
    resolution = try graph.resolved(for: fed.map { Shape($0) })
    readCounts = resolution.readCounts
    try resolution.check(elementLimit: limits.elements)
    try resolution.check(operationLimit: limits.operations)
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
    let known = Set(names)
    if let extra = values.keys.first(where: { !known.contains($0) }) {
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
