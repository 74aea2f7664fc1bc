internal import ArgumentParser
internal import CommandSupport
internal import FoundationEssentials
internal import Residual

/// `resconv inspect FILE`.
struct Inspect: FileCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Shows what a file holds.",
    discussion: """
      Prints where the model comes from, the goldens in the file, its history,
      the layers as Keras's model.summary() does (in ASCII where the output is
      no terminal), notes on residual connections that seem not meant, and every
      layer that cannot be run, with the reason.

      EXAMPLES:
        resconv inspect model.h5
        resconv inspect --bindings model.h5
        resconv inspect --json model.pb

      EXIT CODES:
        0   done
        2   the file cannot be read
        64  wrong arguments
      """)

  @Flag(help: "Print JSON.")
  var json = false

  @Flag(
    help: "Show how each weight was bound that others resemble, in place of the layers.")
  var bindings = false

  @OptionGroup var source: SourceOptions

  @Argument(help: "The file: Keras or residual protobuf, or Keras weights.", completion: .file())
  var file: String

  var inputs: [String] { [file] + source.inputs }
  var targets: [String] { [] }

  func perform() throws -> ExitCode {
    let found = try MemoryLimit.whileReading { try source.file(file) }
    UntilExit.keep(found)
    let inspection = try Inspection(found)
    if json {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      print(String(decoding: try encoder.encode(inspection), as: UTF8.self))
    } else if bindings {
      print(BindingsReport(inspection).text, terminator: "")
    } else {
      let width = Terminal.width
      let summary = found.model.summary(width: width, style: width == nil ? .plain : .boxes)
      print(InspectionReport(inspection, summary: summary).text, terminator: "")
    }
    return ExitStatus.success
  }
}
