#if OneDNN

internal import OrderedCollections
internal import ResidualGraph
internal import Synchronization

/// A model made ready to run by oneDNN, compiled once for each list of input shapes.
final class OneDNNSession: Session {
  private let model: Model
  private let team: ThreadTeam
  private let constants = ConstantPool()
  /// Compiled forms by the shapes of the inputs; one run at a time.
  private let compiled = Mutex<[[[Int]]: CompiledModel]>([:])

  init(_ model: Model, threadCount: Int) throws(ModelError) {
    let unsupported = model.unsupportedLayers
    guard unsupported.isEmpty else { throw .unsupported(unsupported) }
    self.model = model
    team = ThreadTeam(threadCount: threadCount)
  }

  /// How many lists of shapes the model was compiled for.
  var compiledCount: Int { compiled.withLock { $0.count } }

  func run(_ inputs: OrderedDictionary<String, Tensor>) throws -> [Tensor] {
    let fed = try model.graph.feeds(inputs) { $0.dimensions }
    return try compiled.withLock { compiled in
      try form(of: fed, in: &compiled).run(fed.map { try $0.array() }).map { Tensor($0) }
    }
  }

  func profile(
    _ inputs: OrderedDictionary<String, Tensor>, runs: Int
  ) throws -> RunProfile {
    let fed = try model.graph.feeds(inputs) { $0.dimensions }
    return try compiled.withLock { compiled in
      try form(of: fed, in: &compiled).profile(fed.map { try $0.array() }, runs: runs)
    }
  }

  /// The form for the shapes of what is fed.
  private func form(
    of fed: [Tensor], in compiled: inout [[[Int]]: CompiledModel]
  ) throws -> CompiledModel {
    let shapes = fed.map(\.dimensions)
    if let form = compiled[shapes] { return form }
    let form = try CompiledModel(model, inputs: shapes, team: team, constants: constants)
    compiled[shapes] = form
    return form
  }
}

#endif
