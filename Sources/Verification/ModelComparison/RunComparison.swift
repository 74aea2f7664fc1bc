internal import OrderedCollections
internal import ModelGraph

/// Runs two models on the same inputs and compares what the calls that they share make.
struct RunComparison {
  typealias Run = ComparisonReport.Run

  let first: ComparedModel
  let second: ComparedModel
  let inputPairs: [(first: Int, second: Int)]
  /// The calls that are the same, in the first model's order of running.
  let callPairs: [(first: Int, second: Int)]
  let engine: any Engine
  let tolerance: Tolerance?
  let operationLimit: Int

  /// What a pair of outputs gave, before rounding is asked for.
  private struct Found {
    var call: (first: Int, second: Int)
    var difference: ComparisonReport.CallDifference
  }

  /// What both models can be fed, by the names of the first one's inputs; empty where something
  /// stands in the way of running them.
  ///
  /// - Throws: ``VerificationError`` where a size is not known, or an input would be too large.
  func sampleInputs(
    batchSize: Int, size: Int?, seed: UInt64
  ) throws -> OrderedDictionary<String, Tensor> {
    guard obstacle == nil else { return [:] }
    return try first.model.sampleInputs(batchSize: batchSize, size: size, seed: seed)
  }

  /// Runs both models on the same inputs.
  ///
  /// Where a model cannot be run the report says why.
  ///
  /// - Throws: What reading weights throws.
  func run(
    on inputs: OrderedDictionary<String, Tensor>, progress: (String, Int) -> Void
  ) throws -> Run {
    var run = Run()
    if let obstacle {
      run.failure = obstacle.description
      return run
    }
    run.inputs = inputs.map { Run.Feed(name: $0, shape: $1.dimensions) }
    do {
      try compare(inputs, into: &run, progress)
    } catch let error as ModelError {
      run.failure = "\(error)"
    } catch let error as VerificationError {
      run.failure = "\(error)"
    }
    return run
  }

  // MARK: - What stands in the way

  /// Why the models cannot be run on the same inputs.
  private enum Obstacle: CustomStringConvertible {
    case inputCount(Int, Int)
    case inputShape(String, Shape, Shape)
    case unsupported(String, [UnsupportedLayer])

    var description: String {
      switch self {
      case .inputCount(let first, let second): "A has \(first) inputs, B \(second)"
      case .inputShape(let name, let first, let second):
        "input '\(name)' has shape \(first) in A, \(second) in B"
      case .unsupported(let model, let layers): "in \(model) \(ModelError.unsupported(layers))"
      }
    }
  }

  private var obstacle: Obstacle? {
    let graphs = (first.model.graph, second.model.graph)
    for (model, graph) in [("A", graphs.0), ("B", graphs.1)]
    where !graph.unsupportedLayers.isEmpty {
      return .unsupported(model, graph.unsupportedLayers)
    }
    guard graphs.0.inputs.count == graphs.1.inputs.count else {
      return .inputCount(graphs.0.inputs.count, graphs.1.inputs.count)
    }
    let shapes = (first.inputShapes, second.inputShapes)
    for pair in inputPairs where shapes.0[pair.first] != shapes.1[pair.second] {
      return .inputShape(
        first.inputNames[pair.first], shapes.0[pair.first], shapes.1[pair.second])
    }
    return nil
  }

  // MARK: - Running

  private func compare(
    _ fed: OrderedDictionary<String, Tensor>, into run: inout Run,
    _ progress: (String, Int) -> Void
  ) throws {
    var others: OrderedDictionary<String, Tensor> = [:]
    for pair in inputPairs { others[second.inputNames[pair.second]] = fed.values[pair.first] }
    try checkOperations(of: first, fed)
    try checkOperations(of: second, others)
    var lockstep = Lockstep(
      try CallRunner(first, engine: engine, inputs: fed),
      try CallRunner(second, engine: engine, inputs: others), pairs: callPairs)
    var found: [Found] = []
    // What was found counts, also where a call cannot be run.
    defer { run.differences = found.map(\.difference) }
    var completed = 0
    try lockstep.run { visit in
      for output in 0..<min(visit.first.outputs.count, visit.second.outputs.count) {
        run.comparedCount += 1
        if let difference = difference(visit, output) {
          found.append(Found(call: (visit.first.call, visit.second.call), difference: difference))
        } else {
          run.equalCount += 1
        }
      }
      completed += 1
      progress(first.calls[visit.first.call].entry.path, completed)
    }
    if tolerance == nil, found.contains(where: { $0.difference.verdict == .differs }) {
      try allowRounding(&found, fed, others)
    }
  }

