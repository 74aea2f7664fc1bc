import Foundation
import Residual
import TestSupport
import Testing

/// `resverify` where nothing is recorded: `--engine`, `--against`, `--time`.
@Suite struct EngineTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try folder.write(bytes(ofFile: Programs.model), to: "model.h5")
    try folder.write(bytes(ofFile: Programs.golden), to: "golden.h5")
  }

  private func run(_ arguments: String...) throws -> Program.Outcome {
    try Programs.resverify.run(arguments, in: folder.path)
  }

  private static let engines: [[String]] = {
    #if OneDNN
    [["--precision", "float32"], ["--engine", "onednn"]]
    #else
    [["--precision", "float32"]]
    #endif
  }()

  // MARK: - Comparisons

  @Test(arguments: engines)
  func `an engine agrees with the reference, without a golden`(engine: [String]) throws {
    let outcome = try Programs.resverify.run(
      ["model.h5", "--against", "reference"] + engine, in: folder.path)
    #expect(outcome.code == 0, "\(outcome)")
    #expect(outcome.error == "")
    #expect(
      outcome.output.hasPrefix(
        "model.h5 against reference float64, run by "
          + (engine.contains("onednn") ? "oneDNN " : "reference float32\n")))
    #expect(outcome.output.contains("\n\ncase 'sample': "))
    for call in ["conv1", "bn1", "shortcut_conv", "add", "relu2"] {
      #expect(outcome.output.contains("\n\(call) "))
    }
    #expect(
      outcome.output.hasSuffix("\nagrees: what was compared differs by no more than rounding\n"))
  }

  @Test(arguments: engines)
  func `an engine agrees with a golden`(engine: [String]) throws {
    let outcome = try Programs.resverify.run(
      ["model.h5", "--golden", "golden.h5", "--json"] + engine, in: folder.path)
    #expect(outcome.code == 0, "\(outcome)")
    let reports = try JSONDecoder().decode(
      [VerificationReport].self, from: Data(outcome.output.utf8))
    let report = try #require(reports.first)
    #expect(report.engine == "reference float32" || report.engine.hasPrefix("oneDNN "))
    #expect(!report.isAgainstReference)
  }

  @Test func `a stated tolerance of nothing finds the engine's rounding`() throws {
    let arguments = ["model.h5", "--against", "reference", "--precision", "float32", "--atol"]
    let outcome = try Programs.resverify.run(arguments + ["0", "--quiet"], in: folder.path)
    #expect(outcome.code == 1)
    #expect(outcome.output.contains(" the reference has "))
    #expect(try Programs.resverify.run(arguments + ["1"], in: folder.path).code == 0)
  }

  @Test func `sizes that the model does not state must be chosen`() throws {
    let input = Input(shape: [nil, nil, 2], name: "image")
    let model = try Model(
      inputs: input, outputs: Conv2D(3, kernelSize: (3, 3), name: "conv")(input))
    try model.write(toFile: folder.file("any.pb"))
    let arguments = ["any.pb", "--against", "reference", "--precision", "float32"]
    func run(_ more: String...) throws -> Program.Outcome {
      try Programs.resverify.run(arguments + more, in: folder.path)
    }
    #expect(
      try run()
        == .init(
          error: "any.pb: input 'image' has shape [None, None, None, 2]; choose its unknown sizes "
            + "with '--size'\n", code: 2))
    #expect(
      try run("--size", "100000")
        == .init(
          error: "any.pb: input 'image' of shape [2, 100000, 100000, 2] has more than 268435456 "
            + "elements\n", code: 2))
    #expect(
      try run("--size", "2")
        == .init(
          error: "any.pb: case 'sample': layer 'conv' (Conv2D): input of shape [2, 2, 2, 2] is too "
            + "small along axis 1: the output would be empty\n", code: 2))
    let outcome = try run("--size", "5", "--batch", "3")
    #expect(outcome.code == 0)
    #expect(outcome.output.contains("case 'sample': image [3, 5, 5, 2]\n"))
  }

  #if !OneDNN
  @Test func `an engine that was left out is said to be`() throws {
    #expect(
      try run("model.h5", "--engine", "onednn", "--time", "1")
        == .init(
          error: "engine 'onednn' is not in this program: it was built without the package's "
            + "trait 'OneDNN'\n", code: 2))
  }
  #endif

  // MARK: - Profiles

  @Test(arguments: engines + [[]])
  func `a profile has a line for each step, and a total`(engine: [String]) throws {
    let outcome = try Programs.resverify.run(
      ["model.h5", "--time", "2"] + engine, in: folder.path)
    #expect(outcome.code == 0, "\(outcome)")
    #expect(outcome.error == "")
    let lines = outcome.output.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines[0].hasPrefix("model.h5 by "))
    #expect(lines[0].hasSuffix(" on image [1, 9, 9, 4], median of 2 runs"))
    #expect(
      lines[2].split(separator: " ") == ["call", "by", "shape", "ms", "GFLOP/s", "share"])
    #expect(lines[3].hasPrefix("conv1 "))
    #expect(lines.dropLast().last?.hasPrefix("total ") == true)
    #expect(lines.dropLast().last?.hasSuffix(" 100.0 %") == true)
    #expect(lines[3...].dropLast().allSatisfy { $0.hasSuffix(" %") })
  }

  private struct Profile: Decodable {
    struct Step: Decodable {
      var calls: [String]
      var by: String
      var shapes: [[Int]]
      var seconds: Double
      var operations: Int
      var gigaflops: Double?
      var share: Double
    }

    var engine: String
    var runs: Int
    var steps: [Step]
    var seconds: Double
    var operations: Int
  }

  @Test(arguments: engines)
  func `a profile as JSON names every call`(engine: [String]) throws {
    let outcome = try Programs.resverify.run(
      ["model.h5", "--time", "3", "--json", "--batch", "2", "--threads", "1"] + engine,
      in: folder.path)
    #expect(outcome.code == 0, "\(outcome)")
    let profile = try JSONDecoder().decode(Profile.self, from: Data(outcome.output.utf8))
    #expect(profile.runs == 3)
    let model = try Model(contentsOfFile: Programs.model)
    let calls = model.graph.calls.filter { model.graph.layers[$0.layer]?.isInput == false }
    #expect(Set(profile.steps.flatMap(\.calls)) == Set(calls.map(\.name)))
    #expect(profile.operations == profile.steps.reduce(0) { $0 + $1.operations })
    for step in profile.steps {
      #expect(step.shapes.allSatisfy { $0.first == 2 })
      #expect(!step.shapes.isEmpty)
      #expect(abs(step.share - step.seconds / profile.seconds) < 1e-9)
      let speed = try #require(step.gigaflops)
      #expect(abs(speed * step.seconds * 1e9 - Double(step.operations)) < 1)
    }
  }

  @Test func `a quiet profile is one line`() throws {
    let outcome = try run("model.h5", "--time", "1", "--quiet")
    #expect(outcome.output.filter { $0 == "\n" }.count == 1)
    #expect(outcome.output.contains(" on "))
    #expect(outcome.output.hasSuffix(" GFLOP/s\n"))
  }

  // MARK: - Arguments

  @Test(arguments: [
    ["--time", "0"], ["--time", "2", "--golden", "golden.h5"], ["--time", "2", "--atol", "1"],
    ["--time", "2", "--against", "reference"], ["--against", "reference"],
    ["--against", "reference", "--golden", "golden.h5", "--precision", "float32"],
    ["--against", "keras"], ["--engine", "abacus"], ["--batch", "2"], ["--size", "2"],
    ["--time", "2", "--threads", "0"], ["--engine", "onednn", "--precision", "float32"],
  ])
  func `wrong arguments exit with 64`(arguments: [String]) throws {
    let outcome = try Programs.resverify.run(arguments + ["model.h5"], in: folder.path)
    #expect(outcome.code == 64)
    #expect(outcome.error.hasPrefix("Error: "))
  }
}
