internal import OrderedCollections
public import ModelLayers

/// Runs models by the definitions of their layers.
public struct ReferenceEngine<Scalar: ReferenceScalar>: Engine {
  private let team: (any WorkTeam)?
  private let operationLimit: Int

  /// Makes an engine of the given precision.
  ///
  /// - Parameters:
  ///   - threads: How many threads it uses at once; by default as many as there are cores.
  ///   - operationLimit: The most operations that a run may have.
  public init(
    _: Scalar.Type = Scalar.self, threads: Int? = nil,
    operationLimit: Int = RunLimit.operationCount
  ) {
    self.operationLimit = operationLimit
    team = threads.map(WorkTeams.Several.init)
  }

  /// The engine's name.
  public var name: String { "reference \(Scalar.dtype.rawValue)" }

  /// The given precision.
  public var dtype: DType { Scalar.dtype }

  /// Makes a model ready to run; weights are read when they are first needed.
  public func session(for model: Model) throws -> any Session {
    ReferenceSession(
      executor: try ReferenceExecutor<Scalar>(model, operationLimit: operationLimit), team: team)
  }
}

/// A model that is run by the definitions of its layers.
private struct ReferenceSession<Scalar: ReferenceScalar>: Session {
  let executor: ReferenceExecutor<Scalar>
  let team: (any WorkTeam)?

  var outputNames: [String] { executor.model.graph.outputNames }

  func run(_ inputs: OrderedDictionary<String, Tensor>, taps: [String]) throws -> TappedRun {
    try WorkTeams.$current.withValue(team ?? WorkTeams.current) {
      let names = OrderedSet(taps)
      _ = try executor.model.graph.fed(inputs)
      let fed = try inputs.mapValues { try $0.array(Scalar.self) }
      let made = try executor.run(fed, taps: Array(names))
      let areTexts = try executor.resolution(for: fed).areTexts(named: Array(names))
      let tensors = zip(made.outputs + made.taps, areTexts).map { Tensor($0, isText: $1) }
      return TappedRun(
        outputs: Array(tensors.prefix(made.outputs.count)),
        taps: OrderedDictionary(
          uniqueKeysWithValues: zip(names, tensors.dropFirst(made.outputs.count))))
    }
  }

  func profile(_ inputs: OrderedDictionary<String, Tensor>, runs: Int) throws -> RunProfile {
    _ = try executor.model.graph.fed(inputs)
    let arrays = try inputs.mapValues { try $0.array(Scalar.self) }
    return try WorkTeams.$current.withValue(team ?? WorkTeams.current) { try profile(arrays, runs) }
  }

  private func profile(
    _ arrays: OrderedDictionary<String, NDArray<Scalar>>, _ runs: Int
  ) throws -> RunProfile {
    var steps: [RunProfile.Step] = []
    _ = try executor.run(arrays) { visit in
      let operations = try visit.definition.operationCount()
      steps.append(
        .init(calls: [visit.path], name: "reference", seconds: 0, operations: operations))
      return visit.outputs
    }
    let clock = ContinuousClock()
    var stepTimes = [[Double]](repeating: [], count: steps.count)
    var wholeTimes: [Double] = []
    for _ in 0..<max(1, runs) {
      let start = clock.now
      var last = start
      var step = 0
      _ = try executor.run(arrays) { visit in
        // Computed here, not before.
        let outputs = visit.outputs
        let now = clock.now
        stepTimes[step].append((now - last) / .seconds(1))
        last = now
        step += 1
        return outputs
      }
      wholeTimes.append((clock.now - start) / .seconds(1))
    }
    for step in steps.indices { steps[step].seconds = stepTimes[step].median }
    return RunProfile(steps: steps, seconds: wholeTimes.median)
  }
}
