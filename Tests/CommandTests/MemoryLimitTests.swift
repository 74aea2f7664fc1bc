import CommandSupport
import Glibc
import Testing

/// In processes of their own, for a limit is the whole process's.
@Suite struct MemoryLimitTests {
  /// Memory of no file; nil where it cannot be had.
  private static func memory(_ byteCount: Int) -> UnsafeMutableRawPointer? {
    let memory = unsafe mmap(
      nil, byteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    return unsafe memory == MAP_FAILED ? nil : memory
  }

  /// Whether so much memory can be had.
  private static func isThere(_ byteCount: Int) -> Bool {
    guard let memory = unsafe memory(byteCount) else { return false }
    return unsafe munmap(memory, byteCount) == 0
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
      let kept = unsafe Self.memory(1 << 30)
      MemoryLimit.whileReading { precondition(Self.isThere(400 << 20)) }
      precondition(unsafe kept != nil)
    }
  }
}
