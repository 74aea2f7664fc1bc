public import OrderedCollections
public import ResidualGraph

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
  /// - Throws: `ModelError.unsupported`, naming every layer that cannot be run.
  public init(_ model: Model) throws(ModelError) {
    executor = try ReferenceExecutor(model)
  }

  /// The names under which what the calls make is recorded, in the order of running.
  ///
  /// - Throws: `ModelError` where the inputs do not fit the model.
  public func callNames(
    on inputs: OrderedDictionary<String, Tensor>
  ) throws(ModelError) -> [String] {
    try table(inputs).entries.values.flatMap(\.names)
  }

  /// Runs the model.
  ///
  /// - Parameters:
  ///   - inputs: What is fed, by the name of the input layer, in float32.
  ///   - keep: Is given what each call makes, in float32, and its name.
  /// - Returns: What the model makes, by the names of the calls that make it.
  /// - Throws: `ModelError` where the inputs do not fit; what reading weights and `keep` throw.
  public func record(
    _ inputs: OrderedDictionary<String, Tensor>, keep: (String, Tensor) throws -> Void
  ) throws -> OrderedDictionary<String, Tensor> {
    let table = try table(inputs)
    let outputs = try executor.run(inputs.mapValues { try $0.array() }) { visit in
      let rounded = visit.outputs.map(\.roundedToFloat32)
      if let entry = table.entries[visit.path.description] {
        for (name, output) in zip(entry.names, rounded) { try keep(name, Tensor(output.single)) }
      }
      return rounded
    }
    let names = table.outputs.map { $0.names[0] }
    return OrderedDictionary(zip(names, outputs.map { Tensor($0.single) })) { first, _ in first }
  }

  private func table(_ inputs: OrderedDictionary<String, Tensor>) throws(ModelError) -> CallTable {
    let graph = executor.model.graph
    let fed = try graph.feeds(inputs) { $0.dimensions }
    return try CallTable(graph, inputs: fed.map(\.shape))
  }
}
