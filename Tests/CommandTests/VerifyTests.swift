import Foundation
import Residual
import TestSupport
import Testing

@Suite struct VerifyTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try folder.write(bytes(ofFile: Programs.model), to: "model.h5")
    try folder.write(bytes(ofFile: Programs.golden), to: "golden.h5")
  }

  private func run(_ arguments: String...) throws -> Program.Outcome {
    try Programs.resverify.run(arguments, in: folder.path)
  }

  @Test func `a model agrees with what Keras recorded, call by call`() throws {
    let outcome = try run("model.h5", "--golden", "golden.h5")
    #expect(outcome.code == 0, "\(outcome)")
    #expect(outcome.error == "")
    #expect(!outcome.output.contains("\u{1B}"))
    for call in ["conv1", "bn1", "shortcut_conv", "add", "relu2"] {
      #expect(outcome.output.contains("\n\(call) "))
    }
    #expect(
      outcome.output.hasSuffix(
        "\nagrees: what was compared differs by no more than rounding\n"))
  }

  @Test func `one changed weight is found at the call that has it`() throws {
    let model = try Model(contentsOfFile: Programs.model)
    var tensors = model.tensors
    var kernel: NDArray<Float> = try #require(tensors["conv2/kernel"]).array()
    kernel.elements[0] += 0.5
    tensors["conv2/kernel"] = Tensor(kernel)
    let changed = try Model(
      graph: model.graph, tensors: tensors, provenance: model.provenance, source: model.source)
    try changed.write(toFile: folder.file("changed.pb"))
    let outcome = try run("changed.pb", "--golden", "golden.h5", "--quiet")
    #expect(outcome.code == 1)
    #expect(outcome.output.hasPrefix("changed.pb: differs: case "))
    #expect(outcome.output.contains("call 'conv2' (Conv2D) is the first to diverge"))
  }

  @Test func `goldens inside the model are used`() throws {
    _ = try Programs.resconv.run(
      ["--quiet", "--golden", "golden.h5", "model.h5", "model.pb"], in: folder.path)
    #expect(try run("--quiet", "model.pb").code == 0)
  }

  @Test func `nothing to compare is never a pass`() throws {
    _ = try Programs.resconv.run(["--quiet", "model.h5", "model.pb"], in: folder.path)
    #expect(
      try run("model.pb")
        == .init(
          error: "model.pb: holds no goldens; name a file of them with '--golden'\n", code: 2))
    let outcome = try run("model.h5", "--golden", "golden.h5", "--case", "none")
    #expect(outcome.error.hasPrefix("golden.h5: has no case 'none'; the cases are '"))
    #expect(outcome.code == 2)
  }

  @Test func `a tolerance of nothing finds rounding, and one of plenty nothing`() throws {
    let arguments = ["model.h5", "--golden", "golden.h5", "--quiet", "--atol"]
    #expect(try Programs.resverify.run(arguments + ["0"], in: folder.path).code == 1)
    #expect(try Programs.resverify.run(arguments + ["1e3"], in: folder.path).code == 0)
  }

  @Test(arguments: ["float32", "float64"])
  func `both precisions agree`(precision: String) throws {
    let outcome = try run(
      "model.h5", "--golden", "golden.h5", "--quiet", "--precision", precision)
    #expect(outcome.code == 0)
  }

  @Test func `JSON is an array of reports`() throws {
    let outcome = try run("model.h5", "--golden", "golden.h5", "--json")
    let reports = try JSONDecoder().decode(
      [VerificationReport].self, from: Data(outcome.output.utf8))
    #expect(reports.map(\.verdict) == [.agrees])
  }

  @Test func `a page to look at is written beside the other reports`() throws {
    let outcome = try run(
      "model.h5", "--golden", "golden.h5", "--json", "--junit", "tests.xml", "--report", "page.html"
    )
    #expect(outcome.code == 0, "\(outcome)")
    #expect(outcome.output.hasPrefix("["))
    let page = String(decoding: try bytes(ofFile: folder.file("page.html")), as: UTF8.self)
    #expect(page.hasPrefix("<!DOCTYPE html>\n"))
    #expect(page.contains("Agrees") && page.contains("shortcut_conv"))
    #expect(try folder.names == ["golden.h5", "model.h5", "page.html", "tests.xml"])
    #expect(try run("model.h5", "--time", "1", "--report", "page.html").code == 64)
  }

  @Test(arguments: [
    (["none.h5"], "none.h5: cannot be opened: No such file or directory"),
    (["model.h5", "--golden", "none.h5"], "none.h5: cannot be opened: No such file or directory"),
    (["model.h5", "--golden", "model.h5"], "model.h5: "),
  ])
  func `bad input could not be told`(arguments: [String], sentence: String) throws {
    let outcome = try Programs.resverify.run(arguments, in: folder.path)
    #expect(outcome.error.hasPrefix(sentence))
    #expect(outcome.error.filter { $0 == "\n" }.count == 1)
    #expect(outcome.output == "")
    #expect(outcome.code == 2)
  }

  @Test(arguments: [
    [], ["--atol=-1", "model.h5"], ["--rtol", "nan", "model.h5"], ["--precision", "half", "x"],
    ["--odd", "model.h5"],
  ])
  func `wrong arguments exit with 64`(arguments: [String]) throws {
    #expect(try Programs.resverify.run(arguments, in: folder.path).code == 64)
  }
}
