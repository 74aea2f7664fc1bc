#if OneDNN

internal import OrderedCollections
internal import ModelGraph
internal import Synchronization

/// A model made ready to run by oneDNN, compiled once for each list of input shapes and of tensors to
/// keep.
final class OneDNNSession: Session {
  private let model: Model
  private let team: ThreadTeam
  private let operationLimit: Int
  private let constants = ConstantPool()
  /// What a form is compiled for.
  private struct Request: Hashable {
    let shapes: [[Int]]
    let taps: OrderedSet<String>
  }
  /// Compiled forms; one run at a time.
  private let compiled = Mutex<OrderedDictionary<Request, CompiledModel>>([:])
  /// How many of them are kept: those that were used last.
  private static let formLimit = 16

  init(_ model: Model, threadCount: Int, operationLimit: Int) throws(ModelError) {
    let unsupported = model.unsupportedLayers
    guard unsupported.isEmpty else { throw .unsupported(unsupported) }
    self.model = model
    self.operationLimit = operationLimit
    team = ThreadTeam(threadCount: threadCount)
  }

  var outputNames: [String] { model.graph.outputNames }

  /// How many forms the model was compiled to.
  var compiledCount: Int { compiled.withLock { $0.count } }

  func run(_ inputs: OrderedDictionary<String, Tensor>, taps: [String]) throws -> TappedRun {
    let fed = try self.fed(inputs)
    let names = OrderedSet(taps)
    let made = try attempt {
      try compiled.withLock { try form(of: fed, taps: names, in: &$0).run(fed) }
    }
    let count = model.graph.outputs.count
    return TappedRun(
      outputs: Array(made.prefix(count)),
      taps: OrderedDictionary(uniqueKeysWithValues: zip(names, made.dropFirst(count))))
  }

  func profile(
    _ inputs: OrderedDictionary<String, Tensor>, runs: Int
  ) throws -> RunProfile {
    let fed = try self.fed(inputs)
    return try attempt {
      try compiled.withLock { try form(of: fed, taps: [], in: &$0).profile(fed, runs: runs) }
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

  /// The form for the shapes of what is fed that keeps certain tensors.
  private func form(
    of fed: [Tensor], taps: OrderedSet<String>,
    in compiled: inout OrderedDictionary<Request, CompiledModel>
  ) throws -> CompiledModel {
    let request = Request(shapes: fed.map(\.dimensions), taps: taps)
    let form = try compiled.removeValue(forKey: request) ?? compile(request)
    compiled[request] = form
    if compiled.count > Self.formLimit { compiled.removeFirst() }
    return form
  }

  /// - Throws: `ModelError.operationCount` where a run would have too many operations: of the whole
  ///   batch, which is compiled for a part of it.
  private func compile(_ request: Request) throws -> CompiledModel {
    try model.graph.resolved(for: request.shapes.map { Shape($0) })
      .check(operationLimit: operationLimit)
    return try CompiledModel(
      model, inputs: request.shapes, taps: Array(request.taps), team: team, constants: constants)
  }
}

#endif
