internal import ArgumentParser
internal import CommandSupport
internal import Residual

/// Finds what a golden would not notice.
struct Sensitivity: FileCommand {
  static let configuration = CommandConfiguration(
    commandName: "sensitivity",
    abstract: "Changes each weight of a model in turn, and lists what a golden would not notice.",
    discussion: """
      Each weight is zeroed, perturbed by a sixteenth, and exchanged with another of
      the same role and shape. Where a call is recorded with what goes into it, only
      that call is replayed; for other weights the whole model is run.

      EXAMPLES:
        resverify sensitivity model.h5 --golden model.golden.h5
        resverify sensitivity model.pb --json | jq '.[].score'

      EXIT CODES:
        0   every change is noticed
        1   some change would go unnoticed
        2   nobody can tell: a file cannot be read, the model differs from the
            golden as it is, or not every change was tried
        64  wrong arguments
      """)

  @Option(
    name: .customLong("golden"),
    help: ArgumentHelp("Recorded tensors (.h5, .npz); may be repeated.", valueName: "file"),
    completion: .file(extensions: ["h5", "npz"]))
  var goldenFiles: [String] = []

  @Option(
    help: ArgumentHelp(
      "How many changes are tried by running the whole model, where calls are not recorded.",
      valueName: "count"))
  var limit = 100

  @OptionGroup var limits: RunOptions

  @Flag(help: "Print JSON.")
  var json = false

  @Flag(name: .shortAndLong, help: "Print the conclusion alone.")
  var quiet = false

  @Argument(help: "The model: Keras or residual protobuf.", completion: .file())
  var model: String

  var inputs: [String] { [model] + goldenFiles }
  var targets: [String] { [] }

  mutating func validate() throws {
    guard limit >= 0 else { throw ValidationError("The value of '--limit' must be at least 0.") }
  }

  func perform() throws -> ExitCode {
    let model = try MemoryLimit.whileReading { try Model(contentsOfFile: self.model) }
    let goldens = try Verification.goldens(of: model, named: self.model, files: goldenFiles)
    let reports = try goldens.map { source, golden in
      (source, try report(on: model, golden, from: source))
    }
    if json {
      try printJSON(reports.map(\.1))
    } else {
      for (source, report) in reports {
        print(text(of: report, from: source), terminator: "")
      }
    }
    let verdicts = reports.map(\.1.verdict)
    if verdicts.contains(.insensitive) { return ExitStatus.differs }
    return verdicts.allSatisfy { $0 == .sensitive } ? ExitStatus.success : ExitStatus.failure
  }

  private func report(
    on model: Model, _ golden: Golden, from source: String
  ) throws -> SensitivityReport {
    let bar = ProgressBar(isQuiet: quiet)
    defer { bar.clear() }
    do {
      let analysis = SensitivityAnalysis(
        wholeRunLimit: limit, operationLimit: limits.operationLimit)
      return try analysis.report(on: model, against: golden) {
        bar.show($0.call, $0.completed, of: $0.total) { "\($0)" }
      }
    } catch let error as ModelError {
      throw ResidualError.inFile(self.model, error)
    } catch let error as VerificationError {
      throw ResidualError.inFile(source, error)
    }
  }

  private func text(of report: SensitivityReport, from source: String) -> String {
    let conclusion = Text.printable("\(source): \(report.conclusion)") + "\n"
    guard !quiet, report.rows.count > 1 else { return conclusion }
    return Text.table(report.rows.map { $0.map(Text.printable) }, right: []) + conclusion
  }
}
