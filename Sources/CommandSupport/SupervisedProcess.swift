internal import ArgumentParser
internal import Glibc
internal import HDF5
internal import Residual

/// The process that does the work: limited in memory and time, and never alone.
enum SupervisedProcess {
  /// The memory that a process may map beside its files.
  private static let memoryByteCount = 8 << 30

  /// - Parameters:
  ///   - supervisor: The process that waits for this one.
  ///   - hdf5: Those of the inputs that are HDF5 files.
  static func begin(supervisor: Int32, inputs: [String], hdf5: [String]) {
    StandardError.setAside()
    // Each file may be mapped, and be read once more where its data are compressed.
    let files = inputs.reduce(0) { $0 + 2 * byteCount(of: $1) }
    limit(RLIMIT_AS, to: memoryByteCount + files)
    limit(RLIMIT_CORE, to: 0)
    catchCrashes()
    Watchdog(supervisor: supervisor, place: hdf5.joined(separator: " or ")).start()
  }

  private static func byteCount(of path: String) -> Int {
    var status = stat()
    // Sound: the pointer is used during the call only.
    guard unsafe stat(path, &status) == 0 else { return 0 }
    return Int(status.st_size)
  }

  private static func limit(_ resource: __rlimit_resource, to value: Int) {
    let number = __rlimit_resource_t(resource.rawValue)
    var limits = rlimit()
    // Sound: the pointers are used during the calls only.
    guard unsafe getrlimit(number, &limits) == 0 else { return }
    limits.rlim_cur = min(limits.rlim_max, rlim_t(value))
    _ = unsafe setrlimit(number, &limits)
  }

  /// Leaves crashes to the supervisor, without a backtrace.
  ///
  /// Swift and C++ abort where memory runs out, and say so on standard error: the handler looks
  /// there, and tells the supervisor by an exit code.
  private static func catchCrashes() {
    for number in [SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP] { signal(number, SIG_DFL) }
    signal(SIGABRT) { number in
      if StandardError.othersWrote("failed to allocate", or: "bad_alloc") {
        _exit(ExitStatus.outOfMemory)
      }
      signal(number, SIG_DFL)
      raise(number)
    }
  }
}

/// A thread that ends the process where one call of libhdf5 lasts too long, or where nobody is left
/// to supervise it.
final class Watchdog: Sendable {
  private let supervisor: Int32
  private let place: String
  private let secondsAllowed: Double

  init(supervisor: Int32, place: String) {
    self.supervisor = supervisor
    self.place = place
    // Sound: the text is copied at once.
    let setting = unsafe getenv("RESIDUAL_HDF5_SECONDS").flatMap { unsafe String(cString: $0) }
    secondsAllowed = setting.flatMap(Double.init) ?? 30
  }

  func start() {
    var thread = pthread_t()
    // Sound: the object is retained for the thread, which never ends before the process.
    let context = unsafe Unmanaged.passRetained(self).toOpaque()
    _ = unsafe pthread_create(
      &thread, nil,
      { context in
        if let context = unsafe context {
          unsafe Unmanaged<Watchdog>.fromOpaque(context).takeUnretainedValue().watch()
        }
        return nil
      }, context)
  }

  private func watch() {
    while true {
      usleep(200_000)
      if getppid() != supervisor { _exit(ExitStatus.failure.rawValue) }
      guard let seconds = CallClock.secondsInCurrentCall(), seconds > secondsAllowed else {
        continue
      }
      StandardError.write(
        "\(place): libhdf5 did not finish one call in \(Int(secondsAllowed)) seconds; "
          + "the file is damaged\n")
      _exit(ExitStatus.failure.rawValue)
    }
  }
}
