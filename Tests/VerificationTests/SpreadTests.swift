import OrderedCollections
import ModelGraph
import Testing

@testable import Verification

/// How far rounding may move what the whole model makes is told by what is at hand.
///
/// That is the engine and the golden: neither makes room for itself, and our pass in float64 has the
/// last word.
@Suite struct SpreadTests {
  private let model: Model

  init() throws { model = try Block.model() }

  /// What the model computes in float64, each call rounded to float32.
  ///
  /// - Parameter drift: What is added to all that the first call makes.
  private func golden(drift: Double = 0) throws -> Golden {
    let inputs: OrderedDictionary = ["input": Block.input()]
    var golden = try Golden.recorded(from: model, inputs: inputs)
    var calls: OrderedDictionary<String, Tensor> = [:]
    _ = try ReferenceExecutor<Double>(model).run(inputs.mapValues { try $0.array() }) { visit in
      var made = visit.outputs[0]
      if visit.node.name == "first" { made.elements = made.elements.map { $0 + drift } }
      calls[visit.node.name] = Tensor(made.single)
      return [made.roundedToFloat32]
    }
    golden.cases[0].calls = calls
    golden.cases[0].outputs["add"] = calls["add"]
    return golden
  }

  private func cumulative(
    _ path: String, _ report: VerificationReport
  ) throws -> CallReport.Cumulative {
    try #require(report.cases[0].calls.first { $0.path == path }?.cumulative)
  }

  @Test func `where an engine is our pass in float32, float64 tells how far rounding goes`() throws
  {
    let report = try Verifier(engine: FaultyEngine("", adding: 0)).verify(model, against: golden())
    #expect(report.verdict == .agrees)
    let second = try cumulative("second", report)
    #expect(second.maxAbsolute.value > 0)
    #expect(!second.isBeyond)
  }

  @Test func `an engine of its own rounding agrees as well`() throws {
    let engine = FaultyEngine("Linear") { outputs in
      outputs.map { NDArray($0.dimensions, $0.elements.map(\.nextUp)) }
    }
    let report = try Verifier(engine: engine).verify(model, against: golden())
    #expect(report.verdict == .agrees)
    #expect(try !cumulative("second", report).isBeyond)
  }

  @Test func `an engine that drifts makes no room for itself`() throws {
    // What it makes of the recorded inputs is right, what it makes of its own is not.
    var alone: [[NDArray<Float>]] = []
    let sample = try golden().cases[0]
    let inputs = try sample.inputs.mapValues { try $0.array(Float.self) }
    _ = try ReferenceExecutor<Float>(model).run(inputs) { visit in
      alone.append(visit.outputs)
      return [try #require(sample.calls[visit.node.name]).array()]
    }
    let known = alone
    let engine = FaultyEngine("Linear") { outputs in
      guard !known.contains(where: { $0.map(\.elements) == outputs.map(\.elements) }) else {
        return outputs
      }
      return outputs.map { NDArray($0.dimensions, $0.elements.map { $0 + 0x1p-10 }) }
    }
    let report = try Verifier(engine: engine).verify(model, against: golden())
    #expect(report.cases[0].calls.map(\.verdict) == Array(repeating: .ok, count: 5))
    #expect(try cumulative("second", report).isBeyond)
    #expect(report.cases[0].outputs.map(\.verdict) == [.wrong])
  }

  @Test func `a golden that drifts makes no room for itself`() throws {
    // Less than rounding may do in one call, more than it does.
    let golden = try golden(drift: 2.5e-6)
    let report = try Verifier(engine: FaultyEngine("", adding: 0)).verify(model, against: golden)
    #expect(report.cases[0].calls.map(\.verdict) == Array(repeating: .ok, count: 5))
    #expect(try cumulative("relu", report).isBeyond)
  }
}
