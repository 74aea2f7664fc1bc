internal import ArgumentParser
internal import CommandSupport

/// The program `resverify`.
@main struct Resverify: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "resverify",
    abstract: "Proves that a model computes what it computed where it was trained.",
    usage: """
      resverify [<options>] <model> [<other>]
      resverify record [<options>] --out <golden> <model>
      resverify sensitivity [<options>] <model>
      """,
    discussion: """
      'resverify help verify' lists the options of a verification. A file that is
      named like a subcommand is written './record'.

      EXAMPLES:
        resverify model.pb
        resverify model.h5 --golden model.golden.h5
        resverify model.h5 --golden model.golden.h5 --diagnose --report page.html
        resverify model.pb --golden model.golden.npz --atol 1e-5 --rtol 1e-4
        resverify model.pb --json | jq '.[].verdict'
        resverify model.pb --engine onednn --against reference
        resverify model.pb --engine onednn --time 20
        resverify model.h5 model.pb
        resverify record model.pb --out model.golden.h5
        resverify sensitivity model.h5 --golden model.golden.h5

      EXIT CODES:
        0   the model agrees, or what was asked for is done
        1   the model differs, or a golden would not notice some change
        2   nobody can tell: a file cannot be read, a layer cannot be run, or
            nothing was compared
        64  wrong arguments

      'resverify --generate-completion-script bash' (or zsh, fish) writes a
      completion script.
      """,
    version: ProgramVersion.of("resverify"),
    subcommands: [Verify.self, Record.self, Sensitivity.self], defaultSubcommand: Verify.self)

  static func main() {
    Arguments.check()
    ProcessSetting.check()
    main(nil)
  }
}
