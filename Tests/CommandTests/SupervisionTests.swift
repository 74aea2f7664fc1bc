import Foundation
import TestSupport
import Testing

/// What the supervisor makes of a process that does not end as it should.
///
/// The process is met while it starts; a run that was over before is tried again.
@Suite struct SupervisionTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try folder.write(bytes(ofFile: Programs.model), to: "model.h5")
    try folder.write("old".utf8, to: "model.pb")
  }

  /// - Parameter whileStopped: Is called before the signal is sent.
  private func outcome(
    of arguments: [String] = ["model.h5", "model.pb"], sending signal: Int32, toChild: Bool,
    whileStopped: () throws -> Void = {}
  ) throws -> Program.Outcome {
    for _ in 0..<50 {
      var isSent = false
      let outcome = try Programs.resconv.run(arguments, in: folder.path) { process in
        // Stopped, the process cannot finish between a look at what it has done and the signal.
        guard let child = process.waitForChild(), kill(child, SIGSTOP) == 0 else { return }
        defer { kill(child, SIGCONT) }
        guard try bytes(ofFile: folder.file("model.pb")) == Array("old".utf8) else { return }
        // What it would leave, had it come to it.
        let staging = ".model.pb.partial-" + String(repeating: "f", count: 32)
        try FileManager.default.createDirectory(
          atPath: folder.file(staging), withIntermediateDirectories: true,
          attributes: [.posixPermissions: 0o700])
        for name in ["model.pb", "partial"] {
          _ = try? folder.write("half".utf8, to: "\(staging)/\(name)")
        }
        try whileStopped()
        isSent = kill(toChild ? child : process.processIdentifier, signal) == 0
        // The supervisor passes the signal on while the other still stands.
        if !toChild { usleep(200_000) }
      }
      if isSent, outcome.code != 0 { return outcome }
      try folder.write("old".utf8, to: "model.pb")
    }
    Issue.record("no run was met while it lasted")
    return .init()
  }

  private func expectNothingChanged() throws {
    #expect(try folder.names == ["model.h5", "model.pb"])
    #expect(try bytes(ofFile: folder.file("model.pb")) == Array("old".utf8))
  }

  @Test(arguments: [SIGSEGV, SIGBUS, SIGFPE])
  func `a crash is a sentence, and nothing is left behind`(signal: Int32) throws {
    #expect(
      try outcome(sending: signal, toChild: true)
        == .init(
          error: "model.h5: libhdf5 crashed (signal \(signal)) while reading it; "
            + "the file is damaged\n",
          code: 2))
    try expectNothingChanged()
  }

  @Test func `a file that another program cuts while it is mapped is named`() throws {
    let whole = try bytes(ofFile: folder.file("model.h5"))
    let expected = Program.Outcome(
      error: "model.h5: was cut to 1000 of \(whole.count) bytes while it was read\n", code: 2)
    var found = Program.Outcome()
    // A process that has not yet chosen to die of the signal finds out by reading.
    for _ in 0..<50 where found != expected {
      try folder.write(whole, to: "model.h5")
      found = try outcome(sending: SIGBUS, toChild: true) {
        #expect(unsafe truncate(folder.file("model.h5"), 1000) == 0)
      }
    }
    #expect(found == expected)
    try expectNothingChanged()
  }

  @Test func `a page that cannot be read is a sentence`() throws {
    _ = try Programs.resconv.run(["--quiet", "model.h5", "in.pb"], in: folder.path)
    #expect(
      try outcome(of: ["in.pb", "model.pb"], sending: SIGBUS, toChild: true)
        == .init(error: "in.pb: a page of it cannot be read from its disk\n", code: 2))
  }

  @Test(arguments: ["inspect", "diagram"])
  func `a file that is cut at any time ends in a sentence`(command: String) throws {
    _ = try Programs.resconv.run(["--quiet", "model.h5", "in.pb"], in: folder.path)
    let whole = try bytes(ofFile: folder.file("in.pb"))
    let arguments = [command, "in.pb"] + (command == "diagram" ? ["out.svg"] : [])
    for wait in 0..<20 {
      try folder.write(whole, to: "in.pb")
      let outcome = try Programs.resconv.run(arguments, in: folder.path) { _ in
        usleep(useconds_t(wait * 1000))
        #expect(unsafe truncate(folder.file("in.pb"), 4096) == 0)
      }
      guard outcome.code != 0 else { continue }
      #expect(outcome.code == 2)
      #expect(outcome.error.hasPrefix("in.pb: "))
      #expect(outcome.error.split(separator: "\n").count == 1)
    }
  }

  @Test func `a killed process is a sentence`() throws {
    #expect(
      try outcome(sending: SIGKILL, toChild: true)
        == .init(
          error: "model.h5: the process that read it was killed (signal 9), "
            + "perhaps for want of memory\n",
          code: 2))
    try expectNothingChanged()
  }

  @Test(arguments: [SIGTERM, SIGINT])
  func `a signal ends both processes, cleans up, and is what a shell sees`(signal: Int32) throws {
    #expect(try outcome(sending: signal, toChild: false) == .init(code: -signal))
    try expectNothingChanged()
  }

  @Test func `an environment that only claims to be supervised is not believed`() throws {
    let outcome = try Programs.resconv.run(
      ["--quiet", "none.h5", "out.pb"], in: folder.path,
      environment: ["RESIDUAL_SUPERVISION": "on"])
    #expect(
      outcome == .init(error: "none.h5: cannot be opened: No such file or directory\n", code: 2))
  }

  @Test func `all work can be kept in one process`() throws {
    var hasChild = false
    let outcome = try Programs.resconv.run(
      ["--quiet", "model.h5", "model.pb"], in: folder.path,
      environment: ["RESIDUAL_SUPERVISION": "off"]
    ) { hasChild = $0.waitForChild() != nil }
    #expect(outcome == .init())
    #expect(!hasChild)
  }
}
