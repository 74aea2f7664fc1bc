import OrderedCollections
import ModelGraph
import Testing

@testable import Verification

/// A small model round a fault, with which anybody can see it.
@Suite struct ReproducerTests {
  /// The reproducer of the first fault, and what is found of it and of the whole.
  private func reproducer(
    _ model: Model, _ golden: Golden, sample: Int? = nil
  ) throws -> (model: Model, whole: Fault, part: VerificationReport.Case) {
    let whole = try Verifier().verify(model, against: golden).cases[0]
    let fault = try #require(whole.fault)
    let cut = try #require(
      try model.reproducer(of: fault, against: golden, case: whole.name, sample: sample))
    return (cut, fault, try Verifier().verify(cut, against: cut.goldens[0]).cases[0])
  }

  @Test func `one call is cut out with what was recorded round it`() throws {
    let model = try Block.model(epsilon: 1e-3)
    let golden = try Golden.block()
    let (cut, fault, part) = try reproducer(model, golden)
    #expect(Array(cut.graph.layers.keys) == ["first", "norm"])
    #expect(Array(cut.tensors.keys) == ["norm/mean", "norm/variance"])
    #expect(part.fault?.path == "norm")
    let call = try Verifier().verify(model, against: golden).cases[0].calls
      .first { $0.path == fault.path }
    #expect(part.calls.map(\.statistics) == [call?.statistics])
    #expect(part.outputs.map(\.verdict) == [.wrong])
  }

  @Test func `a part is not another model, though none of its weights are the golden's`() throws {
    var golden = try Golden.block()
    golden.weightDigests = try Block.model().weightDigests()
    let right = try Block.model()
    var tensors = right.tensors
    for name in ["norm/mean", "norm/variance"] {
      tensors[name] = try tensors[name]?.changed { $0[0] += 0.5 }
    }
    let (cut, _, part) = try reproducer(Model(graph: right.graph, tensors: tensors), golden)
    #expect(Array(cut.tensors.keys) == ["norm/mean", "norm/variance"])
    #expect(part.fault?.path == "norm")
  }

  @Test func `a model that is made good again agrees`() throws {
    let (cut, _, _) = try reproducer(Block.model(epsilon: 1e-3), .block())
    let good = try Block.model()
    let node = try #require(good.graph.layers["norm"])
    let layers = cut.graph.layers.values.map { $0.name == "norm" ? node : $0 }
    let mended = try Model(
      graph: Graph(
        name: "mended", form: .functional, layers: Array(layers), calls: cut.graph.calls,
        inputs: cut.graph.inputs, outputs: cut.graph.outputs), tensors: cut.tensors)
    #expect(try Verifier().verify(mended, against: cut.goldens[0]).verdict == .agrees)
  }

  @Test func `all calls under suspicion are cut out together`() throws {
    var golden = try Golden.block()
    golden.cases[0].calls["first"] = nil
    let (cut, fault, part) = try reproducer(Block.model(epsilon: 1e-3), golden)
    #expect(fault.suspects == ["first", "norm"])
    #expect(Array(cut.graph.layers.keys) == ["input", "first", "norm"])
    #expect(part.fault?.suspects == ["first", "norm"])
  }

  @Test func `without recorded calls all that leads to the output is cut out`() throws {
    var golden = try Golden.block()
    golden.cases[0].calls = [:]
    let (cut, _, part) = try reproducer(Block.model(epsilon: 1e-3), golden)
    #expect(cut.graph.layers.count == 6)
    #expect(part.outputs.map(\.verdict) == [.wrong])
  }

  @Test func `one sample of a batch is enough`() throws {
    let (cut, _, part) = try reproducer(Block.model(epsilon: 1e-3), .block(), sample: 2)
    #expect(cut.goldens[0].cases[0].inputs["first"]?.dimensions == [1, 12])
    let whole = try #require(try Golden.block().cases[0].calls["first"]?.array(Float.self))
    let kept = try #require(try cut.goldens[0].cases[0].inputs["first"]?.array(Float.self))
    #expect(kept.elements == Array(whole.elements[24..<36]))
    #expect(part.fault?.path == "norm")
  }

  @Test func `a golden without the case gives nothing`() throws {
    let model = try Block.model(epsilon: 1e-3)
    let fault = try #require(
      try Verifier().verify(model, against: .block()).cases[0].fault)
    #expect(try model.reproducer(of: fault, against: .block(), case: "other") == nil)
  }
}
