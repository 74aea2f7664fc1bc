import Glibc
import Synchronization

/// When the call into libhdf5 that is under way began.
///
/// A damaged file can make the library loop for ever, and nothing inside the process can end the
/// call. The clock is in memory that processes share which `fork` makes: one that has prepared it
/// and has divided itself sees how long the other has been in a call.
package enum CallClock {
  /// Nanoseconds of the coarse monotonic clock; 0 when no call is under way.
  ///
  /// One value is enough: the lock lets one call in at a time.
  // Sound: the memory is there until the process ends, and holds an atomic value from the start.
  private nonisolated(unsafe) static let start = unsafe sharedValue()

  /// Makes the clock ready for a process that will divide itself.
  package static func prepare() { end() }

  /// How long the present call has been running, or nil when there is none.
  ///
  /// The resolution is a few milliseconds.
  package static func secondsInCurrentCall() -> Double? {
    let start = unsafe start.pointee.load(ordering: .relaxed)
    guard start != 0 else { return nil }
    let now = now()
    return now > start ? Double(now - start) / 1e9 : 0
  }

  static func begin() { unsafe start.pointee.store(now(), ordering: .relaxed) }

  static func end() { unsafe start.pointee.store(0, ordering: .relaxed) }

  private static func now() -> UInt64 {
    var time = timespec()
    // Sound: the pointer is used during the call only. The coarse clock costs a few nanoseconds.
    guard unsafe clock_gettime(CLOCK_MONOTONIC_COARSE, &time) == 0 else { return 1 }
    return max(1, UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec))
  }

  /// Memory of the process's own where none can be shared.
  private static func sharedValue() -> UnsafeMutablePointer<Atomic<UInt64>> {
    let byteCount = MemoryLayout<Atomic<UInt64>>.size
    let shared = unsafe mmap(
      nil, byteCount, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0)
    let memory =
      if let shared = unsafe shared, unsafe shared != MAP_FAILED {
        unsafe shared
      } else {
        UnsafeMutableRawPointer.allocate(byteCount: byteCount, alignment: 8)
      }
    let value = unsafe memory.bindMemory(to: Atomic<UInt64>.self, capacity: 1)
    unsafe value.initialize(to: Atomic(0))
    return unsafe value
  }
}
