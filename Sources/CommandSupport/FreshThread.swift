internal import CLinux
internal import Glibc

/// A thread of its own for the work of a process that `fork` has made.
///
/// Swift's `Mutex` remembers the number that the system gave each thread. The thread that comes out
/// of `fork` has another number than the one that went in, but remembers the old one: a lock that
/// another thread waits for would never be given back.
enum FreshThread {
  /// As much as the first thread of a process usually has.
  private static let stackByteCount = 8 << 20

  private final class Work {
    let body: () throws -> Void
    var result: Result<Void, any Error> = .success(())

    init(_ body: @escaping () throws -> Void) { self.body = body }
  }

  /// Runs work on a new thread, and waits for its end; on this one, if there can be no other.
  static func run(_ body: () throws -> Void) throws {
    clinux_use_one_heap()
    try withoutActuallyEscaping(body) { body in
      let work = Work(body)
      var attributes = pthread_attr_t()
      unsafe pthread_attr_init(&attributes)
      defer { unsafe pthread_attr_destroy(&attributes) }
      unsafe pthread_attr_setstacksize(&attributes, stackByteCount)
      var thread = pthread_t()
      // Sound: the thread has ended before this function returns, and nothing else uses the work
      // until then.
      let status = unsafe pthread_create(
        &thread, &attributes,
        { context in
          guard let context = unsafe context else { return nil }
          let work = unsafe Unmanaged<Work>.fromOpaque(context).takeUnretainedValue()
          work.result = Result(catching: work.body)
          return nil
        }, Unmanaged.passUnretained(work).toOpaque())
      guard status == 0 else { return try body() }
      pthread_join(thread, nil)
      try work.result.get()
    }
  }
}
