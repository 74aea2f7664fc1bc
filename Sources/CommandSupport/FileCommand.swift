package import ArgumentParser
internal import CLinux
internal import Glibc
internal import Residual

/// A command that works on files: it runs under supervision, since a file may make the process
/// crash or hang, and what it throws becomes one sentence and an exit code, here and nowhere else.
package protocol FileCommand: ParsableCommand {
  /// The files that are read.
  var inputs: [String] { get }
  /// Those of them that a target may replace.
  var replaceableInputs: [String] { get }
  /// The files that are written.
  var targets: [String] { get }
  /// The folders in which files are written whose names the inputs give.
  var targetFolders: [String] { get }

  /// Does the work.
  func perform() throws -> ExitCode
}

extension FileCommand {
  package var replaceableInputs: [String] { [] }
  package var targetFolders: [String] { [] }

  /// Does the work, in a process of its own unless the environment forbids it.
  package mutating func run() throws {
    let hdf5 = inputs.filter {
      [.kerasHDF5, .kerasArchive].contains(try? ModelFormat.detect(path: $0))
    }
    let (written, isSupervised) = (WrittenFiles(targets), ProcessSetting.isSupervised)
    guard isSupervised else { return try work(written) }
    let supervisor = Supervisor(
      inputs: inputs, hdf5: hdf5, outputs: targets, folders: targetFolders, written: written)
    if let code = try supervisor.run({ try work(written) }) { throw ExitCode(code) }
  }

  /// Refuses to write a file that is read.
  ///
  /// - Throws: `OutputError`.
  package func checkTarget(_ path: String) throws {
    try OutputCheck(inputs: inputs, replaceable: replaceableInputs).check(path)
  }

  /// - Parameter written: Knows what stood before anything was written.
  private func work(_ written: WrittenFiles) throws {
    do {
      if !targets.isEmpty {
        try OutputCheck(inputs: inputs, replaceable: replaceableInputs).check(targets)
      }
      let code = try perform()
      // No stream means all of them, of which only standard output is ever written to.
      guard fflush(nil) == 0 else {
        throw FileError(path: "standard output", operation: .write, code: errno)
      }
      // What failed before is not tried again; of why it did only that it did is left.
      guard clinux_output_failed() == 0 else {
        throw FileError(path: "standard output", operation: .write, code: EIO)
      }
      guard code != ExitStatus.success else { return }
      throw code
    } catch let code as ExitCode {
      throw code
    } catch {
      StandardError.write(Text.sentence("\(error)\(Remedy.of(error))\(written.remark)") + "\n")
      throw error is OutputError ? ExitStatus.usage : ExitStatus.failure
    }
  }
}
