import CommandSupport
import Glibc
import Testing

/// In processes of their own, for a limit is the whole process's.
@Suite struct MemoryLimitTests {
  /// Whether so much memory can be had.
  private static func isThere(_ byteCount: Int) -> Bool {
    guard let memory = unsafe malloc(byteCount) else { return false }
    unsafe free(memory)
    return true
  }

  @Test func `reading may take half a gigabyte, and what follows more`() async {
    await #expect(processExitsWith: .success) {
      MemoryLimit.whileReading {
        precondition(Self.isThere(400 << 20))
        precondition(!Self.isThere(600 << 20))
      }
      precondition(Self.isThere(600 << 20))
    }
  }

  @Test func `what the process has already does not count`() async {
    await #expect(processExitsWith: .success) {
      let kept = unsafe malloc(1 << 30)
      MemoryLimit.whileReading { precondition(Self.isThere(400 << 20)) }
      unsafe free(kept)
    }
  }
}
