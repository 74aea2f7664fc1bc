import Foundation
import Residual
import TestSupport
import Testing

/// `resverify A B`: two models held against each other.
@Suite struct ModelComparisonTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try folder.write(bytes(ofFile: Programs.model), to: "model.h5")
    _ = try Programs.resconv.run(["--quiet", "model.h5", "model.pb"], in: folder.path)
  }

  private func run(_ arguments: String...) throws -> Program.Outcome {
    try Programs.resverify.run(arguments, in: folder.path)
  }

  /// The model with one weight moved by one unit in the last place, as `changed.pb`.
  private func writeChanged() throws {
    let model = try Model(contentsOfFile: Programs.model)
    var tensors = model.tensors
    var kernel: NDArray<Float> = try #require(tensors["conv2/kernel"]).array()
    kernel.elements[3] = kernel.elements[3].nextUp
    tensors["conv2/kernel"] = Tensor(kernel)
    try Model(graph: model.graph, tensors: tensors, provenance: model.provenance)
      .write(toFile: folder.file("changed.pb"))
  }

  @Test func `a model agrees with what it was converted to`() throws {
    let outcome = try run("model.h5", "model.pb")
    #expect(outcome.code == 0, "\(outcome)")
    #expect(outcome.error == "")
    #expect(outcome.output.hasPrefix("A  model.h5\nB  model.pb\nboth run by reference float64\n\n"))
    #expect(outcome.output.contains("\nstructure   10 layers and 9 calls in both\n"))
    #expect(outcome.output.contains("\nweights     18 of 1,016 elements: all equal\n"))
    #expect(outcome.output.contains("\nresults     9 on image [2, 9, 9, 4]: all equal\n"))
    #expect(
      outcome.output.hasSuffix(
        "\nagrees: 10 layers, 78 attributes, 18 weights and 9 results are the same\n"))
  }

  @Test func `a model agrees with that of another version of Keras`() throws {
    let other = Repository.fixture("block_projection/keras3.h5")
    let outcome = try run("--quiet", "model.h5", other, "--batch", "1")
    #expect(outcome.code == 0, "\(outcome)")
    #expect(outcome.output.contains(": agrees: 10 layers, "))
  }

  @Test func `one weight by one unit in the last place is a difference`() throws {
    try writeChanged()
    let outcome = try run("model.h5", "changed.pb", "--quiet")
    #expect(outcome.code == 1)
    #expect(
      outcome.output.hasPrefix(
        "model.h5 and changed.pb: differs in 1 weight: kernel of 'conv2' (Conv2D) differs in 1 of ")
    )
    #expect(outcome.output.contains(", by 1 ULP at most: at [0, 0, 0, 3] A has "))
    #expect(try run("changed.pb", "model.h5", "--quiet").code == 1)
    #expect(try run("model.h5", "changed.pb", "--quiet", "--atol", "1e-5").code == 0)
  }

  @Test func `JSON is a report`() throws {
    try writeChanged()
    let outcome = try run("model.h5", "changed.pb", "--json")
    #expect(outcome.code == 1)
    let report = try JSONDecoder().decode(ComparisonReport.self, from: Data(outcome.output.utf8))
    #expect(report.verdict == .differs)
    #expect(report.weights.comparedCount == 18)
    #expect(report.weights.differences.map(\.layer.first) == ["conv2"])
  }

  @Test func `what cannot be run or read could not be told`() throws {
    let unsupported = Repository.fixture("training_true_bn/keras2.h5")
    let outcome = try run("--quiet", unsupported, unsupported)
    #expect(outcome.code == 2, "\(outcome)")
    #expect(
      outcome.output.contains("could not tell: nothing differs, but the models cannot be run"))
    #expect(try run("model.h5", "none.h5").code == 2)
    #expect(try run("none.h5", "model.h5").error.hasPrefix("none.h5: "))
    let unknown = Repository.fixture("unknown_size/keras3.h5")
    let sizeless = try run(unknown, unknown)
    #expect(sizeless.code == 2)
    #expect(sizeless.error.hasSuffix("choose its unknown sizes with '--size'\n"))
    #expect(try run(unknown, unknown, "--size", "8").code == 0)
  }

  @Test(arguments: [
    ["--golden", "golden.h5"], ["--case", "one"], ["--against", "reference"], ["--time", "3"],
    ["--diagnose"], ["--junit", "report.xml"], ["--cut", "folder"],
    ["--report", "page.html"],
  ])
  func `what is for one model is refused`(options: [String]) throws {
    let outcome = try Programs.resverify.run(["model.h5", "model.pb"] + options, in: folder.path)
    #expect(outcome.code == 64)
    #expect(
      outcome.error.contains(
        "'\(options[0])' is for one model: two are held against each other."))
  }
}
