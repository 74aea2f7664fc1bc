import Foundation
import Residual
import TestSupport
import Testing

@Suite struct SensitivityTests {
  private static let model = Repository.fixture("normalization/keras2.h5")
  private static let golden = Repository.fixture("normalization/keras2.golden.h5")

  private func run(_ arguments: String...) throws -> Program.Outcome {
    try Programs.resverify.run(["sensitivity"] + arguments)
  }

  @Test func `a golden that notices every change passes`() throws {
    let outcome = try run(Programs.model, "--golden", Programs.golden)
    #expect(
      outcome
        == .init(
          output: "\(Programs.golden): sensitive: 51 of 51 changes to 18 weights are noticed\n"))
  }

  @Test func `what would go unnoticed is listed`() throws {
    let outcome = try run(Self.model, "--golden", Self.golden)
    #expect(outcome.code == 1)
    #expect(outcome.output.contains("\nadapted/count  zeroed     the layer makes the same\n"))
    #expect(
      outcome.output.hasSuffix(
        ": insensitive: 4 of 6 changes to 3 weights are noticed, 2 would not be\n"))
  }

  @Test func `JSON is an array of reports`() throws {
    let outcome = try run(Self.model, "--golden", Self.golden, "--json")
    let reports = try JSONDecoder().decode(
      [SensitivityReport].self, from: Data(outcome.output.utf8))
    #expect(reports.map(\.verdict) == [.insensitive])
    #expect(reports.first?.unnoticed.map(\.reason) == [.noEffect, .noEffect])
  }

  @Test func `what cannot be told exits with 2`() throws {
    let none = try run(Self.model)
    #expect(none.error == "\(Self.model): holds no goldens; name a file of them with '--golden'\n")
    #expect(none.code == 2)
    let other = try run(Programs.model, "--golden", Self.golden)
    #expect(other.code == 2)
    #expect(other.error.filter { $0 == "\n" }.count == 1)
    #expect(try run(Self.model, "--limit=-1").code == 64)
  }
}
