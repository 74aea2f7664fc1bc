import Foundation
import Residual
import TestSupport
import Testing

@Suite struct ConvertTests {
  private let folder: TemporaryFolder
  private let resconv: Program

  init() throws {
    folder = try TemporaryFolder()
    resconv = try Programs.resconv
    try folder.write(bytes(ofFile: Programs.model), to: "model.h5")
  }

  private func run(_ arguments: String...) throws -> Program.Outcome {
    try resconv.run(arguments, in: folder.path)
  }

  @Test func `a conversion prints one line`() throws {
    let outcome = try run("model.h5", "model.pb")
    #expect(
      outcome == .init(output: "model.h5 → model.pb: 10 layers, 18 tensors, 4.1 kB\n"))
    #expect(try folder.names == ["model.h5", "model.pb"])
  }

  @Test func `a quiet conversion prints nothing`() throws {
    #expect(try run("--quiet", "model.h5", "model.pb") == .init())
    #expect(try ModelFormat.detect(path: folder.file("model.pb")) == .protobuf)
  }

  @Test(arguments: Fixture.valid)
  func `every fixture goes to protobuf and back without a difference`(fixture: Fixture) throws {
    let back = fixture.file.hasSuffix(".keras") ? "back.keras" : "back.h5"
    for (input, output) in [(fixture.path, "there.pb"), ("there.pb", back)] {
      let outcome = try run("--check", "--quiet", input, output)
      #expect(outcome == .init())
    }
    let path = folder.file(back)
    #expect(
      try Model(contentsOfFile: fixture.path).difference(from: Model(contentsOfFile: path)) == nil)
  }

  @Test func `weights are bound to the architecture beside them`() throws {
    func file(_ name: String) -> String { Repository.fixture("weights/" + name) }
    for weights in ["keras2.weights.h5", "keras2.h5"] {
      let outcome = try run("--check", "--architecture", file("keras2.json"), file(weights), "a.pb")
      #expect(
        outcome
          == .init(
            output: (weights == "keras2.h5"
              ? ""
              : "note: the weights name no layers, and were bound by class and place, as Keras does\n")
              + "\(file(weights)) → a.pb: 4 layers, 6 tensors, 204 bytes, read back and equal\n"
          ))
    }
    let refused = try run(file("keras3.weights.h5"), "b.pb")
    #expect(refused.code == 2)
    #expect(refused.error.hasSuffix("give what the model is with --architecture\n"))
    #expect(try run("--check", "--quiet", "a.pb", "a.weights.h5") == .init())
    #expect(
      try run("--check", "--quiet", "--architecture", "a.pb", "a.weights.h5", "b.keras") == .init())
    #expect(try run("--bind-by-order", "a.pb", "b.pb").code == 64)
    #expect(try folder.names == ["a.pb", "a.weights.h5", "b.keras", "model.h5"])
  }

  @Test func `the same input makes the same bytes`() throws {
    _ = try run("model.h5", "one.pb")
    _ = try run("model.h5", "two.pb")
    #expect(try bytes(ofFile: folder.file("one.pb")) == bytes(ofFile: folder.file("two.pb")))
  }

  @Test func `a file may be converted into itself`() throws {
    #expect(try run("--check", "--quiet", "model.h5", "model.h5") == .init())
    #expect(
      try Model(contentsOfFile: Programs.model)
        .difference(from: Model(contentsOfFile: folder.file("model.h5"))) == nil)
  }

  @Test func `goldens are embedded`() throws {
    let outcome = try run("--golden", Programs.golden, "model.h5", "model.pb")
    #expect(outcome.code == 0, "\(outcome)")
    #expect(!(try Model(contentsOfFile: folder.file("model.pb")).goldens.isEmpty))
  }

  @Test func `a file that is named like a subcommand is converted by its path`() throws {
    try folder.write(bytes(ofFile: Programs.model), to: "inspect")
    #expect(try run("--quiet", "./inspect", "out.pb") == .init())
    #expect(try run("--quiet", "convert", "inspect", "out.h5").code == 64)
    #expect(try run("convert", "--quiet", "./inspect", "out.h5") == .init())
  }

  @Test(arguments: [
    (["none.h5", "out.pb"], "none.h5: cannot be opened: No such file or directory"),
    ([".", "out.pb"], ".: is a folder; expected a file"),
    (["empty.h5", "out.pb"], "empty.h5: is empty"),
    (
      ["notes.txt", "out.pb"],
      "notes.txt: is neither a Keras file nor a residual protobuf file"
    ),
    (["model.h5", "out.hdf"], "out.hdf: unknown format '.hdf'; did you mean '.h5'?"),
    (["model.h5", "none/out.pb"], "none/out.pb: cannot be created: No such file or directory"),
    (["model.h5", "/proc/out.pb"], "/proc/out.pb: cannot be created: No such file or directory"),
    (["model.h5", "."], ".: is a folder; expected a file"),
    (
      ["model.h5", "x.pb/"],
      "x.pb/: is the name of a folder, as it ends in '/'; expected that of a file"
    ),
    (["--golden", Programs.golden, "model.h5", "out.h5"], "out.h5: goldens cannot be stored"),
  ])
  func `what cannot be done is one sentence and changes nothing`(
    arguments: [String], sentence: String
  ) throws {
    try folder.write([], to: "empty.h5")
    try folder.write("hello\n".utf8, to: "notes.txt")
    let before = try folder.names
    let outcome = try resconv.run(arguments, in: folder.path)
    #expect(outcome.error.hasPrefix(sentence))
    #expect(outcome.error.filter { $0 == "\n" }.count == 1)
    #expect(outcome.output == "")
    #expect(outcome.code == 2)
    #expect(try folder.names == before)
  }

  @Test func `a long name is cut in its middle`() throws {
    let name = "a" + String(repeating: "x", count: 300) + "z.h5"
    let outcome = try resconv.run([name, "out.pb"], in: folder.path)
    let shown = "a" + String(repeating: "x", count: 130) + "…" + String(repeating: "x", count: 61)
    #expect(outcome.error == "\(shown)z.h5: cannot be opened: File name too long\n")
  }

  @Test func `a truncated file is refused at every length and the old target survives`() throws {
    let whole = try bytes(ofFile: Programs.model)
    try folder.write("old".utf8, to: "out.pb")
    for count in stride(from: 1, to: whole.count, by: whole.count / 12) {
      try folder.write(whole.prefix(count), to: "cut.h5")
      let outcome = try run("cut.h5", "out.pb")
      #expect(outcome.code == 2)
      #expect(outcome.error.hasPrefix("cut.h5: "))
    }
    #expect(try bytes(ofFile: folder.file("out.pb")) == Array("old".utf8))
  }

  @Test func `a damaged weight is the input's fault, found while the output is written`() throws {
    _ = try run("model.h5", "model.pb")
    var damaged = try bytes(ofFile: folder.file("model.pb"))
    damaged[damaged.count - 1] ^= 1
    try folder.write(damaged, to: "damaged.pb")
    try folder.write("old".utf8, to: "out.h5")
    let outcome = try run("damaged.pb", "out.h5")
    #expect(outcome.error.hasPrefix("damaged.pb: tensor '"), "\(outcome.error)")
    #expect(outcome.error.contains("is damaged"))
    #expect(outcome.code == 2)
    #expect(try bytes(ofFile: folder.file("out.h5")) == Array("old".utf8))
  }

  @Test func `layers that cannot be run are named all at once and nothing is written`() throws {
    let model = try unsupportedModel()
    try model.write(toFile: folder.file("lambda.pb"))
    let outcome = try run("lambda.pb", "out.pb")
    #expect(
      outcome
        == .init(
          error: "lambda.pb: 2 layers are not supported: 'a' (Lambda) stores Python code; "
            + "'b' (Odd) is of an unknown class\n",
          code: 2))
    #expect(!(try folder.names.contains("out.pb")))
    #expect(try run("--allow-unsupported", "--quiet", "--check", "lambda.pb", "out.pb").code == 0)
  }

  @Test func `a name that holds control characters is printed as one harmless line`() throws {
    let outcome = try run("a\n\u{1B}[31m.h5", "out.pb")
    #expect(
      outcome.error == "a\\u{A}\\u{1B}[31m.h5: cannot be opened: No such file or directory\n")
  }

  @Test func `output that cannot be written is an error`() throws {
    let shell = Program(path: "/bin/sh")
    let outcome = try shell.run(
      ["-c", "'\(resconv.path)' inspect model.h5 > /dev/full"], in: folder.path)
    #expect(
      outcome
        == .init(error: "standard output: cannot be written: No space left on device\n", code: 2))
  }

  private func unsupportedModel() throws -> Model {
    let layers = [("a", "Lambda", "stores Python code"), ("b", "Odd", "is of an unknown class")]
    let input = LayerNode(name: "in", body: .layer(InputLayer(batchShape: [nil, 2])))
    let nodes = layers.map { name, kind, reason in
      LayerNode(
        name: name,
        body: .unsupported(
          UnsupportedLayer(path: name, kind: kind, reason: reason, configuration: "{}")))
    }
    return try Model(
      graph: Graph(
        name: "odd", form: .functional, layers: [input] + nodes,
        calls: [
          Call("in", inputs: []), Call("a", inputs: [TensorReference("in")]),
          Call("b", inputs: [TensorReference("a")]),
        ],
        inputs: [TensorReference("in")], outputs: [TensorReference("b")]),
      tensors: [:])
  }
}
