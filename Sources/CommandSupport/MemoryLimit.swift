internal import Glibc
package import Residual

/// How much memory the reading of a file may take.
package enum MemoryLimit {
  /// What reading what a model is may take beside what the process has: weights stay in the file.
  private static let readingByteCount = 512 << 20

  /// Reads a model: what asks for too much memory meanwhile is refused by the system.
  ///
  /// libhdf5 believes what a damaged file says of sizes, and fills what it asks for.
  package static func whileReading<Result, Failure: Error>(
    _ read: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let number = __rlimit_resource_t(RLIMIT_DATA.rawValue)
    var limits = rlimit()
    // Sound, here and below: the pointers are used during the calls only.
    guard let used = usedByteCount(), unsafe getrlimit(number, &limits) == 0 else {
      return try read()
    }
    let before = limits
    limits.rlim_cur = min(limits.rlim_cur, rlim_t(used + readingByteCount))
    _ = unsafe setrlimit(number, &limits)
    defer {
      limits = before
      _ = unsafe setrlimit(number, &limits)
    }
    return try read()
  }

  /// Reads a golden: what its tensors take is allowed besides, when it is known.
  package static func readingGolden(_ path: String) throws -> Golden {
    try whileReading { try Golden(contentsOfFile: path, allocating: raise) }
  }

  /// Reads what a model is fed: what its arrays take is allowed besides, when it is known.
  package static func readingInputs(_ path: String, for model: Model) throws -> Golden.Recipe {
    try whileReading {
      try Golden.Recipe(inputsFromFile: path, for: model, allocating: raise)
    }
  }

  /// Allows the reading at hand more memory.
  package static func raise(by byteCount: Int) {
    let number = __rlimit_resource_t(RLIMIT_DATA.rawValue)
    var limits = rlimit()
    guard unsafe getrlimit(number, &limits) == 0 else { return }
    let (sum, overflow) = limits.rlim_cur.addingReportingOverflow(rlim_t(byteCount))
    limits.rlim_cur = overflow ? limits.rlim_max : min(limits.rlim_max, sum)
    _ = unsafe setrlimit(number, &limits)
  }

  /// The memory of the process that no file is behind, as the system counts it for the limit.
  private static func usedByteCount() -> Int? {
    guard let file = unsafe fopen("/proc/self/status", "re") else { return nil }
    defer { unsafe fclose(file) }
    var line: UnsafeMutablePointer<CChar>?
    var capacity = 0
    defer { unsafe free(line) }
    while unsafe getline(&line, &capacity, file) > 0, let text = unsafe line {
      let words = unsafe String(cString: text).split { $0 == ":" || $0.isWhitespace }
      guard words.first == "VmData" else { continue }
      return words.dropFirst().first.flatMap { Int($0) }.map { $0 << 10 }
    }
    return nil
  }
}
