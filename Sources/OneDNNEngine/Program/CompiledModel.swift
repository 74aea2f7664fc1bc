#if OneDNN

internal import ResidualGraph
internal import Synchronization

/// A model compiled for inputs of given shapes.
///
/// Where each item of a batch is computed by itself, the model is compiled for one item: items
/// are run one after the other, or on one thread each. That keeps tensors in the caches, and
/// threads need not wait for each other.
final class CompiledModel: Sendable {
  private let program: Program
  private let team: ThreadTeam
  private let workspaces: [Workspace]
  /// How many items are run one by one; 1 where the program runs the whole batch.
  private let itemCount: Int

  /// Compiles a model.
  ///
  /// - Throws: `ModelError` where the graph cannot take the shapes, naming the layer.
  init(
    _ model: Model, inputs: [[Int]], team: ThreadTeam, constants: ConstantPool
  ) throws {
    self.team = team
    let batch = inputs.first?.first ?? 1
    let isSeparable =
      batch > 1 && inputs.allSatisfy { $0.first == batch } && model.graph.separatesBatch
    itemCount = isSeparable ? batch : 1
    let shapes = isSeparable ? inputs.map { [1] + $0.dropFirst() } : inputs
    defer { constants.trim() }
    // Items that run at once have one thread each.
    let isAtOnce = itemCount >= team.threadCount
    program = try ThreadTeam(threadCount: isAtOnce ? 1 : team.threadCount).lent {
      let lowered = try Lowering.lower(model, inputs: shapes)
      return try Compiler.compile(Fusion.fused(lowered), constants: constants)
    }
    workspaces = try (0..<(isAtOnce ? team.threadCount : 1)).map { [program] _ in
      try Workspace(program)
    }
  }

  /// Runs the model on tensors of float32.
  func run(_ inputs: [Tensor]) throws -> [Tensor] {
    let items = workspaces.count > 1 ? try runAtOnce(inputs) : try runInTurn(inputs)
    return program.outputShapes.enumerated().map { result, shape in
      let shape = itemCount == 1 ? shape : [itemCount] + shape.dropFirst()
      return Tensor(NDArray(shape, items.flatMap { $0[result] }))
    }
  }

  /// Runs one item after the other on all threads; the results of each.
  private func runInTurn(_ inputs: [Tensor]) throws -> [[[Float]]] {
    try team.lent {
      try (0..<itemCount).map { try workspaces[0].run(inputs, item: $0) }
    }
  }

  /// Runs items at once, on one thread each; the results of each.
  private func runAtOnce(_ inputs: [Tensor]) throws -> [[[Float]]] {
    let next = Atomic(0)
    let results = Mutex<[Int: Result<[[Float]], any Error>]>([:])
    team.run { thread in
      WorkTeams.$current.withValue(WorkTeams.Single()) {
        while case let item = next.add(1, ordering: .relaxed).oldValue, item < itemCount {
          let result = Result { try workspaces[thread].run(inputs, item: item) }
          results.withLock { $0[item] = result }
        }
      }
    }
    return try results.withLock { results in
      try (0..<itemCount).compactMap { try results[$0]?.get() }
    }
  }

  /// Runs the model several times, and tells how long each step took.
  func profile(_ inputs: [Tensor], runs: Int) throws -> RunProfile {
    var clock = StepClock(stepCount: program.steps.count)
    try team.lent {
      for run in 0...runs {
        clock.begin()
        for item in 0..<itemCount {
          _ = try workspaces[0].run(inputs, item: item) { clock.completed($0) }
        }
        // The first run warms up.
        clock.end(isCounted: run > 0)
      }
    }
    let steps = program.steps.enumerated().map { index, step in
      RunProfile.Step(
        calls: step.calls, name: step.name, seconds: clock.median(of: index),
        operations: step.operationCount * itemCount)
    }
    return RunProfile(steps: steps, seconds: clock.medianTotal)
  }
}

#endif
