#if OneDNN

internal import ModelGraph
internal import Synchronization

/// A model compiled for inputs of given shapes.
///
/// Where each item of a batch is computed by itself, the model is compiled for a group of them: see
/// `BatchSplit`.
final class CompiledModel: Sendable {
  private let program: Program
  private let team: ThreadTeam
  private let workspaces: [Workspace]
  private let split: BatchSplit
  /// Whether each result is text.
  private let areTexts: [Bool]
  private let constants: ConstantPool
  private let runCount = Atomic(0)
  /// A model that was run so often will be run more often.
  private static let fewRuns = 2

  /// Compiles a model.
  ///
  /// - Parameter taps: The names of tensors that are results as well, behind those of the model.
  /// - Throws: `ModelError` where the graph cannot take the shapes, naming the layer, or a name is
  ///   none.
  init(
    _ model: Model, inputs: [[Int]], taps: [String], team: ThreadTeam, constants: ConstantPool
  ) throws {
    func lowered(_ inputs: [[Int]]) throws -> LoweredModel {
      Fusion.fused(try Lowering.lower(model, inputs: inputs, taps: taps))
    }
    func lowered(itemCount: Int) throws -> LoweredModel {
      try lowered(inputs.map { [itemCount] + $0.dropFirst() })
    }
    self.team = team
    self.constants = constants
    let batch = inputs.first?.first ?? 1
    let whole = try model.graph.resolved()
    areTexts = try whole.areTexts(named: taps)
    var fused: LoweredModel
    if batch > 1, inputs.allSatisfy({ $0.first == batch }),
      try whole.separatesItems(of: whole.outputs + whole.tensors(named: taps))
    {
      fused = try lowered(itemCount: 1)
      split = BatchSplit.groups(of: batch, fused, threadCount: team.threadCount)
      if split.groupSize > 1 { fused = try lowered(itemCount: split.groupSize) }
    } else {
      fused = try lowered(inputs)
      split = .whole(batch)
    }
    defer { constants.trim() }
    // Groups that run at once have one thread each.
    let isAtOnce = split.groupCount >= team.threadCount
    program = try ThreadTeam(threadCount: isAtOnce ? 1 : team.threadCount).lent {
      try Compiler.compile(fused, constants: constants)
    }
    workspaces = try (0..<(isAtOnce ? team.threadCount : 1)).map { [program] _ in
      try Workspace(program)
    }
  }

  /// Runs the model on tensors of float32.
  func run(_ inputs: [Tensor]) throws -> [Tensor] {
    countRun()
    let groups = workspaces.count > 1 ? try runAtOnce(inputs) : try runInTurn(inputs)
    return program.outputShapes.enumerated().map { result, shape in
      let array =
        groups.count > 1
        ? NDArray([shape[0] * groups.count] + shape.dropFirst(), groups.flatMap { $0[result] })
        : NDArray(shape, groups[0][result])
      return Tensor(array, isText: areTexts[result])
    }
  }

  /// Counts a run that begins; after a few, all memory is moved to large pages.
  private func countRun() {
    guard runCount.add(1, ordering: .relaxed).oldValue == Self.fewRuns else { return }
    constants.useLargePages()
    for workspace in workspaces { workspace.useLargePages() }
  }

  /// Runs one group after the other on all threads; the results of each.
  private func runInTurn(_ inputs: [Tensor]) throws -> [[[Float]]] {
    try team.lent {
      try (0..<split.groupCount).map { try workspaces[0].run(inputs, group: $0) }
    }
  }

  /// Runs groups at once, on one thread each; the results of each.
  private func runAtOnce(_ inputs: [Tensor]) throws -> [[[Float]]] {
    let next = Atomic(0)
    let results = Mutex<[Int: Result<[[Float]], any Error>]>([:])
    team.run { thread in
      WorkTeams.$current.withValue(WorkTeams.Single()) {
        while case let group = next.add(1, ordering: .relaxed).oldValue, group < split.groupCount {
          let result = Result { try workspaces[thread].run(inputs, group: group) }
          results.withLock { $0[group] = result }
        }
      }
    }
    return try results.withLock { results in
      try (0..<split.groupCount).compactMap { try results[$0]?.get() }
    }
  }

  /// Runs the model several times, and tells how long each step took.
  func profile(_ inputs: [Tensor], runs: Int) throws -> RunProfile {
    var clock = StepClock(stepCount: program.steps.count)
    try team.lent {
      for run in 0...runs {
        countRun()
        clock.begin()
        for group in 0..<split.groupCount {
          _ = try workspaces[0].run(inputs, group: group) { clock.completed($0) }
        }
        // The first run warms up.
        clock.end(isCounted: run > 0)
      }
    }
    let steps = program.steps.enumerated().map { index, step in
      RunProfile.Step(
        calls: step.calls, name: step.name, seconds: clock.median(of: index),
        operations: step.operationCount * split.groupCount)
    }
    return RunProfile(steps: steps, seconds: clock.medianTotal)
  }
}

#endif
