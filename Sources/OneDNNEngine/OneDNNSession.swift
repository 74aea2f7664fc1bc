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
  private let compiled = Mutex<OrderedDictionary<[[Int]], CompiledModel>>([:])
  /// How many of them are kept: those that were used last.
  private static let formLimit = 16

  init(_ model: Model, threadCount: Int) throws(ModelError) {
    let unsupported = model.unsupportedLayers
    guard unsupported.isEmpty else { throw .unsupported(unsupported) }
    self.model = model
    team = ThreadTeam(threadCount: threadCount)
  }

  var outputNames: [String] { model.graph.outputNames }

  /// How many lists of shapes the model was compiled for.
  var compiledCount: Int { compiled.withLock { $0.count } }

  func run(_ inputs: OrderedDictionary<String, Tensor>) throws -> [Tensor] {
    let fed = try self.fed(inputs)
    return try attempt { try compiled.withLock { try form(of: fed, in: &$0).run(fed) } }
  }

  func profile(
    _ inputs: OrderedDictionary<String, Tensor>, runs: Int
  ) throws -> RunProfile {
    let fed = try self.fed(inputs)
    return try attempt {
      try compiled.withLock { try form(of: fed, in: &$0).profile(fed, runs: runs) }
    }
  }

  /// Does something, and puts what oneDNN says into the words of the model.
  private func attempt<Result>(_ body: () throws -> Result) throws -> Result {
    do {
      return try body()
    } catch let error as OneDNNError {
      throw ModelError.engine("\(error)")
    }
  }

  /// What is fed, in the order of the model's inputs, in float32.
  private func fed(_ inputs: OrderedDictionary<String, Tensor>) throws -> [Tensor] {
    try model.graph.fed(inputs).map { tensor in
      tensor.dtype == .float32 ? tensor : Tensor(try tensor.array(Float.self))
    }
  }

  /// The form for the shapes of what is fed.
  private func form(
    of fed: [Tensor], in compiled: inout OrderedDictionary<[[Int]], CompiledModel>
  ) throws -> CompiledModel {
    let shapes = fed.map(\.dimensions)
    let form =
      try compiled.removeValue(forKey: shapes)
      ?? CompiledModel(model, inputs: shapes, team: team, constants: constants)
    compiled[shapes] = form
    if compiled.count > Self.formLimit { compiled.removeFirst() }
    return form
  }
}

#endif
