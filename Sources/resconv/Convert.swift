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

      EXAMPLES:
        resconv model.h5 model.pb
        resconv model.pb model.h5
        resconv --check --golden model.golden.h5 model.h5 model.pb
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
    conversion.allowsUnsupported = allowUnsupported
    if let limit = ProcessSetting.shardByteLimit { conversion.shardByteLimit = limit }
    conversion.goldens = try goldens.map { try MemoryLimit.readingGolden($0) }
    let bar = ProgressBar(isQuiet: quiet)
    defer { bar.clear() }
    let file = try MemoryLimit.whileReading { try source.file(input) }
    UntilExit.keep(file)
    let summary = try conversion.convert(file, to: output) {
      bar.show($0.phase.rawValue, $0.completed, of: $0.total, unit: Text.bytes)
    }
    bar.clear()
    if !quiet {
      if let note = SourceOptions.note(file) { print(Text.printable(note)) }
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
