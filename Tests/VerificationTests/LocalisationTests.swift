import OrderedCollections
import ModelGraph
import Testing

@testable import Verification

/// Which call is blamed, and which calls only pass on what is wrong.
@Suite struct LocalisationTests {
  private func fault(_ model: Model, _ golden: Golden) throws -> Fault? {
    try Verifier().verify(model, against: golden).cases[0].fault
  }

  /// The block's golden without some of its calls.
  private func golden(without names: String...) throws -> Golden {
    var golden = try Golden.block()
    for name in names { golden.cases[0].calls[name] = nil }
    return golden
  }

  @Test(arguments: Reference.engines)
  func `a model that agrees has no fault, and nothing flows that is beyond rounding`(
    engine: any Engine
  ) throws {
    let one = try Verifier(engine: engine).verify(Block.model(), against: .block()).cases[0]
    #expect(one.fault == nil)
    #expect(one.calls.allSatisfy { $0.cumulative?.isBeyond == false && !$0.passesOn })
  }

  @Test(arguments: Reference.engines)
  func `the wrong call is told from those that pass it on`(engine: any Engine) throws {
    let verifier = Verifier(engine: engine)
    let one = try verifier.verify(Block.model(epsilon: 1e-3), against: .block()).cases[0]
    #expect(one.fault?.path == "norm")
    #expect(one.fault?.suspects == ["norm"])
    #expect(one.calls.filter(\.passesOn).map(\.path) == ["relu", "second", "add"])
    #expect(one.fault?.passingCount == 3)
    #expect(one.calls[0].cumulative?.isBeyond == false)
    #expect(one.calls[1].cumulative?.isBeyond == true)
  }

  @Test func `the wrong call is described`() throws {
    let fault = try #require(try fault(Block.model(epsilon: 1e-3), .block()))
    #expect(fault.kind == "Standardization")
    #expect(fault.shape == [3, 12])
    #expect(fault.inputs == [Fault.Port(name: "first", shape: [3, 12])])
    #expect(fault.attributes == [Fault.Setting(name: "epsilon", value: "0.001")])
    #expect(
      fault.weights == [
        Fault.Weight(role: "mean", name: "norm/mean", dtype: "float32", shape: [12]),
        Fault.Weight(role: "variance", name: "norm/variance", dtype: "float32", shape: [12]),
      ])
  }

  @Test func `other calls that are wrong by themselves are listed`() throws {
    let fault = try #require(try fault(Block.model(swapsWeights: true), .block()))
    #expect(fault.path == "first")
    #expect(fault.others == ["second"])
  }

  @Test func `what is not recorded is under suspicion too`() throws {
    let model = try Block.model(epsilon: 1e-3)
    #expect(try fault(model, golden(without: "norm"))?.suspects == ["norm", "relu"])
    #expect(
      try fault(model, golden(without: "first", "norm"))?.suspects == ["first", "norm", "relu"])
    // What comes after the first wrong call is not.
    #expect(try fault(model, golden(without: "norm", "second"))?.suspects == ["norm", "relu"])
  }

  @Test func `with inputs and outputs alone every call that leads there is under suspicion`() throws
  {
    let golden = try golden(without: "first", "norm", "relu", "second", "add")
    let fault = try #require(try fault(Block.model(epsilon: 1e-3), golden))
    #expect(fault.path == "add")
    #expect(fault.suspects == ["first", "norm", "relu", "second", "add"])
  }

  @Test func `an output that is wrong by itself blames no call that is right`() throws {
    var golden = try Golden.block()
    golden.cases[0].outputs["add"] = try golden.cases[0].outputs["add"]?.changed { $0[0] += 1 }
    let fault = try #require(try fault(Block.model(), golden))
    #expect(fault.path == "add")
    #expect(fault.suspects.isEmpty)
  }

  @Test func `the explanation names what goes in and what the layer is`() throws {
    let report = try Verifier().verify(Block.model(epsilon: 1e-3), against: .block())
    #expect(
      report.explanation == [
        "  input       first [3, 12]", "  settings    epsilon 0.001",
        "  weight      mean 'norm/mean' [12] float32",
        "  weight      variance 'norm/variance' [12] float32",
        "  passed on   3 calls pass on what is wrong with what is given to them",
      ])
  }
}

/// Whether two classifiers rank alike.
@Suite struct RankingTests {
  private func ranking(_ found: [[Double]], _ standard: [[Double]]) -> CallReport.Ranking? {
    func rows(_ rows: [[Double]]) -> NDArray<Double> {
      NDArray([rows.count, rows[0].count], rows.flatMap(\.self))
    }
    return CallReport.Ranking(found: rows(found), standard: rows(standard))
  }

  @Test func `the first class counts by sample`() {
    let ranking = ranking([[1, 3, 2], [5, 4, 3]], [[0, 9, 1], [4, 5, 3]])
    #expect(ranking == .init(sampleCount: 2, sameFirstCount: 1, sameFiveCount: nil))
  }

  @Test func `the first five count as a set`() {
    let standard = [[6.0, 5, 4, 3, 2, 1, 0], [6, 5, 4, 3, 2, 1, 0]]
    let found = [[6.0, 2, 3, 4, 5, 1, 0], [6, 5, 4, 3, 1, 2, 0]]
    #expect(
      ranking(found, standard) == .init(sampleCount: 2, sameFirstCount: 2, sameFiveCount: 1))
  }

  @Test func `of equal scores the class of the lower number comes first`() {
    #expect(ranking([[1, 1, 0]], [[2, 1, 0]])?.sameFirstCount == 1)
    #expect(ranking([[1, 1, 0]], [[1, 2, 0]])?.sameFirstCount == 0)
  }

  @Test func `what has no classes has no ranking`() {
    #expect(ranking([[1], [2]], [[1], [2]]) == nil)
    let images = NDArray<Double>([1, 2, 2, 3], Array(repeating: 0, count: 12))
    #expect(CallReport.Ranking(found: images, standard: images) == nil)
  }
}
