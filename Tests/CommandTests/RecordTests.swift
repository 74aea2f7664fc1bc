import Residual
import TestSupport
import Testing

@Suite struct RecordTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try folder.write(bytes(ofFile: Programs.model), to: "model.h5")
  }

  private func run(_ arguments: String...) throws -> Program.Outcome {
    try Programs.resverify.run(arguments, in: folder.path)
  }

  @Test func `what is recorded names its producer, and both engines agree with it`() throws {
    let outcome = try run("record", "model.h5", "--out", "golden.h5", "--size", "8")
    #expect(outcome == .init(output: "golden.h5: 3 cases, 27 calls recorded\n"))
    let golden = try Golden(contentsOfFile: folder.file("golden.h5"))
    #expect(golden.producer == "residual reference")
    #expect(golden.backend == "reference float64")
    #expect(golden.cases.map(\.name) == ["normal", "ramp", "seeded"])
    #expect(golden.seed == 1)
    #expect(golden.cases.allSatisfy { $0.calls.count == 9 && $0.outputs.count == 1 })
    #expect(golden.cases.flatMap(\.calls.values).allSatisfy { $0.dtype == .float32 })
    for engine in [[], ["--precision", "float32"], ["--engine", "onednn"]] {
      let arguments = ["model.h5", "--golden", "golden.h5", "--json"] + engine
      let agreement = try Programs.resverify.run(arguments, in: folder.path)
      #expect(agreement.code == 0, "\(agreement)")
      #expect(agreement.output.contains("\"producer\" : \"residual reference 0.1.0\""))
    }
  }

  @Test func `more cases are random, each with other numbers`() throws {
    #expect(
      try run(
        "record", "model.h5", "--out", "golden.h5", "--input", "bytes", "--input", "ones",
        "--cases", "4", "--batch", "2", "--no-calls", "--quiet") == .init())
    let golden = try Golden(contentsOfFile: folder.file("golden.h5"))
    #expect(golden.cases.map(\.name) == ["bytes", "bytes_2", "bytes_3", "ones"])
    #expect(golden.cases.allSatisfy { $0.calls.isEmpty && $0.outputs.count == 1 })
    let inputs = try golden.cases.map { try $0.inputs.values[0].array(Float.self) }
    #expect(Set(inputs.map(\.elements)).count == 4)
    #expect(inputs[0].dimensions[0] == 2)
    #expect(inputs[0].elements.allSatisfy { $0 == $0.rounded() && 0...255 ~= $0 })
    #expect(inputs[3].elements.allSatisfy { $0 == 1 })
  }

  @Test func `what the first layers suggest is fed, told, and kept`() throws {
    let x = Input(shape: [8, 8, 3], name: "image")
    let model = try Model(
      inputs: x, outputs: Flatten(name: "flat")(Rescaling([1.0 / 255], name: "rescaling")(x)))
    try model.write(toFile: folder.file("scaled.pb"))
    let text = "whole numbers from 0 to 255, as 'rescaling' (Rescaling) takes"
    let outcome = try run("record", "scaled.pb", "--out", "golden.h5")
    #expect(outcome.error == "scaled.pb: input 'image' is fed \(text); --input feeds others\n")
    let golden = try Golden(contentsOfFile: folder.file("golden.h5"))
    #expect(
      golden.cases.map(\.description) == [
        "\(text), seed 2, batch of 1",
        text.replacing(", as", with: " in row-major order, as") + ", batch of 1",
        "\(text), seed 1, batch of 1",
      ])
    for one in golden.cases {
      let elements = try #require(one.inputs["image"]).array(Float.self).elements
      #expect(elements.allSatisfy { $0 == $0.rounded() && 0...255 ~= $0 })
      #expect(elements.contains { $0 > 200 })
    }
    #expect(
      try run("record", "scaled.pb", "--out", "golden.h5", "--input", "normal").error == "")
  }

  @Test func `inputs are read from an array of NumPy's`() throws {
    let header = "{'descr': '|u1', 'fortran_order': False, 'shape': (2, 9, 9, 4)}"
    let pixels = (0..<2 * 9 * 9 * 4).map { UInt8(truncatingIfNeeded: $0) }
    let head = [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(header.utf8.count), 0]
    try folder.write(head + Array(header.utf8) + pixels, to: "in.npy")
    #expect(
      try run("record", "model.h5", "--out", "golden.h5", "--input", "in.npy")
        == .init(output: "golden.h5: 1 case, 9 calls recorded\n"))
    let golden = try Golden(contentsOfFile: folder.file("golden.h5"))
    #expect(golden.seed == nil)
    let one = try #require(golden.cases.first)
    #expect(one.name == "given" && one.description == "inputs from in.npy")
    #expect(try one.inputs["image"]?.array(Float.self).elements == pixels.map(Float.init))
    try folder.write(head + Array(header.utf8) + pixels.dropLast(), to: "in.npy")
    #expect(
      try run("record", "model.h5", "--out", "golden.h5", "--input", "in.npy")
        == .init(
          error: "in.npy: has 647 bytes of elements; expected 648 from its shape and type\n",
          code: 2)
    )
  }

  @Test func `the same command records the same bytes`() throws {
    for name in ["a.h5", "b.h5"] { _ = try run("record", "model.h5", "--out", name) }
    #expect(try bytes(ofFile: folder.file("a.h5")) == bytes(ofFile: folder.file("b.h5")))
  }

  @Test func `a recording that fails leaves the old golden`() throws {
    try folder.write([1, 2, 3], to: "golden.h5")
    let outcome = try run("record", "none.h5", "--out", "golden.h5")
    #expect(outcome.error == "none.h5: cannot be opened: No such file or directory\n")
    #expect(outcome.code == 2)
    #expect(try bytes(ofFile: folder.file("golden.h5")) == [1, 2, 3])
  }

  @Test(arguments: [
    ["model.h5"], ["model.h5", "--out", "golden.npz"], ["model.h5", "--out", "model.h5"],
    ["model.h5", "--out", "g.h5", "--input", "noise"],
    ["model.h5", "--out", "g.h5", "--input", "ones", "--cases", "2"],
    ["model.h5", "--out", "g.h5", "--input", "ones", "--input", "ones"],
    ["model.h5", "--out", "g.h5", "--batch", "0"],
    ["model.h5", "--out", "g.h5", "--input", "in.npy", "--cases", "2"],
    ["model.h5", "--out", "g.h5", "--input", "in.npy", "--input", "ones"],
  ])
  func `wrong arguments exit with 64`(arguments: [String]) throws {
    #expect(try Programs.resverify.run(["record"] + arguments, in: folder.path).code == 64)
  }
}
