internal import OrderedCollections
internal import ModelGraph

/// A model that is run call by call, each call a model of its own to the engine: calls can be run
/// in any order that their inputs allow, and weights are let go of after each.
struct CallRunner {
  private let model: ComparedModel
  private let engine: any Engine
  private var flow: Flow<NDArray<Double>>
  private var isRun: [Bool]

  /// Makes a model ready.
  ///
  /// - Parameter inputs: What is fed, by the names of the model's inputs.
  init(
    _ model: ComparedModel, engine: any Engine, inputs: OrderedDictionary<String, Tensor>
  ) throws {
    self.model = model
    self.engine = engine
    flow = Flow(model.table, try inputs.mapValues { try $0.array() })
    isRun = model.calls.map { _ in false }
  }

  /// Runs a call, and before it what it waits for.
  ///
  /// - Parameter visit: Is given each call that is run, and what it made.
  mutating func run(
    _ call: Int, visit: (Int, [NDArray<Double>]) throws -> Void
  ) throws {
    var wanted: Set<Int> = []
    var open = [call]
    while let next = open.popLast() {
      guard !isRun[next], wanted.insert(next).inserted else { continue }
      for case .call(let source, _) in model.calls[next].inputs { open.append(source) }
    }
    for next in wanted.sorted() {
      isRun[next] = true
      try visit(next, evaluate(next))
    }
  }

  private mutating func evaluate(_ call: Int) throws -> [NDArray<Double>] {
    let entry = model.calls[call].entry
    let node = entry.layer
    let inputs = try flow.inputs(of: entry)
    let weights = model.weights(of: model.calls[call].layer).map { role, tensor in
      (node.parameters[role] ?? role, tensor)
    }
    do {
      let isolated = try IsolatedCall(
        node, inputs: inputs.map(\.dimensions), types: entry.inputTypes,
        outputCount: entry.shapes.count,
        tensors: OrderedDictionary(weights) { first, _ in first }, engine: engine)
      let made: [NDArray<Double>] = try isolated.run(inputs.map { Tensor($0, for: engine) })
        .map { try $0.array() }
      flow.add(made, madeBy: entry)
      return made
    } catch let error as ModelError {
      if case .at = error { throw error }
      throw ModelError.at(layer: entry.path, kind: node.kind, error)
    }
  }
}

/// Two models that are run side by side, so that no tensor is kept longer than it is needed.
struct Lockstep {
  /// What both models make of a call.
  struct Visit {
    var first: (call: Int, outputs: [NDArray<Double>])
    var second: (call: Int, outputs: [NDArray<Double>])
  }

  private var first: CallRunner
  private var second: CallRunner
  private let pairs: [(first: Int, second: Int)]

  /// Makes two models ready.
  ///
  /// - Parameter pairs: The calls that are the same, in the first model's order of running.
  init(_ first: CallRunner, _ second: CallRunner, pairs: [(first: Int, second: Int)]) {
    self.first = first
    self.second = second
    self.pairs = pairs
  }

  /// Runs both up to the last call that they share.
  mutating func run(_ visit: (Visit) throws -> Void) throws {
    let partnered = (Set(pairs.map(\.first)), Set(pairs.map(\.second)))
    var waiting: ([Int: [NDArray<Double>]], [Int: [NDArray<Double>]]) = ([:], [:])
    for pair in pairs {
      try first.run(pair.first) { call, made in
        if partnered.0.contains(call) { waiting.0[call] = made }
      }
      try second.run(pair.second) { call, made in
        if partnered.1.contains(call) { waiting.1[call] = made }
      }
      guard let left = waiting.0.removeValue(forKey: pair.first),
        let right = waiting.1.removeValue(forKey: pair.second)
      else { continue }
      try visit(Visit(first: (pair.first, left), second: (pair.second, right)))
    }
  }
}
