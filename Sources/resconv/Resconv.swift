internal import ArgumentParser
internal import CommandSupport

/// The program `resconv`.
@main struct Resconv: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "resconv",
    abstract: "Moves residual networks between Keras files and a protobuf schema.",
    usage: """
      resconv [<options>] <input> <output>
      resconv inspect [<options>] <file>
      resconv diagram [<options>] <input> <output>
      """,
    discussion: """
      The format of a file is told by its content; that of a new one by its
      extension, '.pb', '.h5', '.keras' or '.weights.h5' (the weights
      alone). 'resconv help convert' lists the options of a
      conversion. A file that is named like a subcommand is written './inspect'.

      EXAMPLES:
        resconv model.h5 model.pb
        resconv --architecture model.json model.weights.h5 model.pb
        resconv --check --golden model.golden.h5 model.h5 model.pb
        resconv --drop-optimizer model.h5 slim.h5
        resconv inspect model.pb
        resconv inspect --bindings model.h5
        resconv diagram model.h5 model.svg

      EXIT CODES:
        0   done
        2   a file cannot be read, converted or written; nothing was changed,
            unless the sentence ends in 'has been written'
        64  wrong arguments

      'resconv --generate-completion-script bash' (or zsh, fish) writes a
      completion script.
      """,
    version: ProgramVersion.of("resconv"),
    subcommands: [Convert.self, Inspect.self, DrawDiagram.self],
    defaultSubcommand: Convert.self)

  static func main() {
    Arguments.check()
    ProcessSetting.check()
    main(nil)
  }
}
