#if OneDNN

import Dispatch
import OneDNNEngine
import OrderedCollections
import Residual
import Synchronization
import TestSupport
import Testing

/// What several threads of a program do at once, which ThreadSanitizer looks at.
@Suite struct ConcurrentUseTests {
  /// Does work on several threads at once, and returns what each made.
  private func onThreads<Made: Sendable>(
    _ count: Int, _ work: @Sendable (Int) throws -> Made
  ) throws -> [Made] {
    let made = Mutex<[Int: Result<Made, any Error>]>([:])
    DispatchQueue.concurrentPerform(iterations: count) { index in
      let result = Result { try work(index) }
      made.withLock { $0[index] = result }
    }
    return try made.withLock(\.self).sorted { $0.key < $1.key }.map { try $0.value.get() }
  }

  private static let engines: [any Engine] = [
    ReferenceEngine(Float.self, threads: 2), OneDNNEngine(threads: 2),
  ]

  private static let digits = Repository.fixture("digits_resnet/keras3.h5")

  /// Inputs of two sizes of batches, so that a session compiles more than once.
  private func inputs(of model: Model, _ index: Int) throws -> OrderedDictionary<String, Tensor> {
    try model.sampleInputs(batchSize: 1 + index % 2)
  }

  private func outputs(
    _ session: any Session, _ inputs: OrderedDictionary<String, Tensor>
  ) throws -> [NDArray<Float>] {
    try session.run(inputs).map { try $0.array(Float.self) }
  }

  @Test(arguments: engines)
  func `a session serves several threads at once`(engine: any Engine) throws {
    let model = try Model(contentsOfFile: Self.digits)
    let session = try engine.session(for: model)
    let made = try onThreads(6) { try outputs(session, inputs(of: model, $0)) }
    for (index, found) in made.enumerated() {
      let alone = try engine.session(for: Model(contentsOfFile: Self.digits))
      #expect(try found == outputs(alone, inputs(of: model, index)))
    }
  }

  @Test(arguments: engines)
  func `sessions of one model run at once`(engine: any Engine) throws {
    let model = try Model(contentsOfFile: Self.digits)
    let made = try onThreads(4) { try outputs(engine.session(for: model), inputs(of: model, $0)) }
    #expect(made[0] == made[2])
    #expect(made[1] == made[3])
  }

  @Test func `models are read, converted and verified at once`() throws {
    let folder = try TemporaryFolder()
    let golden = try Golden(contentsOfFile: Repository.fixture("digits_resnet/keras3.golden.h5"))
    let reports = try onThreads(4) { index in
      let model = try Model(contentsOfFile: Self.digits)
      let converted = folder.file("digits\(index).pb")
      try model.write(toFile: converted)
      return try Verifier().verify(Model(contentsOfFile: converted), against: golden)
    }
    #expect(reports.map(\.verdict) == [.agrees, .agrees, .agrees, .agrees])
  }
}

#endif
