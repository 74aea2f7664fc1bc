package import ArgumentParser

/// What the programs exit with, as `cmp` does.
package enum ExitStatus {
  /// Done; the model agrees.
  package static let success = ExitCode(0)
  /// The model differs from what was recorded.
  package static let differs = ExitCode(1)
  /// A file cannot be read, written or run, or there is nothing to compare.
  package static let failure = ExitCode(2)
  /// The arguments are wrong: `EX_USAGE`, as ArgumentParser has it.
  static let usage = ExitCode.validationFailure
}

/// The version of the package, as the programs state it.
package enum ProgramVersion {
  /// The version alone.
  package static let number = "0.1.0"

  /// The version behind the program's name, as a model's history has it: `resconv 0.1.0`.
  package static func of(_ program: String) -> String { "\(program) \(number)" }
}
