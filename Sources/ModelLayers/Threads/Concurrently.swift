internal import Glibc
internal import Synchronization

/// Does one thing on this thread and another on a thread of its own, and returns when both have
/// ended.
///
/// The other thread has as large a stack as the first of a process: what recurses may do so there,
/// as it may not on a thread of a pool. If no thread can be made, this one does both.
///
/// - Throws: What `here` throws; only if it throws nothing, what `there` throws. Which of them ends
///   first makes no difference.
package func concurrently<Here, There: Sendable>(
  _ here: () throws -> Here, onOwnThread there: @Sendable () throws -> There
) throws -> (Here, There) {
  try withoutActuallyEscaping(there) { there in
    let found = Mutex<Result<There, any Error>?>(nil)
    let thread = OwnThread {
      let result = Result(catching: there)
      found.withLock { $0 = result }
    }
    let result = Result(catching: here)
    thread.join()
    return (try result.get(), try (found.withLock(\.self) ?? Result(catching: there)).get())
  }
}

/// A thread that does one piece of work; it must be joined.
private struct OwnThread {
  /// As much as the first thread of a process usually has.
  private static let stackByteCount = 8 << 20

  private final class Work: Sendable {
    let body: @Sendable () -> Void

    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }

  /// The thread; nil if none could be made.
  private let thread: pthread_t?

  init(_ body: @escaping @Sendable () -> Void) {
    // Sound, here and below: the pointers are used during the calls only.
    var attributes = pthread_attr_t()
    unsafe pthread_attr_init(&attributes)
    defer { unsafe pthread_attr_destroy(&attributes) }
    unsafe pthread_attr_setstacksize(&attributes, Self.stackByteCount)
    // Sound: whoever takes the work releases it, the thread or, where there is none, this function.
    let work = unsafe Unmanaged.passRetained(Work(body))
    var thread = pthread_t()
    let status = unsafe pthread_create(
      &thread, &attributes,
      { context in
        guard let context = unsafe context else { return nil }
        unsafe Unmanaged<Work>.fromOpaque(context).takeRetainedValue().body()
        return nil
      }, work.toOpaque())
    self.thread = status == 0 ? thread : nil
    if status != 0 { unsafe work.release() }
  }

  /// Waits for its end.
  func join() {
    if let thread { pthread_join(thread, nil) }
  }
}
