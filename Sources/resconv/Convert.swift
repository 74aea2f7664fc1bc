internal import ArgumentParser
internal import CommandSupport
internal import Residual

/// `resconv IN OUT`.
struct Convert: FileCommand {
  static let configuration = CommandConfiguration(
    commandName: "convert",
    abstract: "Converts a model; the default.",
    discussion: """
      The output is replaced as a whole or not at all, and may be the input.
      A golden of another model is refused: one whose inputs, calls, outputs or
      their shapes the model does not have, or nearly none of its weights. What the
      tensors hold is for 'resverify' to judge.

      EXAMPLES:
        resconv model.h5 model.pb
        resconv model.pb model.h5
        resconv --check --golden model.golden.h5 model.h5 model.pb
        resconv --for keras2 model.keras model.h5
        resconv --architecture model.json model.weights.h5 model.pb

      EXIT CODES:
        0   done
        2   a file cannot be read, converted or written; nothing was changed,
            unless the sentence ends in 'has been written'
        64  wrong arguments
      """)

  @Flag(help: "Drop the optimizer's state and the training configuration.")
  var dropOptimizer = false

  @Flag(help: "Read the output back and compare it with the input, bit for bit.")
  var check = false

  @Option(
    name: .customLong("golden"),
    help: ArgumentHelp(
      "Embed recorded tensors (.h5, .npz) in the .pb; may be repeated.", valueName: "file"),
    completion: .file(extensions: ["h5", "npz"]))
  var goldens: [String] = []

  @Flag(help: "Carry layers that cannot be run along, word for word.")
  var allowUnsupported = false

  @Option(
    name: .customLong("for"),
    help: "Write a Keras file for this line of Keras; without it, for both where one file can be.")
  var line: KerasLine?

  @OptionGroup var source: SourceOptions

  @Flag(name: .shortAndLong, help: "Print nothing but errors.")
  var quiet = false

  @Argument(
    help: "The model to read: Keras or residual protobuf, or Keras weights.", completion: .file())
  var input: String

  @Argument(
    help: "The file to write: '.pb', '.h5', '.keras' or '.weights.h5'.", completion: .file())
  var output: String

  var inputs: [String] { [input] + source.inputs + goldens }
  var replaceableInputs: [String] { [input] }
  var targets: [String] { [output] }

  func perform() throws -> ExitCode {
    var conversion = Conversion(tool: ProgramVersion.of("resconv"))
    conversion.dropsOptimizer = dropOptimizer
    conversion.checks = check
    conversion.line = line
    conversion.allowsUnsupported = allowUnsupported
    if let limit = ProcessSetting.shardByteLimit { conversion.shardByteLimit = limit }
    conversion.goldens = try goldens.map { ($0, try MemoryLimit.readingGolden($0)) }
    let bar = ProgressBar(isQuiet: quiet)
    defer { bar.clear() }
    let file = try MemoryLimit.whileReading { try source.file(input) }
    UntilExit.keep(file)
    let summary = try conversion.convert(file, to: output) {
      bar.show($0.phase.rawValue, $0.completed, of: $0.total, unit: Text.bytes)
    }
    bar.clear()
    if !quiet {
      if let restriction = summary.restriction {
        StandardError.write(Text.printable("note: \(output): \(restriction)") + "\n")
      }
      if summary.droppedGoldenCaseCount > 0 {
        let count = Text.count(summary.droppedGoldenCaseCount, "golden case")
        StandardError.write(
          Text.printable(
            "note: \(output): a \(summary.output.name) file holds no goldens: \(count) left out")
            + "\n")
      }
      if let note = SourceOptions.note(file) { print(Text.printable(note)) }
      for remark in summary.goldenRemarks { print(Text.printable("note: \(remark)")) }
      print(line(summary))
    }
    return ExitStatus.success
  }

  private func line(_ summary: Conversion.Summary) -> String {
    var parts = [
      Text.count(summary.layerCount, "layer"), Text.count(summary.tensorCount, "tensor"),
      Text.bytes(summary.byteCount),
    ]
    if summary.goldenCaseCount > 0 {
      parts.append(Text.count(summary.goldenCaseCount, "golden case"))
    }
    if check { parts.append("read back and equal") }
    return Text.printable("\(input) → \(output): " + parts.joined(separator: ", "))
  }
}