  /// Checks before the first call is run what all of them come to.
  private func checkOperations(
    of model: ComparedModel, _ fed: OrderedDictionary<String, Tensor>
  ) throws(ModelError) {
    let graph = model.model.graph
    try graph.resolved(for: graph.fed(fed).map(\.shape))
      .check(operationLimit: operationLimit)
  }

  /// What is found of an output, or `nil` where it is equal in both models.
  private func difference(
    _ visit: Lockstep.Visit, _ output: Int
  ) -> ComparisonReport.CallDifference? {
    var (left, right) = (visit.first.outputs[output], visit.second.outputs[output])
    let calls = (first.calls[visit.first.call].entry, second.calls[visit.second.call].entry)
    if [calls.0, calls.1].allSatisfy({ $0.outputTypes[output]?.isText == true }) {
      // Each model has room for its longest text.
      let length = max(left.dimensions.last ?? 0, right.dimensions.last ?? 0)
      (left, right) = (left.texts(ofLength: length), right.texts(ofLength: length))
    }
    var difference = ComparisonReport.CallDifference(
      call: .init(calls.0, calls.1),
      output: output, firstShape: left.dimensions, secondShape: right.dimensions,
      verdict: .differs)
    guard left.dimensions == right.dimensions else { return difference }
    var count = DifferenceCount(tolerance: tolerance, dtype: .float32)
    count.add(left.elements, right.elements)
    guard count.differentCount > 0 || count.nanCount > 0 else { return nil }
    difference.statistics = count.statistics(left.dimensions)
    if count.beyondCount > 0 {
      difference.verdict = .differs
    } else {
      difference.verdict = count.nanCount > 0 ? .unchecked : .rounding
    }
    return difference
  }

  /// Allows what rounding explains: at each call, as many times what float32 and float64 differ by
  /// in either model as ``Tolerance/growthFactor`` says.
  private func allowRounding(
    _ found: inout [Found], _ fed: OrderedDictionary<String, Tensor>,
    _ others: OrderedDictionary<String, Tensor>
  ) throws {
    let spreads = (try spreads(of: first, fed), try spreads(of: second, others))
    for index in found.indices {
      let call = found[index].call
      let output = found[index].difference.output
      let spread = max(spreads.0[call.first]?[output] ?? 0, spreads.1[call.second]?[output] ?? 0)
      let allowed = Tolerance(absolute: 0, relative: 0).grown(by: spread, source: .float32).absolute
      found[index].difference.allowed = ReportedNumber(allowed)
      guard let statistics = found[index].difference.statistics,
        found[index].difference.verdict == .differs, statistics.maxAbsolute.value <= allowed
      else { continue }
      found[index].difference.verdict = .rounding
    }
  }

  /// How far float32 and float64 are apart at each output of each call of a model.
  private func spreads(
    of model: ComparedModel, _ fed: OrderedDictionary<String, Tensor>
  ) throws -> [Int: [Double]] {
    var lockstep = Lockstep(
      try CallRunner(model, engine: reference(Float.self), inputs: fed),
      try CallRunner(model, engine: reference(Double.self), inputs: fed),
      pairs: model.calls.indices.map { ($0, $0) })
    var spreads: [Int: [Double]] = [:]
    try lockstep.run { visit in
      spreads[visit.first.call] = zip(visit.first.outputs, visit.second.outputs).map {
        largestFiniteDifference($0.elements, $1.elements)
      }
    }
    return spreads
  }

  private func reference<Scalar: ReferenceScalar>(_: Scalar.Type) -> ReferenceEngine<Scalar> {
    ReferenceEngine(Scalar.self, operationLimit: operationLimit)
  }
}

/// The largest difference of elements that are finite in both.
private func largestFiniteDifference(_ left: [Double], _ right: [Double]) -> Double {
  var largest = 0.0
  for (a, b) in zip(left, right) {
    let difference = abs(a - b)
    if difference.isFinite { largest = max(largest, difference) }
  }
  return largest
}

extension NDArray<Double> {
  /// The same texts in so many bytes each, no fewer than they have.
  fileprivate func texts(ofLength length: Int) -> NDArray {
    let own = dimensions.last ?? 0
    guard own < length else { return self }
    let rows = stride(from: 0, to: elements.count, by: Swift.max(own, 1)).flatMap {
      elements[$0..<$0 + own] + repeatElement(0, count: length - own)
    }
    return NDArray(dimensions.dropLast() + [length], rows)
  }
}
