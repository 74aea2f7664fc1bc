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
    // Items that run at once have one thread each.
    let threadCount = itemCount < team.threadCount ? team.threadCount : 1
    program = try ThreadTeam(threadCount: threadCount).lent {
      let lowered = try Lowering.lower(model, inputs: shapes)
      return try Compiler.compile(Fusion.fused(lowered), constants: constants)
    }
    let count = itemCount < team.threadCount ? 1 : team.threadCount
    workspaces = try (0..<count).map { [program] _ in try Workspace(program) }
  }

  /// Runs the model.
  func run(_ inputs: [NDArray<Float>]) throws -> [NDArray<Float>] {
    var results = emptyResults
    try withAddresses(of: inputs, &results) { items throws in
      if workspaces.count == 1 {
        try team.lent {
          for item in items {
            try unsafe workspaces[0].run(inputs: item.inputs, results: item.results)
          }
        }
      } else {
        try runAtOnce(items)
      }
    }
    return results
  }

  /// Runs items on one thread each.
  private func runAtOnce(_ items: [Item]) throws {
    let next = Atomic(0)
    let failure = Mutex<(any Error)?>(nil)
    team.run { thread in
      WorkTeams.$current.withValue(WorkTeams.Single()) {
        while case let index = next.add(1, ordering: .relaxed).oldValue, index < items.count {
          do {
            try unsafe workspaces[thread].run(
              inputs: items[index].inputs, results: items[index].results)
          } catch {
            failure.withLock { $0 = error }
          }
        }
      }
    }
    if let error = failure.withLock({ $0 }) { throw error }
  }

  /// Runs the model several times, and tells how long each step took.
  func profile(_ inputs: [NDArray<Float>], runs: Int) throws -> RunProfile {
    var recorder = StepClock(stepCount: program.steps.count)
    for run in 0...runs {
      var results = emptyResults
      try withAddresses(of: inputs, &results) { items throws in
        try team.lent {
          recorder.begin()
          for item in items {
            try unsafe workspaces[0].run(inputs: item.inputs, results: item.results) {
              recorder.completed($0)
            }
          }
          // The first run warms up.
          recorder.end(isCounted: run > 0)
        }
      }
    }
    let steps = program.steps.enumerated().map { index, step in
      RunProfile.Step(
        calls: step.calls, name: step.name, seconds: recorder.median(of: index),
        operations: step.operationCount * itemCount)
    }
    return RunProfile(steps: steps, seconds: recorder.medianTotal)
  }
}

// MARK: - Items

extension CompiledModel {
  /// One item of the batch: where it is read, and where its results go.
  @safe fileprivate struct Item: @unchecked Sendable {
    let inputs: [UnsafeRawPointer]
    let results: [UnsafeMutableRawPointer]
  }

  private var emptyResults: [NDArray<Float>] {
    program.outputShapes.map { shape in
      NDArray(repeating: 0, itemCount == 1 ? shape : [itemCount] + shape.dropFirst())
    }
  }

  /// Lends the items' addresses.
  private func withAddresses(
    of inputs: [NDArray<Float>], _ results: inout [NDArray<Float>], _ body: ([Item]) throws -> Void
  ) throws {
    var sources: [UnsafeRawPointer] = unsafe []
    var targets: [UnsafeMutableRawPointer] = unsafe []
    let placeholder = try Buffer(byteCount: 64)
    func borrow(_ index: Int) throws {
      if index < inputs.count {
        try unsafe inputs[index].elements.withUnsafeBytes { bytes in
          unsafe sources.append(bytes.baseAddress ?? UnsafeRawPointer(placeholder.address))
          try borrow(index + 1)
        }
      } else if case let result = index - inputs.count, result < results.count {
        var elements = results[result].elements
        results[result].elements = []
        try unsafe elements.withUnsafeMutableBytes { bytes in
          unsafe targets.append(bytes.baseAddress ?? placeholder.address)
          try borrow(index + 1)
        }
        results[result].elements = elements
      } else {
        let sizes = inputs.map { $0.elements.count * 4 / itemCount }
        let resultSizes = program.outputShapes.map { $0.reduce(4, *) }
        try body(
          (0..<itemCount).map { item in
            unsafe Item(
              inputs: zip(sources, sizes).map { unsafe $0 + item * $1 },
              results: zip(targets, resultSizes).map { unsafe $0 + item * $1 })
          })
      }
    }
    try borrow(0)
  }
}

#endif
