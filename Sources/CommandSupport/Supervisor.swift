internal import ArgumentParser
internal import Glibc
internal import Residual
internal import Subprocess
internal import Synchronization
internal import SystemPackage

/// Runs the program again as a process of its own, and makes an end of that process that it did
/// not choose into a sentence.
///
/// libhdf5 crashes or loops on damaged files. The process that does the work may
/// die of it; this one tells the user, and removes what was left half written.
struct Supervisor {
  let inputs: [String]
  /// Those of the inputs that are HDF5 files.
  let hdf5: [String]
  let output: String?

  /// Does the work in a process of its own.
  ///
  /// - Returns: The exit code.
  func run() async -> Int32 {
    let ignoresHangUp = Interruption.begin()
    let identity = SupervisorIdentity(process: getpid(), ignoresHangUp: ignoresHangUp)
    let status: TerminationStatus
    let child: Int32
    do {
      let result = try await Subprocess.run(
        .path("/proc/self/exe"),
        arguments: Arguments(
          executablePathOverride: CommandLine.arguments.first,
          remainingValues: Array(CommandLine.arguments.dropFirst())),
        environment: .inherit.updating([
          "RESIDUAL_SUPERVISION": identity.text,
          "SWIFT_BACKTRACE": "enable=no",
        ]),
        input: .currentStandardInput, output: .currentStandardOutput, error: .currentStandardError
      ) { Interruption.forward(to: $0.processIdentifier.value) }
      status = result.terminationStatus
      child = result.processIdentifier.value
    } catch {
      StandardError.write("\(place): cannot be read in a process of its own: \(error)\n")
      return ExitStatus.failure.rawValue
    }
    return conclude(status, child: child)
  }

  private func conclude(_ status: TerminationStatus, child: Int32) -> Int32 {
    if status.isSuccess { return ExitStatus.success.rawValue }
    if let output { AtomicFile.removeLeftovers(of: output, process: child) }
    Interruption.passOn()
    switch status {
    case .exited(ExitStatus.outOfMemory):
      StandardError.write("\(place): needs more memory than there is\n")
    case .exited(let code): return code
    case .signaled(SIGINT), .signaled(SIGTERM), .signaled(SIGHUP), .signaled(SIGPIPE):
      if case .signaled(let signal) = status { Interruption.die(of: signal) }
    case .signaled(SIGKILL):
      StandardError.write(
        "\(place): the process that read it was killed (signal 9), perhaps for want of memory\n")
    case .signaled(let signal) where hdf5.isEmpty || signal == SIGILL || signal == SIGTRAP:
      StandardError.write(
        "\(place): the program crashed (signal \(signal)); this is a fault of its own\n")
    case .signaled(let signal):
      StandardError.write(
        "\(place): libhdf5 crashed (signal \(signal)) while reading it; the file is damaged\n")
    }
    return ExitStatus.failure.rawValue
  }

  /// The files that may be to blame.
  private var place: String {
    (hdf5.isEmpty ? inputs : hdf5).joined(separator: " or ")
  }
}

/// Signals that ask this process to end: they end the process that does the work, and then this
/// one, by the same signal.
enum Interruption {
  private static let received = Atomic<Int32>(0)
  private static let child = Atomic<Int32>(0)

  /// Starts to catch signals.
  ///
  /// - Returns: Whether hanging up is ignored, and stays so.
  static func begin() -> Bool {
    var ignoresHangUp = false
    for number in [SIGINT, SIGTERM, SIGHUP] {
      // The handler only loads, stores and sends a signal, all of which a handler may do.
      let old = signal(number) { number in
        Interruption.received.store(number, ordering: .relaxed)
        let child = Interruption.child.load(ordering: .relaxed)
        if child > 0 { kill(child, number) }
      }
      // Sound: `SIG_IGN` is the number 1 in the place of a function.
      if unsafe unsafeBitCast(old, to: Int.self) == 1 {
        signal(number, old)
        ignoresHangUp = ignoresHangUp || number == SIGHUP
      }
    }
    return ignoresHangUp
  }

  /// Names the process that is to be ended too.
  static func forward(to process: Int32) {
    child.store(process, ordering: .relaxed)
    let number = received.load(ordering: .relaxed)
    if number != 0 { kill(process, number) }
  }

  /// Ends this process by the signal that it was sent, if it was sent one.
  static func passOn() {
    let number = received.load(ordering: .relaxed)
    if number != 0 { die(of: number) }
  }

  /// Ends this process as a signal does that nobody catches, so that a shell sees it.
  static func die(of number: Int32) {
    signal(number, SIG_DFL)
    // The threads that run tasks block signals.
    var set = sigset_t()
    // Sound: the pointers are used during the calls only.
    unsafe sigemptyset(&set)
    unsafe sigaddset(&set, number)
    unsafe pthread_sigmask(SIG_UNBLOCK, &set, nil)
    raise(number)
  }
}
