internal import ArgumentParser
internal import CommandSupport
internal import FoundationEssentials
internal import Residual

/// The program `resverify`.
@main struct Resverify: FileCommand {
  static let configuration = CommandConfiguration(
    commandName: "resverify",
    abstract: "Runs a model and holds every layer call against recorded tensors.",
    discussion: """
      Each call is replayed on the recorded tensors that the source gave it, so
      that a fault shows at the call that has it; then the whole model is run.
      The goldens are those of the files given or, without any, those in the model.

      A difference is allowed as far as rounding can explain it. What was not
      compared is 'unchecked' and never counts as passed.

      EXAMPLES:
        resverify model.pb
        resverify model.h5 --golden model.golden.h5
        resverify model.pb --golden model.golden.npz --atol 1e-5 --rtol 1e-4
        resverify model.pb --json | jq '.[].verdict'

      EXIT CODES:
        0   the model agrees
        1   the model differs
        2   nobody can tell: a file cannot be read, a layer cannot be run, or
            nothing was compared
        64  wrong arguments

      'resverify --generate-completion-script bash' (or zsh, fish) writes a
      completion script.
      """,
    version: ProgramVersion.of("resverify"))

  @Option(
    name: .customLong("golden"),
    help: ArgumentHelp("Recorded tensors (.h5, .npz); may be repeated.", valueName: "file"),
    completion: .file(extensions: ["h5", "npz"]))
  var goldenFiles: [String] = []

  @Option(
    name: .customLong("case"),
    help: ArgumentHelp("Verify only this case; may be repeated.", valueName: "name"))
  var cases: [String] = []

  @Option(
    name: .customLong("atol"),
    help: ArgumentHelp(
      "Allow this difference everywhere, in place of the derived bound.", valueName: "x"))
  var absoluteTolerance: Double?

  @Option(
    name: .customLong("rtol"),
    help: ArgumentHelp(
      "Allow this fraction of the recorded element, in place of the derived bound.",
      valueName: "x"))
  var relativeTolerance: Double?

  @Option(help: "What the pass that is compared computes in.")
  var precision = Precision.float64

  @Flag(help: "Print JSON.")
  var json = false

  @Flag(name: .shortAndLong, help: "Print the conclusion alone.")
  var quiet = false

  @Argument(help: "The model: Keras HDF5 or residual protobuf.", completion: .file())
  var model: String

  var inputs: [String] { [model] + goldenFiles }

  mutating func validate() throws {
    for (name, value) in [("--atol", absoluteTolerance), ("--rtol", relativeTolerance)] {
      guard let value, !(value >= 0 && value.isFinite) else { continue }
      throw ValidationError("The value of '\(name)' must be a number of at least 0.")
    }
  }

  func perform() throws -> ExitCode {
    let verified = try Verification(of: self).run()
    if json {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      print(String(decoding: try encoder.encode(verified.map(\.report)), as: UTF8.self))
    } else {
      for one in verified {
        print(ReportText(one, model: model, isQuiet: quiet).text, terminator: "")
      }
    }
    return status(of: verified.map(\.report.verdict))
  }

  private func status(of verdicts: [VerificationReport.Verdict]) -> ExitCode {
    if verdicts.contains(.differs) { return ExitStatus.differs }
    let agrees = !verdicts.isEmpty && verdicts.allSatisfy { $0 == .agrees }
    return agrees ? ExitStatus.success : ExitStatus.failure
  }
}

/// What the pass computes in.
enum Precision: String, CaseIterable, ExpressibleByArgument {
  case float32, float64
}
