internal import ArgumentParser
internal import Residual

/// What says of what model a file of weights is.
struct SourceOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "What the model is, where the file has its weights alone: the JSON of model.to_json(), or any model.",
      valueName: "file"),
    completion: .file())
  var architecture: String?

  @Flag(
    help: """
      Tell layers whose weights fit either way apart by the numbers in their names, where these were \
      counted in another run of Python.
      """)
  var bindByOrder = false

  /// The files besides the one that is named first.
  var inputs: [String] { architecture.map { [$0] } ?? [] }

  func validate() throws {
    guard architecture != nil || !bindByOrder else {
      throw ValidationError("--bind-by-order needs --architecture.")
    }
  }

  /// Reads a file.
  func file(_ path: String) throws(ResidualError) -> ModelFile {
    guard let architecture else { return try ModelFile(path: path) }
    return try ModelFile(weights: path, architecture: architecture, bindsByOrder: bindByOrder)
  }

  /// What is to be known of names that were counted in another run; `nil` where all are the model's.
  static func note(_ file: ModelFile) -> String? {
    if file.namesNoLayers {
      return "note: the weights name no layers, and were bound by class and place, as Keras does"
    }
    guard !file.renamed.isEmpty else { return nil }
    let pairs = file.renamed.prefix(5).map { "'\($0.key)' as '\($0.value)'" }
    let more = file.renamed.count - pairs.count
    return "note: layers are named as in another run of Python, and bound by structure: "
      + pairs.joined(separator: ", ") + (more > 0 ? " and \(more) more" : "")
  }
}
