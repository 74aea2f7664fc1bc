import Foundation
import Residual
import TestSupport
import Testing

/// Both programs on every fixture.
@Suite struct FixtureTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test(arguments: Fixture.refused)
  func `a file that must be refused is, by its sentence, and nothing is written`(
    fixture: Fixture
  ) throws {
    guard case .error(let sentence) = fixture.expected else { return }
    try folder.write("old".utf8, to: "out.pb")
    let outcome = try Programs.resconv.run(
      [fixture.file, folder.file("out.pb")], in: Repository.file("fixtures"))
    #expect(outcome == .init(error: "\(fixture.file): \(sentence)\n", code: 2))
    #expect(try folder.names == ["out.pb"])
    #expect(try bytes(ofFile: folder.file("out.pb")) == Array("old".utf8))
  }

  @Test(arguments: Fixture.valid.filter { $0.golden != nil }, ["float32", "float64"])
  func `every call of a model agrees with what Keras recorded`(
    fixture: Fixture, precision: String
  ) throws {
    let golden = Repository.fixture(try #require(fixture.golden))
    let outcome = try Programs.resverify.run([
      fixture.path, "--golden", golden, "--precision", precision, "--json",
    ])
    #expect(outcome.code == 0, "\(outcome.error)")
    let reports = try JSONDecoder().decode(
      [VerificationReport].self, from: Data(outcome.output.utf8))
    let report = try #require(reports.first)
    #expect(report.verdict == .agrees)
    #expect(report.count(of: .wrong) == 0)
    #expect(report.count(of: .ok) + report.count(of: .rounding) > 0)
  }

  @Test func `an output that would not fit in memory is refused when the model is run`() throws {
    let outcome = try Programs.resverify.run(
      ["hostile/huge_padding.h5", "--golden", "padding_cropping/keras2.golden.h5"],
      in: Repository.file("fixtures"))
    #expect(outcome.code == 2)
    #expect(outcome.error.contains("has more than 1073741824 elements"), "\(outcome.error)")
  }

  @Test func `weights listed in another order are those that their names say`() throws {
    // gamma and beta have one shape: whoever goes by the order of the list swaps them.
    let outcome = try Programs.resverify.run(
      ["hostile/weights_swapped_names.h5", "--golden", "block_identity/keras2.golden.h5"],
      in: Repository.file("fixtures"))
    #expect(outcome.code == 0, "\(outcome.output)")
  }
}
