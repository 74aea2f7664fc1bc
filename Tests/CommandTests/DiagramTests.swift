import Residual
import TestSupport
import Testing

@Suite struct DiagramTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func run(_ arguments: String...) throws -> Program.Outcome {
    try Programs.resconv.run(["diagram"] + arguments, in: folder.path)
  }

  private func text(_ name: String) throws -> String {
    String(decoding: try bytes(ofFile: folder.file(name)), as: UTF8.self)
  }

  @Test func `a diagram shows every layer of a model`() throws {
    #expect(try run(Programs.model, "model.svg") == .init())
    let document = try SVGDocument(text("model.svg"))
    #expect(document.title == "block_projection")
    #expect(document.calls.map(\.name).contains("shortcut_conv"))
    #expect(document.calls.count == 10)
    #expect(try folder.names == ["model.svg"])
  }

  @Test func `both formats of a model give the same diagram`() throws {
    _ = try Programs.resconv.run(["--quiet", Programs.model, folder.file("m.pb")])
    for name in ["model.svg", "model.DOT"] {
      #expect(try run("m.pb", name) == .init())
      #expect(try run(Programs.model, "other.\(name.suffix(3))") == .init())
      #expect(try text(name) == text("other.\(name.suffix(3))"))
    }
    #expect(try text("model.DOT").hasPrefix("digraph \"block_projection\" {\n"))
  }

  @Test func `blocks are folded where that is asked for`() throws {
    let model = Repository.fixture("many_layers/keras3.h5")
    #expect(try run(model, "auto.svg") == .init())
    #expect(try run("--fold", model, "fold.svg") == .init())
    #expect(try run("--no-fold", model, "full.svg") == .init())
    // It has fewer calls than are folded without being asked for.
    #expect(try text("auto.svg") == text("full.svg"))
    let full = try SVGDocument(text("full.svg")), folded = try SVGDocument(text("fold.svg"))
    #expect(full.multipliers == [])
    #expect(folded.multipliers != [])
    #expect(folded.calls.count < full.calls.count)
    #expect(full.calls.count == (try Model(contentsOfFile: model).graph.calls.count))
  }

  @Test func `the diagram in the documentation is what the command draws`() throws {
    #expect(try run(Repository.fixture("digits_resnet/keras3.h5"), "digits_resnet.svg") == .init())
    let drawn = try bytes(ofFile: folder.file("digits_resnet.svg"))
    #expect(drawn == (try bytes(ofFile: Repository.file("docs/digits_resnet.svg"))))
  }

  @Test(arguments: ["model.png", "model", "model.svg.gz", "svg"])
  func `another extension is a sentence about usage`(name: String) throws {
    let outcome = try run(Programs.model, name)
    #expect(outcome.code == 64)
    let sentence = "Error: a diagram is a file '.svg' or '.dot'; '\(name)' is neither\n"
    #expect(outcome.error.hasPrefix(sentence))
    #expect(try folder.names == [])
  }

  @Test func `a model that cannot be read leaves the old diagram`() throws {
    try folder.write("old".utf8, to: "model.svg")
    let outcome = try run("missing.h5", "model.svg")
    #expect(
      outcome
        == .init(error: "missing.h5: cannot be opened: No such file or directory\n", code: 2))
    #expect(try text("model.svg") == "old")
    #expect(try folder.names == ["model.svg"])
  }

  @Test(arguments: Fixture.valid)
  func `in the diagram of a fixture nothing lies on anything else`(fixture: Fixture) throws {
    let model = try Model(contentsOfFile: fixture.path)
    let drawn = try SVGDocument(Diagram(of: model.graph, folding: .never).svg())
    #expect(drawn.collisions == [])
    #expect(drawn.calls.count { $0.parent == nil } == model.graph.calls.count)
    #expect(try SVGDocument(Diagram(of: model.graph, folding: .always).svg()).collisions == [])
  }
}
