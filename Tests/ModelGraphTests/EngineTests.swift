import ModelBuilder
import Glibc
import OrderedCollections
import ModelGraph
import Synchronization
import Testing

@Suite struct EngineTests {
  private func model() throws -> Model {
    let input = Input(shape: [6, 6, 3], name: "image")
    let features = Conv2D(4, kernelSize: (3, 3), activation: .relu, name: "conv")(input)
    let pooled = GlobalAveragePooling2D(name: "pool")(features)
    return try Model(inputs: input, outputs: [Dense(5, name: "dense")(pooled), pooled], seed: 1)
  }

  private func image(_ count: Int) -> OrderedDictionary<String, Tensor> {
    let elements = (0..<count * 108).map { Float($0 % 17) / 17 - 0.4 }
    return ["image": Tensor(NDArray([count, 6, 6, 3], elements))]
  }

  @Test func `a session runs a model on batches of any size`() throws {
    let model = try model()
    let session = try ReferenceEngine(Float.self).session(for: model)
    for count in [1, 3, 2] {
      let outputs = try session.run(image(count))
      #expect(outputs.map(\.dimensions) == [[count, 5], [count, 4]])
      let executor = try ReferenceExecutor<Float>(model)
      let expected = try executor.run(image(count).mapValues { try $0.array() })
      #expect(try outputs.map { try $0.array(Float.self) } == expected)
    }
  }

  @Test func `an engine says what it computes in, and so do its outputs`() throws {
    let engines: [any Engine] = [ReferenceEngine(Float.self), ReferenceEngine(Double.self)]
    #expect(engines.map(\.name) == ["reference float32", "reference float64"])
    for engine in engines {
      let outputs = try engine.session(for: model()).run(image(1))
      #expect(outputs.map(\.dtype) == [engine.dtype, engine.dtype])
    }
  }

  @Test func `threads do not change what is computed`() throws {
    let engines = [nil, 1, 3].map { ReferenceEngine(Float.self, threads: $0) }
    let outputs = try engines.map { engine in
      try engine.session(for: model()).run(image(9)).map { try $0.array(Float.self) }
    }
    #expect(outputs[0] == outputs[1])
    #expect(outputs[0] == outputs[2])
  }

  @Test func `an engine uses as many threads as it is told to`() throws {
    let input = Input(shape: [64], name: "x")
    let model = try Model(inputs: input, outputs: ThreadCount(name: "count")(input))
    let inputs: OrderedDictionary = ["x": Tensor(NDArray<Float>(repeating: 0, [1, 64]))]
    for threads in [1, 5] {
      let session = try ReferenceEngine(Float.self, threads: threads).session(for: model)
      #expect(try session.run(inputs)[0].array(Float.self).elements[0] == Float(threads))
    }
  }

  @Test(arguments: [1, 2, 3, 8], [0, 1, 2, 7])
  func `a team does each part once, on its threads`(threads: Int, count: Int) {
    let parts = Mutex<[Int]>([])
    let workers = Mutex<Set<pthread_t>>([])
    WorkTeams.Several(threadCount: threads).perform(count) { part in
      parts.withLock { $0.append(part) }
      _ = workers.withLock { $0.insert(pthread_self()) }
    }
    #expect(parts.withLock { $0.sorted() } == Array(0..<count))
    #expect(workers.withLock { $0.count } <= threads)
  }

  @Test(arguments: [1, 2, 5])
  func `a profile has a step for each call, in order`(runs: Int) throws {
    let session = try ReferenceEngine(Float.self).session(for: model())
    let profile = try session.profile(image(2), runs: runs)
    #expect(profile.steps.map { $0.calls.map(\.description) } == [["conv"], ["pool"], ["dense"]])
    #expect(profile.steps.map(\.name) == Array(repeating: "reference", count: 3))
    #expect(profile.steps.map(\.operations) == [2 * 16 * 4 * 27 * 2, 2 * 16 * 4, 2 * 5 * 4 * 2])
    #expect(profile.steps.allSatisfy { $0.seconds > 0 && $0.seconds <= profile.seconds })
  }

  @Test func `a profile gives each call its own time`() throws {
    let input = Input(shape: [4], name: "x")
    let made = Nap(name: "nap")(Nap(name: "start", seconds: 0)(input))
    let model = try Model(inputs: input, outputs: Nap(name: "end", seconds: 0)(made))
    let profile = try ReferenceEngine(Float.self).session(for: model)
      .profile(["x": Tensor(NDArray<Float>(repeating: 0, [1, 4]))], runs: 1)
    #expect(profile.steps.map(\.seconds).max() == profile.steps[1].seconds)
    #expect(profile.steps[1].seconds >= 0.05)
  }

  @Test func `a median is the middle, or between the two`() {
    #expect([3.0, 1, 2].median == 2)
    #expect([4.0, 1, 2, 3].median == 2.5)
    #expect([Double]().median == 0)
  }

  @Test func `what cannot be run is refused before it is`() throws {
    let session = try ReferenceEngine(Float.self).session(for: model())
    #expect(throws: ModelError.feedMissing("image")) { try session.run([:]) }
    #expect(throws: ModelError.self) {
      try session.profile(["image": Tensor(NDArray<Float>(repeating: 0, [1, 6]))], runs: 1)
    }
  }
}

/// Makes each element the number of threads.
private struct ThreadCount: UnaryLayer {
  static let kind = "ThreadCount"
  var declaration: LayerDeclaration
  var attributes: Attributes { [:] }

  init(name: String) { declaration = LayerDeclaration(name: name) }
  init(attributes: Attributes) throws(ModelError) { declaration = LayerDeclaration() }

  func define(
    _ x: Definition.Value, in definition: inout Definition
  ) throws(ModelError) -> Definition.Value {
    try definition.apply(
      Trick { Array(repeating: Double(WorkTeams.current.threadCount), count: $0.count) }, to: x)
  }
}

/// Does something else with the elements, and passes them on.
private struct Trick: Movement {
  let body: @Sendable ([Double]) -> [Double]

  func results(for inputs: [TensorType]) throws(ModelError) -> [TensorType] { inputs }

  func values<Scalar: ReferenceScalar>(_ inputs: [NDArray<Scalar>]) -> [NDArray<Scalar>] {
    inputs.map { input in
      NDArray(input.dimensions, body(input.elements.map { Double($0) }).map { Scalar($0) })
    }
  }
}

/// Takes its time.
private struct Nap: UnaryLayer {
  static let kind = "Nap"
  var declaration = LayerDeclaration()
  var attributes: Attributes { [:] }
  var seconds = 0.0

  init(name: String, seconds: Double = 0.05) {
    declaration = LayerDeclaration(name: name)
    self.seconds = seconds
  }
  init(attributes: Attributes) throws(ModelError) {}

  func define(
    _ x: Definition.Value, in definition: inout Definition
  ) throws(ModelError) -> Definition.Value {
    let seconds = seconds
    return try definition.apply(
      Trick { elements in
        usleep(UInt32(seconds * 1e6))
        return elements
      }, to: x)
  }
}
