package import ArgumentParser
internal import Glibc
internal import Residual

/// A command that works on files: it runs under supervision where a file may make the process
/// crash or hang, and what it throws becomes one sentence and an exit code, here and nowhere else.
package protocol FileCommand: AsyncParsableCommand {
  /// The files that are read.
  var inputs: [String] { get }
  /// The file that is written, if one is.
  var target: String? { get }

  /// Does the work.
  func perform() throws -> ExitCode
}

extension FileCommand {
  /// No file is written.
  package var target: String? { nil }

  /// Does the work, in a process of its own where that is called for.
  package mutating func run() async throws {
    let hdf5 = inputs.filter { (try? ModelFormat.detect(path: $0)) == .kerasHDF5 }
    let isRisky = !hdf5.isEmpty || target != nil
    switch Supervision.role {
    case .supervised(let supervisor):
      SupervisedProcess.begin(supervisor: supervisor, inputs: inputs, hdf5: hdf5)
    case .supervisor where isRisky:
      let supervisor = Supervisor(inputs: inputs, hdf5: hdf5, output: target)
      throw ExitCode(await supervisor.run())
    case .supervisor, .alone: break
    }
    do {
      let code = try perform()
      // No stream means all of them, of which only standard output is ever written to.
      guard fflush(nil) == 0 else {
        throw FileError(path: "standard output", operation: .write, code: errno)
      }
      guard code != ExitStatus.success else { return }
      throw code
    } catch let code as ExitCode {
      throw code
    } catch {
      StandardError.write(Text.printable("\(error)") + "\n")
      throw ExitStatus.failure
    }
  }
}

/// Which part this process plays.
enum Supervision {
  case supervisor
  case supervised(by: SupervisorIdentity)
  case alone

  /// What the environment says: a supervisor's process, or `off` to keep all work in one process.
  static var role: Supervision {
    // Sound: the text is copied at once; nothing in the process changes the environment.
    guard let value = unsafe getenv("RESIDUAL_SUPERVISION") else { return .supervisor }
    let text = unsafe String(cString: value)
    if text == "off" { return .alone }
    guard let identity = SupervisorIdentity(text), identity.process == getppid() else {
      return .supervisor
    }
    return .supervised(by: identity)
  }
}

/// What a supervised process needs to know of its supervisor.
struct SupervisorIdentity {
  /// The supervisor's process.
  let process: Int32
  /// Whether hanging up is to be ignored, as `nohup` wants it.
  let ignoresHangUp: Bool

  init(process: Int32, ignoresHangUp: Bool) {
    self.process = process
    self.ignoresHangUp = ignoresHangUp
  }

  init?(_ text: String) {
    let parts = text.split(separator: ",")
    guard let first = parts.first, let process = Int32(first) else { return nil }
    self.init(process: process, ignoresHangUp: parts.count > 1)
  }

  var text: String { ignoresHangUp ? "\(process),nohup" : "\(process)" }
}
