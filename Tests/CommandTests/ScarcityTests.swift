import TestSupport
import Testing

/// What the programs do with few descriptors, few threads and small files.
@Suite struct ScarcityTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try folder.write(bytes(ofFile: Programs.model), to: "model.h5")
  }

  /// Runs a program under limits of the shell's `ulimit`.
  private func run(
    _ limit: String, _ program: Program, _ arguments: String...
  ) throws -> Program.Outcome {
    try Program(path: "/bin/bash").run(
      ["-c", "ulimit \(limit); exec \"$@\"", "bash", program.path] + arguments, in: folder.path)
  }

  @Test(arguments: 5..<12)
  func `a verification needs few descriptors, or says that it has too few`(count: Int) throws {
    let outcome = try run(
      "-n \(count)", Programs.resverify, "model.h5", "--golden", Programs.golden, "--quiet")
    let tooFew = "\(Programs.golden): cannot be opened: Too many open files\n"
    #expect(
      outcome.code == 0 || count < 7 && outcome == .init(error: tooFew, code: 2), "\(outcome)")
  }

  @Test(arguments: ["model.pb", "copy.h5"])
  func `a limit of the size of files is told as one`(target: String) throws {
    try folder.write("old".utf8, to: target)
    let outcome = try run("-f 1", Programs.resconv, "model.h5", target)
    #expect(outcome.error.hasPrefix("\(target): "), "\(outcome)")
    #expect(outcome.error.hasSuffix("File too large\n"), "\(outcome)")
    #expect(outcome.code == 2)
    #expect(try bytes(ofFile: folder.file(target)) == Array("old".utf8))
  }
}
