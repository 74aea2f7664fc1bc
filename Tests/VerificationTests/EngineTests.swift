import OrderedCollections
import ModelGraph
import Synchronization
import Testing

@testable import Verification

@Suite struct EngineTests {
  private func verdicts(_ report: VerificationReport) -> [String] {
    (report.cases[0].calls + report.cases[0].outputs).map { call in
      "\(call.path) \(call.verdict)" + (call.reason.map { " \($0)" } ?? "")
        + (call.isCumulative ? " cumulative" : "")
    }
  }

  private let agreeing = [
    "first ok", "norm ok", "relu ok", "second ok", "add ok", "add ok cumulative",
  ]

  // MARK: - Against a golden

  @Test func `a sound engine agrees with a golden`() throws {
    let engine = FaultyEngine("", adding: 0)
    let report = try Verifier(engine: engine).verify(Block.model(), against: .block())
    #expect(verdicts(report) == agreeing)
    #expect(report.engine == "faulty")
    #expect(!report.isAgainstReference)
  }

  @Test(arguments: ["Linear", "Standardization", "Rectifier", "Sum"])
  func `a fault of the engine in one kind of layer is found at its calls`(kind: String) throws {
    let model = try Block.model()
    let engine = FaultyEngine(kind, adding: 0.01)
    let golden = try Verifier(engine: engine).verify(model, against: .block())
    let reference = try Verifier(engine: engine).verify(
      model, againstReferenceOn: model.sampleInputs())
    for report in [golden, reference] {
      let wrong = report.cases[0].calls.filter { $0.verdict == .wrong }
      #expect(Set(wrong.map(\.kind)) == [kind])
      #expect(wrong.count == (kind == "Linear" ? 2 : 1))
      #expect(wrong.allSatisfy { $0.statistics?.wrongCount == 1 })
      #expect(report.cases[0].outputs.map(\.verdict) == [.wrong])
      #expect(report.firstDivergence?.call.kind == kind)
      #expect(report.verdict == .differs)
    }
  }

  @Test func `a fault of the engine in a call that is not recorded shows at the next one`() throws {
    var golden = try Golden.block()
    golden.cases[0].calls["norm"] = nil
    let engine = FaultyEngine("Standardization") { outputs in
      outputs.map { NDArray($0.dimensions, $0.elements.map { $0 + 0.01 }) }
    }
    let report = try Verifier(engine: engine).verify(Block.model(), against: golden)
    #expect(
      verdicts(report) == [
        "first ok", "norm unchecked missing", "relu wrong cumulative", "second ok", "add ok",
        "add wrong cumulative",
      ])
  }

  @Test func `each call is run by itself and in its turn, and the whole once, on float32`() throws {
    let model = try Block.model()
    let engine = FaultyEngine("", adding: 0)
    _ = try Verifier(engine: engine).verify(model, againstReferenceOn: model.sampleInputs())
    let log = engine.log.withLock { $0 }
    let names = ["first", "norm", "relu", "second", "add"]
    // The first two go on at the same time.
    let alone = log.filter { $0.calls.count == 1 }.flatMap(\.calls)
    #expect(alone.sorted() == (names + names).sorted())
    #expect(log.map(\.calls).filter { $0.count > 1 } == [names])
    #expect(log.allSatisfy { $0.fed.allSatisfy { $0 == .float32 } })
  }

  // MARK: - Against the reference

  @Test func `the reference in float32 agrees with that in float64`() throws {
    let model = try Block.model()
    let verifier = Verifier(engine: ReferenceEngine(Float.self))
    let report = try verifier.verify(model, againstReferenceOn: model.sampleInputs())
    #expect(verdicts(report) == agreeing)
    #expect(report.producer == "reference float64")
    #expect(report.engine == "reference float32")
    #expect(report.isAgainstReference)
    #expect(report.cases[0].description == "input [2, 12]")
    // It rounds, so both were really computed; what rounds nothing gets the same numbers.
    let differences = report.cases[0].calls.map { $0.statistics?.maxAbsolute ?? -1 }
    #expect(differences[1] > 0)
    #expect(differences[2] == 0)
  }

  @Test func `an engine may err by some units, not by more than float32 can`() throws {
    let model = try Block.model()
    func verdict(units: Float) throws -> CallReport.Verdict {
      let verifier = Verifier(engine: FaultyEngine("Linear", adding: units * 0x1p-24))
      let report = try verifier.verify(model, againstReferenceOn: model.sampleInputs())
      return report.cases[0].calls[0].verdict
    }
    #expect(try verdict(units: 4) == .ok)
    // 13 terms of magnitude below 1 each may err by less than 13·13 units.
    #expect(try verdict(units: 180) == .wrong)
  }

  @Test func `numbers that both get as they are do not count as rounded`() {
    let length = 10
    let same = Tolerance(
      length: length, source: .float64, stored: .float64, own: .float32, given: .float32)
    let exact =
      RoundingBound<Double>.worstCase(length, 0x1p-24)
      + RoundingBound<Double>.worstCase(length, 0x1p-53)
    #expect(abs(same.worst / exact - 1) < 1e-12)
    let rounded = Tolerance(
      length: length, source: .float64, stored: .float64, own: .float32, given: .float64)
    #expect(rounded.worst > RoundingBound<Double>.worstCase(length + 2, 0x1p-24))
    #expect(
      Tolerance(length: 0, source: .float64, stored: .float64, own: .float32, given: .float32)
        .inputs == 0)
  }

  @Test func `the sentence says what the engine was held against`() throws {
    let model = try Block.model()
    let verifier = Verifier(
      engine: FaultyEngine("Rectifier") { outputs in
        outputs.map { NDArray(repeating: 0.5, $0.dimensions) }
      })
    let inputs: OrderedDictionary = ["input": Tensor(NDArray<Float>(repeating: 0, [1, 12]))]
    let sentence = try verifier.verify(model, againstReferenceOn: inputs).conclusion
    #expect(
      sentence.hasPrefix(
        "differs: case 'sample', call 'relu' (Rectifier) is the first to diverge: at [0, "))
    #expect(sentence.contains(" the reference has "))
    #expect(sentence.contains(", the engine 0.5, and rounding allows "))
  }

  // MARK: - Engines that break the rules

  @Test func `an output of another shape is wrong, and the next call is checked`() throws {
    let model = try Block.model()
    let engine = FaultyEngine("Standardization") { outputs in
      outputs.map { $0.reshaped($0.dimensions.reversed()) }
    }
    let golden = try Verifier(engine: engine).verify(model, against: .block())
    #expect(verdicts(golden)[...3] == ["first ok", "norm wrong shape", "relu ok", "second ok"])
    let reference = try Verifier(engine: engine).verify(
      model, againstReferenceOn: model.sampleInputs())
    #expect(verdicts(reference)[...3] == ["first ok", "norm wrong shape", "relu ok", "second ok"])
    #expect(
      reference.conclusion
        == "differs: case 'sample', call 'norm' (Standardization) is the first to diverge: has "
        + "shape [12, 2], the reference [2, 12]")
  }

  @Test func `an engine that makes too few outputs is told of`() throws {
    let model = try Block.model()
    let verifier = Verifier(engine: FaultyEngine("Rectifier") { _ in [] })
    let error = #expect(throws: VerificationError.self) {
      try verifier.verify(model, againstReferenceOn: model.sampleInputs())
    }
    #expect(
      error.map(String.init(describing:))
        == "'relu': the engine makes 0 outputs; expected 1")
  }
}
