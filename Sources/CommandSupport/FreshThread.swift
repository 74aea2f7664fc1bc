internal import CLinux
internal import ModelGraph

/// A thread of its own for the work of a process that `fork` has made.
///
/// Swift's `Mutex` remembers the number that the system gave each thread. The thread that comes out
/// of `fork` has another number than the one that went in, but remembers the old one: a lock that
/// another thread waits for would never be given back.
enum FreshThread {
  /// Runs work on a new thread, and waits for its end; on this one, if there can be no other.
  static func run(_ work: () throws -> Void) throws {
    clinux_use_one_heap()
    try withoutActuallyEscaping(work) { work in
      // Sound: this thread only waits meanwhile.
      nonisolated(unsafe) let work = work
      _ = try concurrently({}, onOwnThread: { unsafe try work() })
    }
  }
}
