public import OrderedCollections
public import ModelGraph

/// Computes what a golden holds by the reference pass: in float64, rounded to float32.
///
/// Each call is given what those before it made, rounded, so that it can be replayed on what is
/// recorded.
public struct GoldenRecorder: Sendable {
  /// What goldens from here name as their producer, so that nobody takes them for Keras's.
  public static let producer = "residual reference"

  private let executor: ReferenceExecutor<Double>

  /// Prepares to record a model.
  ///
  /// - Parameter operationLimit: The most operations that a run may have.
  /// - Throws: `ModelError.unsupported`, naming every layer that cannot be run.
  public init(
    _ model: Model, operationLimit: Int = RunLimit.operationCount
  ) throws(ModelError) {
    executor = try ReferenceExecutor(model, operationLimit: operationLimit)
  }

  /// Checks that the model can be run on inputs, before anything is computed or written.
  ///
  /// - Throws: `ModelError` where they do not fit, or a run would have too many operations.
  public func check(_ inputs: OrderedDictionary<String, Tensor>) throws(ModelError) {
    let graph = executor.model.graph
    try graph.resolved(for: graph.fed(inputs).map(\.shape))
      .check(operationLimit: executor.operationLimit)
  }

  /// The names under which what the calls make is recorded, in the order of running.
  ///
  /// - Throws: `ModelError` where the inputs do not fit the model.
  public func callNames(
    on inputs: OrderedDictionary<String, Tensor>
  ) throws(ModelError) -> [String] {
    try table(inputs).entries.values.filter { !$0.makesMask }.flatMap(\.names)
  }

  /// What a run makes in the end.
  public struct Result: Sendable {
    /// What the model makes, by the names of the calls that make it.
    public var outputs: OrderedDictionary<String, Tensor>
    /// The masks of what calls make, by the names of these.
    public var masks: OrderedDictionary<String, Tensor>
  }

  /// Runs the model.
  ///
  /// - Parameters:
  ///   - inputs: What is fed, by the name of the input layer, in float32.
  ///   - keep: Is given what each call makes, in float32, and its name.
  /// - Returns: What the model makes, and the masks.
  /// - Throws: `ModelError` where the inputs do not fit; what reading weights and `keep` throw.
  public func record(
    _ inputs: OrderedDictionary<String, Tensor>, keep: (String, Tensor) throws -> Void
  ) throws -> Result {
    let table = try table(inputs)
    let wanted = Set(table.masks.values)
    var masks: [Slot: Tensor] = [:]
    for (name, input) in inputs where wanted.contains(.input(name)) {
      masks[.input(name)] = try Tensor(truths: input.array())
    }
    let outputs = try executor.run(inputs.mapValues { try $0.array() }) { visit in
      let rounded = visit.outputs.map(\.roundedToFloat32)
      guard let entry = table.entries[visit.path.description] else { return rounded }
      for (index, (name, output)) in zip(entry.names, rounded).enumerated() {
        let slot = Slot.output(path: entry.path, index: index)
        if wanted.contains(slot) { masks[slot] = try Tensor(truths: output) }
        if !entry.makesMask {
          try keep(name, Tensor(output.single, isText: table.isText(slot)))
        }
      }
      return rounded
    }
    let made = zip(table.outputs, outputs).map { output, array in
      (output.names[0], Tensor(array.single, isText: table.isText(output.slot)))
    }
    let called = table.entries.values.filter { !$0.makesMask }.flatMap(\.names)
    return Result(
      outputs: OrderedDictionary(made) { first, _ in first },
      masks: OrderedDictionary(
        uniqueKeysWithValues: called.compactMap { name in
          table.masks[name].flatMap { masks[$0] }.map { (name, $0) }
        }))
  }

  private func table(_ inputs: OrderedDictionary<String, Tensor>) throws(ModelError) -> CallTable {
    let graph = executor.model.graph
    let fed = try graph.fed(inputs)
    return try CallTable(graph, inputs: fed.map(\.shape))
  }
}

extension Tensor {
  /// Numbers that are 0 or 1 as truth values.
  fileprivate init(truths array: NDArray<Double>) throws(ModelError) {
    try self.init(
      dtype: .bool, dimensions: array.dimensions,
      bytes: OwnedBytes(array.elements.map { $0 == 0 ? 0 : 1 }))
  }
}
