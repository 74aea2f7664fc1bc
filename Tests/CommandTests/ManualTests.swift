import TestSupport
import Testing

@Suite struct ManualTests {
  private static let helps = [
    ("resconv", ["--help"]), ("resconv", ["help", "convert"]), ("resconv", ["help", "inspect"]),
    ("resconv", ["help", "diagram"]),
    ("resverify", ["--help"]), ("resverify", ["help", "verify"]),
    ("resverify", ["help", "record"]), ("resverify", ["help", "sensitivity"]),
  ]

  @Test(arguments: helps)
  func `the manual names every option that the help does`(
    program: String, arguments: [String]
  ) throws {
    let help = try Program(program).run(arguments)
    #expect(help.code == 0)
    let source = try bytes(ofFile: Repository.file("Documentation/man/\(program).1"))
    let manual = String(decoding: source, as: UTF8.self)
    let options = help.output.matches(of: /--[a-z-]+/).map { String($0.output) }
    #expect(options.contains("--help"))
    for option in Set(options) {
      #expect(manual.contains("Fl -\(option.dropFirst(2))"), "\(option)")
    }
  }

  @Test(arguments: helps)
  func `the help states the exit codes and gives examples`(
    program: String, arguments: [String]
  ) throws {
    let help = try Program(program).run(arguments).output
    #expect(help.contains("EXIT CODES:\n  0 "))
    #expect(help.contains("EXAMPLES:\n  \(program) "))
  }

  @Test(arguments: ["resconv", "resverify"])
  func `the version is printed`(program: String) throws {
    #expect(try Program(program).run(["--version"]) == .init(output: "\(program) 0.1.0\n"))
  }

  @Test(arguments: ["bash", "zsh", "fish"])
  func `shells complete both programs`(shell: String) throws {
    for program in ["resconv", "resverify"] {
      let script = try Program(program).run(["--generate-completion-script", shell])
      #expect(script.code == 0)
      #expect(script.output.contains("golden"))
    }
  }
}
