import OrderedCollections
import ModelGraph
import Testing

@testable import Verification

/// Layers that are called otherwise are found where they stand.
@Suite struct LayerMatchingTests {
  private func structure(_ first: Model, _ second: Model) throws -> ComparisonReport.Structure {
    try Verifier().compare(first, with: second).structure
  }

  private func names(_ structure: ComparisonReport.Structure) -> [String] {
    structure.renamed.map { "\($0.first) \($0.second)" }
  }

  @Test func `layers of other names are matched by their place`() throws {
    let report = try Verifier().compare(Network.model(), with: Network.model(prefix: "my_"))
    #expect(report.verdict == .agrees)
    #expect(report.structure.sameNameCount == 1)
    #expect(
      names(report.structure) == [
        "first my_first", "norm my_norm", "act my_act", "second my_second",
        "shortcut my_shortcut", "sum my_sum",
      ])
    #expect(report.run.equalCount == 6)
  }

  @Test(arguments: [1, 2])
  func `names that were counted on are not believed`(seed: UInt64) throws {
    // With other weights, too, nothing but the place tells a layer.
    let structure = try structure(
      Network.chain(from: 0), Network.chain(from: 2, seed: seed))
    #expect(structure.isSame)
    #expect(names(structure) == (0..<6).map { "\(Network.counted($0)) \(Network.counted($0 + 2))" })
    #expect(structure.ambiguous.isEmpty)
  }

  @Test(arguments: [1, 2])
  func `counted names shift behind a layer that is added`(seed: UInt64) throws {
    let first = try Network.chain(from: 0)
    let second = try Network.chain(from: 0, seed: seed, activationAfter: 2)
    let structure = try structure(first, second)
    #expect(structure.onlyInFirst.isEmpty)
    #expect(structure.onlyInSecond == [.init(path: "re_lu", kind: "ReLU")])
    #expect(structure.sameNameCount == 7)
    #expect(structure.rewired.map(\.call?.first) == ["conv2d_3"])
  }

  @Test func `twin branches are told by their weights`() throws {
    let first = try Network.twins(names: ["left", "right"])
    let second = try Network.twins(names: ["one", "two"])
      .exchanging("one/kernel", "two/kernel").exchanging("one/bias", "two/bias")
    let report = try Verifier().compare(first, with: second)
    #expect(names(report.structure) == ["left two", "right one"])
    #expect(report.structure.ambiguous.isEmpty)
    #expect(report.verdict == .agrees)
  }

  @Test func `twin branches that no weights tell are matched by order, which is said`() throws {
    let report = try Verifier().compare(
      Network.twins(names: ["left", "right"]), with: Network.twins(names: ["one", "two"], seed: 9))
    #expect(names(report.structure) == ["left one", "right two"])
    #expect(report.structure.ambiguous.map(\.first) == ["left"])
    #expect(report.structure.isSame)
    #expect(
      report.lines().contains { $0.text == "  'left' is taken for 'one' of B by its order alone" })
    #expect(report.verdict == .differs)
  }

  @Test func `nested models are matched by what is in them`() throws {
    let report = try Verifier().compare(
      Network.nested(name: "encoder"), with: Network.nested(name: "backbone"))
    #expect(report.verdict == .agrees)
    let names = names(report.structure)
    #expect(names.contains("encoder backbone"))
    #expect(names.contains("encoder/first backbone/first"))
    #expect(report.structure.sameNameCount == 2)
    #expect(report.structure.onlyInFirst.isEmpty)
    #expect(report.run.comparedCount == 3)
  }

  @Test func `a model that is not nested any more differs in that alone`() throws {
    let structure = try structure(Network.nested(name: "encoder"), Network.flat())
    #expect(structure.onlyInFirst == [.init(path: "encoder", kind: "Functional")])
    #expect(structure.onlyInSecond.isEmpty)
    #expect(structure.rewired.isEmpty)
  }

  @Test func `a shared layer is matched once, with all its calls`() throws {
    let report = try Verifier().compare(
      Network.shared(name: "dense_4", count: 3), with: Network.shared(name: "dense_7", count: 3))
    #expect(names(report.structure) == ["dense_4 dense_7"])
    #expect(report.structure.sameCallCount == 4)
    #expect(report.weights.comparedCount == 2)
    #expect(report.verdict == .agrees)

    let fewer = try structure(
      Network.shared(name: "dense", count: 3), Network.shared(name: "dense", count: 2))
    #expect(fewer.callsOnlyInFirst.count == 1)
    #expect(!fewer.isSame)
  }

  @Test func `inputs are matched by the names that were chosen`() throws {
    let model = try Network.twoInputs(names: ["image", "mask"])
    let same = try Verifier().compare(model, with: Network.twoInputs(names: ["image", "mask"]))
    #expect(same.verdict == .agrees)
    let other = try structure(model, Network.twoInputs(names: ["mask", "image"]))
    #expect(!other.rewired.isEmpty)
    let renamed = try Verifier().compare(
      model, with: Network.twoInputs(names: ["input_1", "input_2"]))
    #expect(renamed.verdict == .agrees)
  }
}
