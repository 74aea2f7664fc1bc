internal import Glibc
internal import Synchronization

/// The user's standard error. A supervised process keeps it under another number, so that what
/// libraries print there on their way down is not taken for the program's words.
package enum StandardError {
  private static let descriptor = Atomic<Int32>(STDERR_FILENO)

  /// Whether a person is watching.
  package static var isTerminal: Bool { isatty(descriptor.load(ordering: .relaxed)) == 1 }

  /// The width of the terminal in columns.
  package static var columns: Int { Terminal.columns(of: descriptor.load(ordering: .relaxed)) }

  /// Writes a text at once.
  package static func write(_ text: String) {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let written = bytes.withUnsafeBytes {
        // Sound: the bytes live during the call.
        unsafe Glibc.write(descriptor.load(ordering: .relaxed), $0.baseAddress, $0.count)
      }
      guard written > 0 else {
        if errno == EINTR { continue }
        return
      }
      bytes = bytes.dropFirst(written)
    }
  }

  /// Goes on writing to a copy, and lets what others write to standard error go
  /// to a file in memory.
  static func setAside() {
    let copy = dup(STDERR_FILENO)
    guard copy >= 0 else { return }
    let memory = unsafe memfd_create("stderr", UInt32(MFD_CLOEXEC))
    guard memory >= 0, dup2(memory, STDERR_FILENO) >= 0 else {
      close(copy)
      return
    }
    close(memory)
    descriptor.store(copy, ordering: .relaxed)
  }
}
