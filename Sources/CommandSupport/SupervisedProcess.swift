internal import ArgumentParser
internal import CLinux
internal import Glibc
internal import Residual

/// The process that does the work: limited in memory, and never alone.
enum SupervisedProcess {
  /// The memory that a process may map beside its files.
  private static let memoryByteCount = 8 << 30

  /// - Parameters:
  ///   - supervisor: The process that waits for this one.
  ///   - lastWords: Takes what others print on standard error.
  static func begin(supervisor: Int32, inputs: [String], _ lastWords: LastWords) {
    // Nobody would be left to end it.
    _ = clinux_end_with_parent(SIGKILL)
    guard getppid() == supervisor else { _exit(ExitStatus.failure.rawValue) }
    lastWords.begin()
    limit(RLIMIT_AS, to: addressByteCount(for: inputs))
    // What a file says of others is looked at within the limit.
    limit(RLIMIT_AS, to: addressByteCount(for: files(of: inputs)))
    limit(RLIMIT_CORE, to: 0)
    leaveCrashes()
    // What is written past the limit of a file's size is an error then.
    signal(SIGXFSZ, SIG_IGN)
  }

  /// The files that are read: the inputs, and the shards that models among them are in.
  static func files(of inputs: [String]) -> [String] {
    inputs + inputs.flatMap(ModelFile.shardPaths)
  }

  /// What may be mapped besides the program: each file once, and once more where its data are
  /// compressed.
  ///
  /// - Parameter files: All files that are read.
  static func addressByteCount(for files: [String]) -> Int {
    files.reduce(memoryByteCount) { sum, file in
      sum.addingReportingOverflow(2 * byteCount(of: file)).partialValue
    }
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
  private static func leaveCrashes() {
    for number in [SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT] { signal(number, SIG_DFL) }
  }
}
