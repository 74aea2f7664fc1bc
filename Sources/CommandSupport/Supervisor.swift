internal import ArgumentParser
internal import Glibc
internal import HDF5
internal import Residual

/// Divides the program into a process that does the work and one that waits for it, and makes an
/// end of the first that it did not choose into a sentence.
///
/// libhdf5 crashes or loops on damaged files, and a mapped file that another program makes shorter
/// ends the process that looks at it. The process that does the work may die of it; this one
/// tells the user, and removes what was left half written.
struct Supervisor {
  let inputs: [String]
  /// Those of the inputs that are HDF5 files.
  let hdf5: [String]
  let outputs: [String]
  /// Folders in which files are written, besides.
  var folders: [String] = []
  /// What stood in the place of the outputs.
  var written = WrittenFiles([])

  /// Divides the program, and waits for the part that does the work.
  ///
  /// There must be no other thread yet: only the one that calls goes on in both processes.
  ///
  /// - Parameter work: Is done in a process of its own, which ends by itself.
  /// - Returns: The exit code; nil in the process that has done the work.
  func run(_ work: () throws -> Void) throws -> Int32? {
    let supervisor = getpid()
    let sizes = inputs.map(FileSize.init)
    let lastWords = LastWords()
    CallClock.prepare()
    // A signal waits until each process knows which one it is.
    Interruption.block()
    let isHangUpIgnored = Interruption.begin()
    let child = fork()
    guard child != 0 else {
      Interruption.reset(keepingHangUp: isHangUpIgnored)
      Interruption.unblock()
      SupervisedProcess.begin(supervisor: supervisor, inputs: inputs, lastWords)
      try FreshThread.run(work)
      return nil
    }
    if child > 0 { Interruption.forward(to: child) }
    Interruption.unblock()
    lastWords.listen()
    let watch = ChildWatch(child: child)
    if child > 0 { watch.start() }
    guard child > 0, let end = Self.wait(for: child, watch) else {
      // Sound: the text is copied at once.
      let reason = unsafe String(cString: strerror(errno))
      tell("\(place): cannot be read in a process of its own: \(reason)")
      return ExitStatus.failure.rawValue
    }
    return conclude(end, child: child, sizes, lastWords, secondsAllowed: watch.secondsAllowed)
  }

  /// How a process ended.
  private enum End {
    case exited(Int32)
    case signaled(Int32)
    case stopped(ChildWatch.Reason)
  }

  private static func wait(for child: Int32, _ watch: ChildWatch) -> End? {
    // Sound, here and below: plain memory, whose pointer is used during the call only.
    var information = unsafe siginfo_t()
    while unsafe waitid(P_PID, id_t(child), &information, WEXITED | WNOWAIT) < 0 {
      guard errno == EINTR else { return nil }
    }
    let reason = watch.stop()
    var status: Int32 = 0
    while unsafe waitpid(child, &status, 0) < 0 {
      guard errno == EINTR else { return nil }
    }
    if let reason { return .stopped(reason) }
    let signal = status & 0x7F
    return signal == 0 ? .exited(status >> 8 & 0xFF) : .signaled(signal)
  }

  private func conclude(
    _ end: End, child: Int32, _ sizes: [FileSize], _ lastWords: LastWords, secondsAllowed: Double
  ) -> Int32 {
    if case .exited(ExitStatus.success.rawValue) = end { return ExitStatus.success.rawValue }
    for path in outputs + folders.map({ $0 + "/." }) { AtomicFile.removeLeftovers(beside: path) }
    Interruption.passOn(telling: tellWritten)
    switch end {
    case .signaled(SIGABRT) where lastWords.tellOfMemory():
      tell(
        "\(place): needs more memory than there is, or than reading may take: 512 MiB besides its "
          + "tensors")
    case .exited(let code): return code
    case .stopped(.endlessCall):
      tell(
        "\(place): libhdf5 did not finish one call in \(Int(secondsAllowed)) seconds; "
          + "the file is damaged")
    case .stopped(.deadlock):
      tell("\(place): the process that read it came no further for \(Int(secondsAllowed)) seconds")
    case .signaled(let signal) where Interruption.signals.contains(signal) || signal == SIGPIPE:
      tellWritten(signal)
      Interruption.die(of: signal)
    case .signaled(SIGKILL):
      tell("\(place): the process that read it was killed (signal 9), perhaps for want of memory")
    case .signaled(SIGXCPU):
      tell("\(place): needs more processor time than is allowed")
    case .signaled(SIGBUS) where hdf5.isEmpty || sizes.contains { $0.loss != nil }:
      let losses = sizes.compactMap(\.loss)
      if losses.isEmpty { tell("\(place): a page of it cannot be read from its disk") }
      for loss in losses { tell("\(loss)") }
    case .signaled(let signal) where hdf5.isEmpty || signal == SIGILL || signal == SIGTRAP:
      tell("\(place): the program crashed (signal \(signal)); this is a fault of its own")
    case .signaled(let signal):
      tell("\(place): libhdf5 crashed (signal \(signal)) while reading it; the file is damaged")
    }
    return ExitStatus.failure.rawValue
  }

  /// Says what went wrong, and what has been written all the same.
  private func tell(_ sentence: String) {
    StandardError.write(Text.sentence(sentence + written.remark) + "\n")
  }

  /// A signal is its own word, but for what has been written.
  private func tellWritten(_ signal: Int32) {
    if !written.remark.isEmpty { tell("ended by signal \(signal)") }
  }

  /// The files that may be to blame.
  private var place: String {
    (hdf5.isEmpty ? inputs : hdf5).joined(separator: " or ")
  }
}

/// The size that a file had before the work began.
private struct FileSize {
  let path: String
  let byteCount: Int

  init(_ path: String) {
    self.path = path
    byteCount = Self.byteCount(of: path)
  }

  /// What has become of the file where it is shorter now.
  var loss: ShortenedFileError? {
    let now = Self.byteCount(of: path)
    guard now < byteCount else { return nil }
    return ShortenedFileError(path: path, byteCount: now, expected: byteCount)
  }

  private static func byteCount(of path: String) -> Int {
    var status = stat()
    // Sound: the pointer is used during the call only.
    return unsafe stat(path, &status) == 0 ? Int(status.st_size) : 0
  }
}
