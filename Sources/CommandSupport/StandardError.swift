internal import Glibc
internal import Synchronization

/// The user's standard error.
///
/// A supervised process keeps it under another number, so that what libraries
/// print there on their way down is not taken for the program's words.
package enum StandardError {
  private static let descriptor = Atomic<Int32>(STDERR_FILENO)
  /// Where to read what others wrote to standard error, once it has been set aside.
  private static let others = Atomic<Int32>(-1)

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

  /// Goes on writing to a copy, and lets what others write to standard error go
  /// into a pipe; what does not fit is lost.
  static func setAside() {
    var ends: [Int32] = [-1, -1]
    let copy = dup(STDERR_FILENO)
    // Sound: two numbers are written to an array of two.
    guard copy >= 0, unsafe pipe(&ends) == 0 else { return }
    for end in ends { _ = fcntl(end, F_SETFL, O_NONBLOCK) }
    guard dup2(ends[1], STDERR_FILENO) >= 0 else { return }
    close(ends[1])
    others.store(ends[0], ordering: .relaxed)
    descriptor.store(copy, ordering: .relaxed)
  }

  /// Whether others wrote one of the texts to standard error.
  ///
  /// A signal handler may ask: nothing is allocated.
  static func othersWrote(_ first: StaticString, or second: StaticString) -> Bool {
    let end = others.load(ordering: .relaxed)
    guard end >= 0 else { return false }
    return unsafe withUnsafeTemporaryAllocation(byteCount: 4096, alignment: 1) { buffer in
      // Sound: at most the buffer's size is written to it, and no more is looked at.
      let count = unsafe read(end, buffer.baseAddress, buffer.count)
      guard count > 0 else { return false }
      let found = unsafe UnsafeRawBufferPointer(rebasing: buffer[..<count])
      return unsafe contains(found, first) || contains(found, second)
    }
  }

  private static func contains(_ bytes: UnsafeRawBufferPointer, _ text: StaticString) -> Bool {
    let count = text.utf8CodeUnitCount
    guard bytes.count >= count else { return false }
    for start in 0...(bytes.count - count) {
      var index = 0
      // Sound: `start + index` is less than the number of bytes, `index` than that of the text.
      while index < count, unsafe bytes[start + index] == text.utf8Start[index] { index += 1 }
      if index == count { return true }
    }
    return false
  }
}
