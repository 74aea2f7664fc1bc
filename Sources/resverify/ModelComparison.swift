internal import ArgumentParser
internal import CommandSupport
internal import Residual

extension Verify {
  /// Refuses options that would have no effect where two models are compared.
  func validateComparison() throws {
    let others = [
      ("--golden", !goldenFiles.isEmpty), ("--case", !cases.isEmpty),
      ("--against", against != nil), ("--time", runs != nil), ("--diagnose", diagnose),
      ("--junit", junitFile != nil), ("--report", reportFile != nil),
      ("--cut", cutFolder != nil),
    ]
    for (name, isGiven) in others where isGiven {
      throw ValidationError("'\(name)' is for one model: two are held against each other.")
    }
  }

  /// Holds two models against each other, and prints what was found.
  func compare(with other: String) throws -> ExitCode {
    let verifier = Verifier(
      engine: try choice.makeEngine(isCompared: false, operationLimit: limits.operationLimit),
      options: Verifier.Options(
        absoluteTolerance: absoluteTolerance, relativeTolerance: relativeTolerance,
        operationLimit: limits.operationLimit))
    let first = try MemoryLimit.whileReading { try Model(contentsOfFile: model) }
    let second = try MemoryLimit.whileReading { try Model(contentsOfFile: other) }
    let bar = ProgressBar(isQuiet: quiet)
    defer { bar.clear() }
    let report: ComparisonReport
    do {
      report = try verifier.compare(
        first, with: second, batchSize: batch ?? 2, size: size
      ) { progress in
        bar.show(progress.call, progress.completed, of: progress.total) { "\($0)" }
      }
    } catch VerificationError.unknownSize(let input, let shape) {
      throw VerificationProblem.noSize(input: input, shape, file: model)
    } catch let error as VerificationError {
      throw ResidualError.inFile(model, error)
    }
    bar.clear()
    if json {
      try printJSON(report)
    } else {
      print(
        ComparisonText(report, first: model, second: other, isQuiet: quiet).text, terminator: "")
    }
    return status(of: [report.verdict])
  }
}

/// What two models' comparison found, as the program prints it.
struct ComparisonText {
  let text: String

  init(_ report: ComparisonReport, first: String, second: String, isQuiet: Bool) {
    guard !isQuiet else {
      text = Text.printable("\(first) and \(second): \(report.conclusion)") + "\n"
      return
    }
    let titles = ["A  \(first)", "B  \(second)", "both run by \(report.engine)", ""]
    let lines = report.lines().map { Terminal.colored(Text.printable($0.text), $0.verdict) }
    let conclusion = Terminal.colored(Text.printable(report.conclusion), report.verdict)
    text = (titles.map(Text.printable) + lines + ["", conclusion]).map { $0 + "\n" }.joined()
  }
}
