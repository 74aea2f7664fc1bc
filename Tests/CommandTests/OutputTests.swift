import Foundation
import Residual
import TestSupport
import Testing

/// Files that are written: none that is read, none beside the one that is named, and nothing left of
/// what was interrupted.
@Suite struct OutputTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try folder.write(bytes(ofFile: Programs.model), to: "model.h5")
    try folder.write(bytes(ofFile: Programs.golden), to: "golden.h5")
  }

  // MARK: - What is read

  @Test(arguments: ["model.h5", "./model.h5", "sub/../model.h5", "link", "hard", "golden.h5"])
  func `what is read is not written, whatever it is called`(target: String) throws {
    let files = FileManager.default
    try files.createDirectory(atPath: folder.file("sub"), withIntermediateDirectories: false)
    try files.createSymbolicLink(atPath: folder.file("link"), withDestinationPath: "model.h5")
    try files.linkItem(atPath: folder.file("model.h5"), toPath: folder.file("hard"))
    let names = try folder.names
    for option in ["--report", "--junit"] {
      let outcome = try Programs.resverify.run(
        ["model.h5", "--golden", "golden.h5", option, target], in: folder.path)
      #expect(
        outcome
          == .init(error: "\(target): is read; what is written needs another file\n", code: 64))
    }
    try expectUnchanged(names)
  }

  @Test func `no command writes what it reads`() throws {
    try FileManager.default.linkItem(
      atPath: folder.file("model.h5"), toPath: folder.file("image.svg"))
    try FileManager.default.createSymbolicLink(
      atPath: folder.file("other.h5"), withDestinationPath: "model.h5")
    _ = try Programs.resconv.run(["-q", "model.h5", "model.pb"], in: folder.path)
    try FileManager.default.linkItem(
      atPath: folder.file("golden.h5"), toPath: folder.file("golden.pb"))
    let names = try folder.names
    for (program, arguments) in [
      (try Programs.resconv, ["diagram", "model.h5", "image.svg"]),
      (try Programs.resconv, ["--golden", "golden.h5", "model.pb", "golden.pb"]),
      (try Programs.resverify, ["record", "model.h5", "--out", "other.h5"]),
    ] {
      let outcome = try program.run(arguments, in: folder.path)
      #expect(outcome.code == 64, "\(arguments)")
      #expect(outcome.error.hasSuffix(": is read; what is written needs another file\n"))
    }
    try expectUnchanged(names)
  }

  @Test func `a shard of what is read is not written`() throws {
    try convertToShards()
    let shard = try #require(folder.names.first { $0.hasPrefix("model-00001") })
    let before = try bytes(ofFile: folder.file(shard))
    let outcome = try Programs.resverify.run(
      ["model.pb", "--golden", "golden.h5", "--report", shard], in: folder.path)
    #expect(outcome.code == 64, "\(outcome)")
    #expect(try bytes(ofFile: folder.file(shard)) == before)
  }

  @Test func `two outputs are two files`() throws {
    let outcome = try Programs.resverify.run(
      ["model.h5", "--golden", "golden.h5", "--report", "out", "--junit", "out"], in: folder.path)
    #expect(
      outcome
        == .init(
          error: "out: is to be written twice; each output needs its own file\n", code: 64))
  }

  private func expectUnchanged(_ names: [String]) throws {
    #expect(try folder.names == names)
    #expect(try bytes(ofFile: folder.file("model.h5")) == bytes(ofFile: Programs.model))
    #expect(try bytes(ofFile: folder.file("golden.h5")) == bytes(ofFile: Programs.golden))
  }

  private func convertToShards() throws {
    let outcome = try Programs.resconv.run(
      ["-q", "model.h5", "model.pb"], in: folder.path,
      environment: ["RESIDUAL_SHARD_BYTES": "1500"])
    #expect(outcome == .init())
  }

  @Test func `what is written through a link is read through it`() throws {
    let files = FileManager.default
    try files.createDirectory(atPath: folder.file("real"), withIntermediateDirectories: false)
    try files.createSymbolicLink(
      atPath: folder.file("model.pb"), withDestinationPath: "real/there.pb")
    try convertToShards()
    #expect(try folder.names == ["golden.h5", "model.h5", "model.pb", "real"])
    #expect(
      try Programs.resconv.run(["-q", "model.pb", "again.h5"], in: folder.path) == .init())
    // The shards of what is read are no output.
    let shard = try #require(
      try files.contentsOfDirectory(atPath: folder.file("real")).first { $0 != "there.pb" })
    let outcome = try Programs.resverify.run(
      ["model.pb", "--report", "real/\(shard)"], in: folder.path)
    #expect(outcome.code == 64)
    // Replaced through the link, the old shards go.
    try convertToShards()
    let before = try files.contentsOfDirectory(atPath: folder.file("real")).count
    let whole = try Programs.resconv.run(["-q", "model.h5", "model.pb"], in: folder.path)
    #expect(whole == .init())
    #expect(before > 2)
    #expect(try files.contentsOfDirectory(atPath: folder.file("real")) == ["there.pb"])
  }

  // MARK: - Names

  @Test func `an argument that is not UTF-8 is refused`() throws {
    let names = try folder.names
    let shell = Program(path: "/bin/sh")
    for program in [try Programs.resconv, try Programs.resverify] {
      let outcome = try shell.run(
        ["-c", "'\(program.path)' model.h5 \"$(printf 'out\\377.pb')\""], in: folder.path)
      #expect(
        outcome == .init(error: "argument 2 is not UTF-8: 'out\u{FFFD}.pb'\n", code: 64))
    }
    #expect(try folder.names == names)
  }

  @Test func `a model's name does not lead out of the folder of what is cut`() throws {
    let model = try Model(contentsOfFile: Programs.model)
    var (graph, tensors) = (model.graph, model.tensors)
    graph = try Graph(
      // The slash and the mark behind it are one character.
      name: "../\u{301}x", form: graph.form, layers: Array(graph.layers.values),
      calls: graph.calls, inputs: graph.inputs, outputs: graph.outputs)
    var kernel: NDArray<Float> = try #require(tensors["conv2/kernel"]).array()
    kernel.elements[0] += 0.5
    tensors["conv2/kernel"] = Tensor(kernel)
    try Model(graph: graph, tensors: tensors).write(toFile: folder.file("changed.pb"))
    let outcome = try Programs.resverify.run(
      ["changed.pb", "--golden", "golden.h5", "--cut", "cuts/inner"], in: folder.path)
    #expect(outcome.code == 1, "\(outcome)")
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: folder.file("cuts")) == ["inner"])
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: folder.file("cuts/inner"))
        == [".._\u{301}x-conv2.pb"])
  }

  @Test func `a sentence is short in bytes, too`() throws {
    // One character of many scalars.
    let name = "a" + String(repeating: "\u{301}", count: 50_000) + ".h5"
    let outcome = try Programs.resconv.run([name, "out.pb"], in: folder.path)
    #expect(outcome.code == 2)
    #expect(outcome.error.hasSuffix(": cannot be opened: File name too long\n"))
    #expect(outcome.error.utf8.count < 300)
  }

  // MARK: - Interruption

  /// Starts to record, and sends a signal while there is something half written.
  private func recordInterrupted(_ signal: Int32, toBoth: Bool = false) throws -> Int32? {
    for _ in 0..<20 {
      var isSent = false
      let outcome = try Programs.resverify.run(
        ["record", "model.h5", "--out", "new.h5", "--input", "normal", "--cases", "300", "-q"],
        in: folder.path
      ) { process in
        guard let child = process.waitForChild() else { return }
        while process.isRunning {
          // Stopped, it cannot finish between the look and the signal.
          kill(child, SIGSTOP)
          defer { kill(child, SIGCONT) }
          guard try folder.names.contains(where: { $0.contains(".partial-") }) else { continue }
          if toBoth { kill(child, signal) }
          isSent = kill(process.processIdentifier, signal) == 0
          return
        }
      }
      if isSent, outcome.code != 0 { return outcome.code }
      try? FileManager.default.removeItem(atPath: folder.file("new.h5"))
    }
    return nil
  }

  /// The signals that end a program, without those that whoever runs the tests has it ignore.
  private static let endings = [SIGINT, SIGTERM, SIGHUP].filter { number in
    let old = signal(number, SIG_DFL)
    signal(number, old)
    // Sound: `SIG_IGN` is the number 1 in the place of a function.
    return unsafe unsafeBitCast(old, to: Int.self) != 1
  }

  @Test(arguments: endings)
  func `a recording that is interrupted leaves nothing`(signal: Int32) throws {
    #expect(try recordInterrupted(signal) == -signal)
    #expect(try folder.names == ["golden.h5", "model.h5"])
  }

  @Test func `what is left where both processes die is removed by the next`() throws {
    #expect(try recordInterrupted(SIGKILL, toBoth: true) == -SIGKILL)
    #expect(try folder.names.contains { $0.hasPrefix(".new.h5.partial-") })
    _ = try Programs.resconv.run(["-q", "model.h5", "other.pb"], in: folder.path)
    #expect(try folder.names == ["golden.h5", "model.h5", "other.pb"])
  }

  @Test func `a failure behind the replacement says that the file has been written`() throws {
    let outcome = try Program(path: "/bin/sh").run(
      ["-c", "'\(Programs.resconv.path)' model.h5 out.pb > /dev/full"], in: folder.path)
    #expect(
      outcome
        == .init(
          error: "standard output: cannot be written: No space left on device; "
            + "but out.pb has been written\n",
          code: 2))
    #expect(try ModelFormat.detect(path: folder.file("out.pb")) == .protobuf)
  }

  @Test func `a link that a stranger put under a name of ours is not followed`() throws {
    try FileManager.default.createDirectory(
      atPath: folder.file("letters"), withIntermediateDirectories: false)
    try folder.write("dear".utf8, to: "letters/a")
    for number in 1...3 {
      let digits = String(repeating: "\(number)", count: 32)
      try FileManager.default.createSymbolicLink(
        atPath: folder.file(".out.pb.partial-\(digits)"), withDestinationPath: "letters")
    }
    #expect(
      try Programs.resconv.run(["-q", "model.h5", "out.pb"], in: folder.path) == .init())
    #expect(try bytes(ofFile: folder.file("letters/a")) == Array("dear".utf8))
  }
}
