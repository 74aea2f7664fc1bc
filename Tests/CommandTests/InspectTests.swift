import Foundation
import Residual
import TestSupport
import Testing

@Suite struct InspectTests {
  private func run(_ arguments: String...) throws -> Program.Outcome {
    try Programs.resconv.run(
      ["inspect"] + arguments, in: Repository.fixture("block_projection"))
  }

  @Test func `an inspection tells where the model comes from and what it is made of`() throws {
    let outcome = try run("keras2.h5")
    #expect(outcome.code == 0)
    #expect(outcome.error == "")
    let lines = outcome.output.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(
      lines.prefix(9).map(String.init) == [
        "file        keras2.h5, Keras HDF5, 38.1 kB",
        "model       block_projection (Functional)",
        "producer    keras 2.15.0, tensorflow",
        "input       image [None, 9, 9, 4]",
        "output      relu2 [None, 5, 5, 8]",
        "layers      10 (10 calls)",
        "parameters  1,016 (968 trainable, 48 fixed)",
        "weights     18 tensors, 4.1 kB",
        "",
      ])
    #expect(
      lines.contains(
        "| add (Add)                        | (None, 5, 5, 8) |       0 "
          + "| shortcut_bn[0][0], bn2[0][0] |"))
    #expect(outcome.output.hasSuffix("\n Non-trainable params: 48 (192.00 B)\n"))
  }

  @Test func `a terminal is shown boxes in its width`() throws {
    let program = try Programs.resconv.path
    let outcome = try Program(path: "/usr/bin/script").run(
      ["-qec", "stty cols 70; '\(program)' inspect keras2.h5", "/dev/null"],
      in: Repository.fixture("block_projection"))
    #expect(outcome.code == 0)
    let lines = outcome.output.split(whereSeparator: \.isNewline)
    let table = lines.filter { $0.contains { "┏┃┡│├└".contains($0) } }
    #expect(table.count > 20)
    #expect(table.allSatisfy { $0.count == 70 })
  }

  @Test func `notes follow the layers`() throws {
    let outcome = try Programs.resconv.run(
      ["inspect", "keras3.h5"], in: Repository.fixture("same_input_twice"))
    let notes = outcome.output.split(separator: "\n\nNotes:\n").dropFirst().first
    #expect(
      notes == """
          layer 'add' (Add): takes 'conv' more than once; a tensor that is merged with itself joins \
        no two paths
          layer 'concatenate' (Concatenate): takes 'x' more than once; a tensor that is merged with \
        itself joins no two paths

        """)
  }

  @Test func `bindings name every weight that another resembles`() throws {
    let outcome = try run("--bindings", "keras2.h5")
    #expect(
      outcome.output.hasSuffix(
        "\n\n15 of 18 tensors share role and shape with another; all were bound by name\n"))
    #expect(outcome.output.split(separator: "\n").count == 17)
  }

  @Test func `JSON holds the same`() throws {
    let outcome = try run("--json", "keras2.h5")
    let inspection = try JSONDecoder().decode(Inspection.self, from: Data(outcome.output.utf8))
    #expect(
      inspection
        == (try Inspection(ModelFile(path: Programs.model)).renamed("keras2.h5")))
  }

  @Test func `the protobuf file of a model shows the same calls`() throws {
    let folder = try TemporaryFolder()
    _ = try Programs.resconv.run(["--quiet", Programs.model, folder.file("m.pb")])
    let calls = try Inspection(ModelFile(path: folder.file("m.pb"))).calls
    #expect(calls == (try Inspection(ModelFile(path: Programs.model)).calls))
    let outcome = try Programs.resconv.run(["inspect", "--bindings", folder.file("m.pb")])
    #expect(
      outcome
        == .init(output: "the file names the tensor of every weight; nothing had to be bound\n"))
  }
}

extension Inspection {
  fileprivate func renamed(_ file: String) -> Inspection {
    var copy = self
    copy.file = file
    return copy
  }
}
