internal import ArgumentParser
internal import Residual

/// The options that say what a run may come to.
struct RunOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Refuse models of which one run has more operations.", valueName: "count"))
  var operationLimit = RunLimit.operationCount

  func validate() throws {
    guard operationLimit >= 1 else {
      throw ValidationError("The value of '--operation-limit' must be at least 1.")
    }
  }
}
