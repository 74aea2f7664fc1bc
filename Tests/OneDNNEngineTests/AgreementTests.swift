#if OneDNN

import OneDNNEngine
import OrderedCollections
import Residual
import TestSupport
import Testing

/// What oneDNN makes of every fixture.
@Suite struct AgreementTests {
  @Test(arguments: Fixture.valid.filter { $0.golden != nil })
  func `every call and the whole model agree with what Keras recorded`(fixture: Fixture) throws {
    let model = try Model(contentsOfFile: fixture.path)
    let golden = try Golden(
      contentsOfFile: Repository.fixture(try #require(fixture.golden)))
    let report = try Verifier(engine: OneDNNEngine(threads: 2)).verify(model, against: golden)
    #expect(report.verdict == .agrees, "\(report.lines.map(\.text).joined(separator: "\n"))")
  }

  @Test(arguments: Fixture.valid.filter { $0.golden != nil }, [1, 3])
  func `every call and the whole model agree with the reference pass in float64`(
    fixture: Fixture, batchSize: Int
  ) throws {
    let model = try Model(contentsOfFile: fixture.path)
    let inputs = try model.sampleInputs(batchSize: batchSize, size: 12)
    let report = try Verifier(engine: OneDNNEngine(threads: 2))
      .verify(model, againstReferenceOn: inputs)
    #expect(report.count(of: .wrong) == 0, "\(report.lines.map(\.text).joined(separator: "\n"))")
    #expect(report.count(of: .ok) > 0)
  }
}

#endif
