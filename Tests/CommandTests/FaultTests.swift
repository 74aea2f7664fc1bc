import Foundation
import Residual
import TestSupport
import Testing

/// What the program makes of a model that is wrong.
@Suite struct FaultTests {
  private let folder: TemporaryFolder

  /// Makes a model with another epsilon in one layer.
  init() throws {
    folder = try TemporaryFolder()
    try folder.write(bytes(ofFile: Programs.golden), to: "golden.h5")
    let model = try Model(contentsOfFile: Programs.model)
    let layers = try model.graph.layers.values.map { node in
      guard node.name == "bn2", case .layer(let layer) = node.body else { return node }
      let changed = layer.attributes.merging(["epsilon": .double(0.5)])
      return LayerNode(
        name: node.name, body: .layer(try BatchNormalization(attributes: changed)),
        parameters: node.parameters, computeType: node.computeType)
    }
    let graph = try Graph(
      name: model.graph.name, form: model.graph.form, layers: layers, calls: model.graph.calls,
      inputs: model.graph.inputs, outputs: model.graph.outputs)
    try Model(graph: graph, tensors: model.tensors).write(toFile: folder.file("wrong.pb"))
  }

  private func run(_ arguments: String...) throws -> Program.Outcome {
    try Programs.resverify.run(arguments, in: folder.path)
  }

  @Test func `the mistake is named, with its evidence and what to do`() throws {
    let outcome = try run("wrong.pb", "--golden", "golden.h5", "--diagnose")
    #expect(outcome.code == 1)
    #expect(outcome.output.contains("call 'bn2' (BatchNormalization) is the first to diverge"))
    #expect(
      outcome.output.contains(/\n  diagnosis   with epsilon 0.001: max error [0-9.]+ → [0-9.e-]+\n/)
    )
    #expect(
      outcome.output.contains("\n  to mend it  set 'epsilon' of layer 'bn2' to 0.001\n"))
  }

  @Test func `the verdicts are written for continuous integration`() throws {
    let outcome = try run("wrong.pb", "--golden", "golden.h5", "--quiet", "--junit", "junit.xml")
    #expect(outcome.code == 1)
    let text = String(decoding: try bytes(ofFile: folder.file("junit.xml")), as: UTF8.self)
    #expect(text.hasPrefix("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites"))
    #expect(text.contains(#"<testcase classname="BatchNormalization" name="bn2">"#))
    #expect(text.contains("<failure message="))
  }

  @Test func `a file that is read is not written over`() throws {
    for file in ["wrong.pb", "golden.h5"] {
      let outcome = try run("wrong.pb", "--golden", "golden.h5", "--junit", file)
      #expect(outcome.code == 64)
      #expect(outcome.error.contains("\(file): is read; what is written needs another file"))
    }
  }

  @Test func `a small model shows the fault by itself`() throws {
    let outcome = try run("wrong.pb", "--golden", "golden.h5", "--cut", "reports/first")
    #expect(outcome.code == 1)
    let match = try #require(
      outcome.output.firstMatch(of: /\n(reports\/first\/\S+-bn2\.pb) shows the fault by itself/))
    let file = String(match.1)
    let size = try FileManager.default.attributesOfItem(atPath: folder.file(file))[.size]
    #expect(try #require(size as? Int) < 100_000)
    let again = try run(file, "--diagnose")
    #expect(again.code == 1)
    #expect(again.output.contains("call 'bn2' (BatchNormalization) is the first to diverge"))
    #expect(again.output.contains("with epsilon 0.001"))
  }

  @Test func `nothing is cut out of a model that agrees`() throws {
    try folder.write(bytes(ofFile: Programs.model), to: "model.h5")
    let outcome = try run("model.h5", "--golden", "golden.h5", "--cut", "reports")
    #expect(outcome.code == 0)
    #expect(!outcome.output.contains("shows the fault"))
    #expect(!FileManager.default.fileExists(atPath: folder.file("reports")))
  }

  @Test func `a folder that cannot be made is said`() throws {
    let outcome = try run("wrong.pb", "--golden", "golden.h5", "--cut", "wrong.pb/reports")
    #expect(outcome.code == 2)
    #expect(outcome.error == "wrong.pb/reports: cannot be created: Not a directory\n")
  }
}
