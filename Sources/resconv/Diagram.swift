internal import ArgumentParser
internal import CommandSupport
internal import Residual

/// `resconv diagram FILE IMAGE`.
struct DrawDiagram: FileCommand {
  static let configuration = CommandConfiguration(
    commandName: "diagram",
    abstract: "Draws a model's graph.",
    discussion: """
      Writes a self-contained SVG image, or a file for Graphviz's 'dot'; the
      extension tells which. Layers stand in a column from input to output, coloured
      by their kind; shortcuts run beside them; nested models are boxes. A block that
      follows itself several times is drawn once, with '× 23' beside it.

      EXAMPLES:
        resconv diagram model.h5 model.svg
        resconv diagram --no-fold model.pb model.svg
        resconv diagram model.h5 model.dot && dot -Tpdf -O model.dot

      EXIT CODES:
        0   done
        2   a file cannot be read, drawn or written; nothing was changed,
            unless the sentence ends in 'has been written'
        64  wrong arguments
      """)

  @Flag(
    inversion: .prefixedNo,
    help: """
      Draw equal blocks in a row once. (default: if there are more than \
      \(Diagram.Folding.automaticCallCount) calls of layers)
      """)
  var fold: Bool?

  @Argument(help: "The model to read: Keras or residual protobuf.", completion: .file())
  var input: String

  @Argument(
    help: "The file to write: '.svg' or '.dot'.", completion: .file(extensions: ["svg", "dot"]))
  var output: String

  var inputs: [String] { [input] }
  var targets: [String] { [output] }

  func validate() throws {
    _ = try format()
  }

  private func format() throws -> Diagram.Format {
    guard let format = Diagram.Format(forWriting: output) else {
      throw ValidationError(
        Text.sentence("a diagram is a file '.svg' or '.dot'; '\(output)' is neither"))
    }
    return format
  }

  func perform() throws -> ExitCode {
    let folding: Diagram.Folding =
      switch fold {
      case true?: .always
      case false?: .never
      case nil: .automatic
      }
    let graph = try MemoryLimit.whileReading { try ModelFile(path: input).model.graph }
    try Diagram(of: graph, folding: folding).write(toFile: output, format: format())
    return ExitStatus.success
  }
}
