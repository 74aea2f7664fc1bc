import OrderedCollections
import ModelGraph
import Testing

@testable import Verification

/// Two models held against each other: what is the same is counted, what differs is named.
@Suite struct ModelComparisonTests {
  typealias Report = ComparisonReport

  private func compare(
    _ first: Model, _ second: Model, options: Verifier.Options = .init(),
    engine: any Engine = ReferenceEngine(Double.self)
  ) throws -> Report {
    let report = try Verifier(engine: engine, options: options).compare(first, with: second)
    let reverse = try Verifier(engine: engine, options: options).compare(second, with: first)
    // Exchanged, the models differ in the same things.
    #expect(report.verdict == reverse.verdict)
    #expect(report.structure.onlyInFirst == reverse.structure.onlyInSecond)
    #expect(report.structure.onlyInSecond == reverse.structure.onlyInFirst)
    #expect(
      Set(report.structure.renamed.map(\.first)) == Set(reverse.structure.renamed.map(\.second)))
    #expect(report.structure.rewired.count == reverse.structure.rewired.count)
    #expect(report.settings.differences.count == reverse.settings.differences.count)
    #expect(report.weights.differences.count == reverse.weights.differences.count)
    #expect(report.run.differences.count == reverse.run.differences.count)
    return report
  }

  // MARK: - What is equal

  @Test(arguments: Reference.engines)
  func `equal models agree, and what was compared is counted`(engine: any Engine) throws {
    let report = try compare(Network.model(), Network.model(), engine: engine)
    #expect(report.verdict == .agrees)
    #expect(report.structure.isSame)
    #expect(report.structure.sameNameCount == 7)
    #expect(report.structure.renamed.isEmpty)
    #expect(report.structure.sameCallCount == 6)
    #expect(report.first.weightCount == 10)
    #expect(report.weights.comparedCount == 10)
    #expect(report.weights.equalCount == 10)
    #expect(report.weights.elementCount == 112 + 16 + 148 + 16)
    #expect(report.run.comparedCount == 6)
    #expect(report.run.equalCount == 6)
    #expect(report.run.inputs == [.init(name: "image", shape: [2, 6, 6, 3])])
    #expect(
      report.conclusion
        == "agrees: 7 layers, 55 attributes, 10 weights and 6 results are the same")
  }

  // MARK: - Weights

  @Test func `a weight that is off by one unit in the last place is named`() throws {
    let second = try Network.model().editing("second/kernel") { $0[7] = $0[7].nextUp }
    let report = try compare(Network.model(), second)
    #expect(report.verdict == .differs)
    let difference = try #require(report.weights.differences.first)
    #expect(report.weights.differences.count == 1)
    #expect(report.weights.equalCount == 9)
    #expect(difference.layer == .init(first: "second", second: "second", kind: "Conv2D"))
    #expect(difference.role == "kernel")
    #expect(difference.statistics?.count == 144)
    #expect(difference.statistics?.differentCount == 1)
    #expect(difference.statistics?.maxULP == 1)
    #expect(difference.statistics?.worst?.index == [0, 0, 1, 3])
    #expect(report.run.differences.map(\.call.first) == ["second", "sum"])
    #expect(report.run.differences.allSatisfy { $0.verdict == .rounding })
    #expect(
      report.conclusion.hasPrefix("differs in 1 weight: kernel of 'second' (Conv2D) differs "))
    #expect(report.conclusion.contains("in 1 of 144 elements, by 1 ULP at most: at [0, 0, 1, 3] "))
  }

  @Test func `kernels that were exchanged are named, each with its place`() throws {
    let model = try Network.twins(names: ["left", "right"])
    let report = try compare(model, model.exchanging("left/kernel", "right/kernel"))
    #expect(report.verdict == .differs)
    #expect(report.structure.isSame)
    #expect(report.weights.differences.map(\.layer.first) == ["left", "right"])
    #expect(report.weights.differences.map(\.foundAt) == ["right", "left"])
    #expect(report.lines().contains { $0.text.contains("A's is that of 'right' in B") })
  }

  @Test func `a copy in float16 differs, by what a stated tolerance may allow`() throws {
    let second = try Network.model().storedAsFloat16()
    let report = try compare(Network.model(), second)
    #expect(report.verdict == .differs)
    #expect(report.weights.equalCount == 0)
    let difference = try #require(report.weights.differences.first)
    #expect(difference.first?.dtype == "float32")
    #expect(difference.second?.dtype == "float16")
    // The nearest of float16 is at most one away from what is cut off.
    #expect(try #require(difference.statistics).maxULP <= 1)
    #expect(try #require(difference.statistics).maxRelative.value < 0x1p-10)
    let tolerant = try compare(
      Network.model(), second, options: .init(absoluteTolerance: 0.01))
    #expect(tolerant.verdict == .agrees)
    #expect(tolerant.weights.differences.count == 10)
    #expect(!tolerant.weights.differences.contains { !$0.isWithinTolerance })
    let strict = try compare(Network.model(), second, options: .init(absoluteTolerance: 1e-6))
    #expect(strict.verdict == .differs)
  }

  @Test func `a weight of another shape, or that one model has alone, is named`() throws {
    let shaped = try compare(Network.model(), Network.model(channels: 5))
    let kernel = try #require(shaped.weights.differences.first { $0.layer.first == "first" })
    #expect(kernel.first?.shape == [3, 3, 3, 4])
    #expect(kernel.second?.shape == [3, 3, 3, 5])
    #expect(kernel.statistics == nil)
    #expect(shaped.run.differences.first?.firstShape == [2, 6, 6, 4])
    #expect(shaped.run.differences.first?.secondShape == [2, 6, 6, 5])
    #expect(shaped.verdict == .differs)

    let biased = try compare(Network.model(), Network.model(usesBias: false))
    #expect(biased.weights.differences.map(\.role) == ["bias"])
    #expect(biased.weights.differences.map(\.second) == [nil])
    #expect(biased.verdict == .differs)
  }

  // MARK: - Attributes

  @Test func `an attribute that differs is named, and the call at which it first shows`() throws {
    let report = try compare(Network.model(), Network.model(epsilon: 0.1))
    #expect(report.verdict == .differs)
    let pair = Report.Pair(first: "norm", second: "norm", kind: "BatchNormalization")
    #expect(
      report.settings.differences
        == [.init(layer: pair, name: "epsilon", first: "0.001", second: "0.1")])
    #expect(report.weights.equalCount == 10)
    #expect(report.run.differences.map(\.call.first) == ["norm", "act", "second", "sum"])
    #expect(report.run.differences.allSatisfy { $0.verdict == .differs })
    #expect(
      report.conclusion == "differs in 1 attribute and 4 results: epsilon of 'norm' "
        + "(BatchNormalization) is 0.001 in A, 0.1 in B")
  }

  @Test func `an axis that is counted from the other end is the same axis`() throws {
    #expect(try compare(Network.model(), Network.model(axis: 3)).verdict == .agrees)
    let report = try compare(Network.model(), Network.model(epsilon: Double(Float(1e-3))))
    #expect(report.settings.differences.isEmpty)
    #expect(report.verdict == .agrees)
    #expect(report.run.differences.first?.verdict == .rounding)
  }

  @Test func `a layer of another kind is one whose kind differs`() throws {
    let report = try compare(Network.model(), Network.model(activation: { ELU(name: $0) }))
    #expect(report.settings.differences.map(\.name) == ["kind"])
    #expect(report.settings.differences.map(\.second) == ["ELU"])
    #expect(report.structure.isSame)
    #expect(report.verdict == .differs)
  }

  @Test func `what training changes and what a layer computes in are compared`() throws {
    let report = try compare(Block.model(), Block.model(computeType: .float16))
    #expect(Set(report.settings.differences.map(\.name)) == ["compute type"])
    #expect(report.verdict == .differs)
  }

  // MARK: - Structure

  @Test func `a layer that is missing is named, and so is what it fed`() throws {
    let report = try compare(Network.model(), Network.model(activation: nil))
    #expect(report.verdict == .differs)
    #expect(report.structure.onlyInFirst == [.init(path: "act", kind: "ReLU")])
    #expect(report.structure.onlyInSecond.isEmpty)
    let wiring = try #require(report.structure.rewired.first)
    #expect(report.structure.rewired.count == 1)
    #expect(wiring.call?.first == "second")
    #expect(wiring.first == ["act"])
    #expect(wiring.second == ["norm"])
    #expect(report.weights.equalCount == 10)
    #expect(report.run.differences.map(\.call.first) == ["second", "sum"])
  }

  @Test func `connections that differ are named`() throws {
    let report = try compare(
      Network.model(channels: 3), Network.model(channels: 3, shortcut: "first"))
    #expect(report.structure.rewired.map(\.call?.first) == ["shortcut"])
    #expect(report.structure.onlyInFirst.isEmpty)
    #expect(report.verdict == .differs)
  }

  @Test func `models of other input shapes are not run`() throws {
    let report = try compare(Network.model(), Network.model(size: 8))
    #expect(report.settings.differences.map(\.name) == ["batch_shape"])
    #expect(report.run.comparedCount == 0)
    #expect(
      report.run.failure == "input 'image' has shape [None, 6, 6, 3] in A, [None, 8, 8, 3] in B")
    #expect(report.verdict == .differs)
  }

  @Test func `a layer that cannot be run leaves the question open`() throws {
    let model = try Block.withUnknownLayer()
    let report = try compare(model, model)
    #expect(report.verdict == .couldNotTell)
    #expect(report.structure.isSame)
    #expect(report.weights.equalCount == 6)
    #expect(report.run.failure?.contains("'code' (Lambda)") == true)
    #expect(report.conclusion.hasPrefix("could not tell: nothing differs, but "))

    let changed = try model.editing("second/bias") { $0[0] += 1 }
    #expect(try compare(model, changed).verdict == .differs)
    let reworded = try compare(model, Block.withUnknownLayer(configuration: "{\"a\": 2}"))
    #expect(reworded.settings.differences.map(\.name) == ["configuration"])
  }

  @Test func `NaN in both models says nothing`() throws {
    let model = try Network.model().editing("second/kernel") { $0[0] = .nan }
    let report = try compare(model, model)
    #expect(report.weights.equalCount == 10)
    #expect(report.verdict == .couldNotTell)
    #expect(report.run.differences.map(\.verdict) == [.unchecked, .unchecked])
    let healthy = try compare(model, Network.model())
    #expect(healthy.verdict == .differs)
    #expect(healthy.weights.differences.first?.statistics?.maxAbsolute.value == .infinity)
  }
}
