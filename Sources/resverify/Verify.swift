internal import ArgumentParser
internal import CommandSupport
internal import Residual

/// Runs a model and holds every layer call against recorded tensors.
struct Verify: FileCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Holds a model against recorded tensors, or against another; the default.",
    discussion: """
      Each call is replayed on the recorded tensors that the source gave it, so
      that a fault shows at the call that has it; then the whole model is run.
      The goldens are those of the files given or, without any, those in the model.
      With '--against reference' no golden is needed: an engine is held against the
      reference engine in float64, on random inputs.

      Two models are held against each other: their layers and connections, every
      attribute, every weight, and what each call makes of the same random inputs.
      Names do not count: layers that are called otherwise are matched by their place.
      '--atol' and '--rtol' then allow weights and results to be that far apart.

      A difference is allowed as far as rounding can explain it. What was not
      compared is 'unchecked' and never counts as passed.

      EXAMPLES:
        resverify model.h5 --golden model.golden.h5
        resverify model.h5 --golden model.golden.h5 --diagnose
        resverify model.pb --golden model.golden.npz --atol 1e-5 --rtol 1e-4
        resverify model.pb --json | jq '.[].verdict'
        resverify model.pb --engine onednn --against reference
        resverify model.pb --engine onednn --time 20
        resverify model.h5 model.pb

      EXIT CODES:
        0   the model agrees, or its time was taken
        1   the model differs
        2   nobody can tell: a file cannot be read, a layer cannot be run, or
            nothing was compared
        64  wrong arguments
      """)

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

  @Flag(help: "Try the usual mistakes on the first wrong call, and name those that explain it.")
  var diagnose = false

  @OptionGroup var choice: EngineOptions

  @OptionGroup var limits: RunOptions

  @Option(
    name: .customLong("cut"),
    help: ArgumentHelp(
      "Write the calls round the first fault, with what is recorded of them, as a small .pb.",
      valueName: "folder"),
    completion: .directory)
  var cutFolder: String?

  @Option(help: "Hold the engine against another on random inputs; no golden is needed.")
  var against: Against?

  @Option(
    name: .customLong("time"),
    help: ArgumentHelp(
      "Print how long each call takes, the median of so many runs; nothing is compared.",
      valueName: "runs"))
  var runs: Int?

  @Option(
    help: ArgumentHelp(
      "The batch size of random inputs: 2, with '--time' 1, where not stated.", valueName: "count"))
  var batch: Int?

  @Option(
    help: ArgumentHelp(
      "Every other size of random inputs that the model does not state.", valueName: "count"))
  var size: Int?

  @Flag(help: "Print JSON.")
  var json = false

  @Option(
    name: .customLong("junit"),
    help: ArgumentHelp("Write the verdicts as JUnit's XML, too.", valueName: "file"),
    completion: .file(extensions: ["xml"]))
  var junitFile: String?

  @Option(
    name: .customLong("report"),
    help: ArgumentHelp("Write a page to look at in a browser, too.", valueName: "file"),
    completion: .file(extensions: ["html"]))
  var reportFile: String?

  @Flag(name: .shortAndLong, help: "Print the conclusion alone.")
  var quiet = false

  @Argument(help: "The model: Keras or residual protobuf.", completion: .file())
  var model: String

  @Argument(
    help: "A second model to hold the first against; no golden is needed.", completion: .file())
  var other: String?

  var inputs: [String] { [model] + [other].compactMap(\.self) + goldenFiles }
  var targets: [String] { [junitFile, reportFile].compactMap(\.self) }
  var targetFolders: [String] { [cutFolder].compactMap(\.self) }

  mutating func validate() throws {
    for (name, value) in [("--atol", absoluteTolerance), ("--rtol", relativeTolerance)] {
      guard let value, !(value >= 0 && value.isFinite) else { continue }
      throw ValidationError("The value of '\(name)' must be a number of at least 0.")
    }
    for (name, value) in [
      ("--time", runs), ("--batch", batch), ("--size", size),
    ] {
      guard let value, value < 1 else { continue }
      throw ValidationError("The value of '\(name)' must be at least 1.")
    }
    try validateTogether()
  }

  /// Refuses options that would have no effect.
  private func validateTogether() throws {
    if other != nil { return try validateComparison() }
    let isGolden = !goldenFiles.isEmpty || !cases.isEmpty
    let isTolerance = absoluteTolerance != nil || relativeTolerance != nil
    let isWritten = junitFile != nil || reportFile != nil || cutFolder != nil
    if runs != nil, isWritten || isGolden || isTolerance || against != nil || diagnose {
      throw ValidationError("'--time' compares nothing, and takes no option of a comparison.")
    }
    if against != nil, diagnose {
      throw ValidationError("'--diagnose' needs goldens: with '--against' the model is the same.")
    }
    if against != nil, cutFolder != nil {
      throw ValidationError("'--cut' needs goldens: with '--against' nothing is recorded.")
    }
    if against != nil, isGolden {
      throw ValidationError("'--against' needs no goldens: leave '--golden' and '--case' away.")
    }
    if runs == nil, against == nil, batch != nil || size != nil {
      throw ValidationError("'--batch' and '--size' are for '--against', '--time' and two models.")
    }
    if against != nil, choice.isReferenceInFloat64 {
      throw ValidationError("'--against reference' needs another engine than that in float64.")
    }
  }

  func perform() throws -> ExitCode {
    FreedMemory.keep()
    if let other { return try compare(with: other) }
    if let runs {
      let profile = try Profile(of: self, runs: runs)
      if json {
        try printJSON(profile)
      } else {
        print(profile.text(isQuiet: quiet), terminator: "")
      }
      return ExitStatus.success
    }
    let (verified, graph) = try Verification(of: self).run()
    if json {
      try printJSON(verified.map(\.report))
    } else {
      for one in verified {
        print(ReportText(one, model: model, isQuiet: quiet).text, terminator: "")
        if !quiet, let file = one.reproducer {
          print(Text.printable("\(file) shows the fault by itself: resverify \(file)"))
        }
      }
    }
    try write(verified.map { (name: $0.source, report: $0.report) }, graph)
    return status(of: verified.map(\.report.verdict))
  }

  /// Writes the files that are asked for.
  private func write(_ reports: [(name: String, report: VerificationReport)], _ graph: Graph) throws
  {
    if let junitFile { try AtomicFile.replace(junitFile, text: JUnit(reports).text) }
    if let reportFile {
      let page = ReportPage(reports, model: model, graph: graph)
      try AtomicFile.replace(reportFile, text: page.text)
    }
  }

  func status(of verdicts: [VerificationReport.Verdict]) -> ExitCode {
    if verdicts.contains(.differs) { return ExitStatus.differs }
    let agrees = !verdicts.isEmpty && verdicts.allSatisfy { $0 == .agrees }
    return agrees ? ExitStatus.success : ExitStatus.failure
  }
}

/// What an engine can be held against.
enum Against: String, CaseIterable, ExpressibleByArgument {
  case reference
}
