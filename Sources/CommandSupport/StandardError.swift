internal import Glibc
internal import Synchronization

/// The user's standard error.
///
/// A supervised process keeps it under another number, so that what libraries
/// print there on their way down is not taken for the program's words.
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
      // Sound: the bytes live during the call.
      let written = unsafe bytes.withUnsafeBytes {
        unsafe Glibc.write(descriptor.load(ordering: .relaxed), $0.baseAddress, $0.count)
      }
      guard written > 0 else {
        if errno == EINTR { continue }
        return
      }
      bytes = bytes.dropFirst(written)
    }
  }

  /// Goes on writing to a copy, and lets what others write to standard error go elsewhere.
  static func setAside(_ others: Int32) {
    let copy = dup(STDERR_FILENO)
    guard copy >= 0, dup2(others, STDERR_FILENO) >= 0 else { return }
    descriptor.store(copy, ordering: .relaxed)
  }
}
