import ModelBuilder
import ModelGraph
import OrderedCollections
import Testing

@testable import Verification

/// Models that make texts, held against texts.
@Suite struct TextVerificationTests {
  private func model(_ vocabulary: [String] = ["one", "three", "é"]) throws -> Model {
    let x = Input(shape: [2], dtype: .int32, name: "x")
    let words = StringLookup(vocabulary, invert: true, name: "words")(x)
    return try Model(
      inputs: x, outputs: [words, StringLookup(vocabulary, name: "again")(words)], name: "model")
  }

  /// What another makes of the places 1, 3, 0 and 1.
  private func golden(
    _ texts: [String], again: [Float] = [1, 3, 0, 1], isRecorded: Bool = true
  ) throws -> Golden {
    let words = try Tensor(texts: texts, [2, 2])
    let numbers = Tensor(NDArray<Float>([2, 2], again))
    let made: OrderedDictionary = ["words": words, "again": numbers]
    return Golden(
      producer: "test", producerVersion: "1",
      cases: [
        GoldenCase(
          name: "some", inputs: ["x": Tensor(NDArray<Float>([2, 2], [1, 3, 0, 1]))],
          outputs: made, calls: isRecorded ? made : [:])
      ])
  }

  @Test(arguments: Reference.engines, [true, false])
  func `the same texts agree, whatever room a file has for them`(
    engine: any Engine, isRecorded: Bool
  ) throws {
    let golden = try golden(["one", "é", "[UNK]", "one"], isRecorded: isRecorded)
    let wide = try #require(try golden.cases[0].outputs["words"]?.texts(ofLength: 9))
    var padded = golden
    padded.cases[0].outputs["words"] = wide
    if isRecorded { padded.cases[0].calls["words"] = wide }
    for golden in [golden, padded] {
      let report = try Verifier(engine: engine).verify(model(), against: golden)
      #expect(report.cases[0].outputs.map(\.verdict) == [.ok, .ok])
      #expect(report.verdict == .agrees)
      // Bytes are no classes.
      #expect(report.cases[0].outputs[0].ranking == nil)
    }
  }

  @Test(arguments: [
    (["one", "e", "[UNK]", "one"], [CallReport.Verdict.wrong, .wrong]),
    (["one", "é", "[UNK]", "on"], [.wrong, .wrong]),
    // What is recorded goes on, and has the same place.
    (["one", "é", "", "one"], [.wrong, .ok]),
    // What the model cannot make does not go on.
    (["one", "é", "[UNK]", "one and more than any"], [.wrong, .ok]),
  ])
  func `another text is wrong, be it by a byte`(
    texts: [String], verdicts: [CallReport.Verdict]
  ) throws {
    let report = try Verifier().verify(model(), against: golden(texts))
    #expect(report.verdict == .differs)
    #expect(report.firstDivergence?.call.path == "words")
    #expect(report.cases[0].calls.map(\.verdict) == verdicts)
  }

  @Test(
    arguments: [
      (IntegerLookup(Array(1000..<1400), unknownCount: 0, name: "made"), 1299, 299, 298),
      (IntegerLookup(Array(1000..<1400), invert: true, name: "made"), 300, 1299, 1298),
    ] as [(IntegerLookup, Float, Float, Float)])
  func `a wrong integer beyond those that every type of numbers has rests on no step`(
    layer: IntegerLookup, given: Float, right: Float, wrong: Float
  ) throws {
    let x = Input(shape: [1], dtype: .int32, name: "x")
    let model = try Model(inputs: x, outputs: layer(x))
    func column(_ element: Float) -> Tensor { Tensor(NDArray([1, 1], [element])) }
    for (recorded, verdict) in [(right, VerificationReport.Verdict.agrees), (wrong, .differs)] {
      let made: OrderedDictionary = ["made": column(recorded)]
      let golden = Golden(
        producer: "test", producerVersion: "1",
        cases: [GoldenCase(name: "some", inputs: ["x": column(given)], outputs: made, calls: made)])
      #expect(try Verifier().verify(model, against: golden).verdict == verdict)
    }
  }

  @Test func `texts are recorded as texts`() throws {
    var calls: OrderedDictionary<String, Tensor> = [:]
    let made = try GoldenRecorder(model()).record(
      ["x": Tensor(NDArray<Float>([1, 2], [1, 2]))]
    ) { calls[$0] = $1 }
    let expected = ["one", "three"].map { Array($0.utf8) }
    #expect(try calls["words"]?.texts() == expected)
    #expect(try made.outputs["words"]?.texts() == expected)
    #expect(try made.outputs["again"]?.texts() == nil)
  }

  @Test func `two models are compared text by text, whatever room each has for them`() throws {
    let first = try model(["one", "two"])
    let longer = try Verifier().compare(first, with: model(["one", "two", "and a longer one"]))
    #expect(longer.run.comparedCount == 2 && longer.run.differences.isEmpty)
    let other = try Verifier().compare(first, with: model(["one", "twofold"]))
    let found = try #require(other.run.differences.first { $0.call.first == "words" })
    #expect(found.firstShape == [2, 2, 7] && found.secondShape == [2, 2, 7])
    #expect(found.verdict == .differs)
  }
}
