import Glibc
import Synchronization

/// When the call into libhdf5 that is under way began.
///
/// A damaged file can make the library loop for ever. A watchdog thread asks here and ends the
/// process; nothing inside the process can end the call.
package enum CallClock {
  /// Nanoseconds of the coarse monotonic clock; 0 when no call is under way.
  ///
  /// One value is enough: the lock lets one call in at a time.
  private static let start = Atomic<UInt64>(0)

  /// How long the present call has been running, or nil when there is none.
  ///
  /// The resolution is a few milliseconds.
  package static func secondsInCurrentCall() -> Double? {
    let start = start.load(ordering: .relaxed)
    guard start != 0 else { return nil }
    let now = now()
    return now > start ? Double(now - start) / 1e9 : 0
  }

  static func begin() { start.store(now(), ordering: .relaxed) }

  static func end() { start.store(0, ordering: .relaxed) }

  private static func now() -> UInt64 {
    var time = timespec()
    // Sound: the pointer is used during the call only. The coarse clock costs a few nanoseconds.
    guard unsafe clock_gettime(CLOCK_MONOTONIC_COARSE, &time) == 0 else { return 1 }
    return max(1, UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec))
  }
}
