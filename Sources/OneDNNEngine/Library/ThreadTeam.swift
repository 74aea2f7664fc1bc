#if OneDNN

internal import COneDNN
internal import ModelGraph
internal import Synchronization

/// The threads that oneDNN runs on, for what is computed beside it: one pool for both.
struct ThreadTeam: WorkTeam {
  /// How many threads run at once.
  let threadCount: Int

  /// Lets what this thread runs use the team's threads, and sets it back afterwards.
  func lent<Result>(to body: () throws -> Result) rethrows -> Result {
    let before = onednn_thread_count()
    onednn_set_thread_count(Int32(threadCount))
    defer { onednn_set_thread_count(before) }
    return try WorkTeams.$current.withValue(self, operation: body)
  }

  /// Calls a function for each number from 0 on, several at once.
  func perform(_ count: Int, _ part: @Sendable (Int) -> Void) {
    let next = Atomic(0)
    run { _ in
      while true {
        let index = next.add(1, ordering: .relaxed).oldValue
        guard index < count else { return }
        part(index)
      }
    }
  }

  /// Calls a function once on each thread at the same time, with the thread's number.
  func run(_ body: @Sendable (_ thread: Int) -> Void) {
    withoutActuallyEscaping(body) { body in
      let context = Context(body: body)
      // Sound: the context outlives the call, and all threads have returned from it then.
      let started = unsafe onednn_in_parallel(
        { context in
          guard let context = unsafe context else { return }
          unsafe Unmanaged<Context>.fromOpaque(context).takeUnretainedValue()
            .run(Int(onednn_thread_number()))
        }, Unmanaged.passUnretained(context).toOpaque(), UInt32(threadCount))
      context.join()
      if started == 0 { for thread in 0..<threadCount { body(thread) } }
    }
  }

  private final class Context: Sendable {
    private let body: @Sendable (Int) -> Void
    /// How many threads have done their part.
    ///
    /// What is done before, on and after the threads follows one another by it; libgomp sees to that
    /// too, but is not built for ThreadSanitizer to see it.
    private let doneCount = Atomic(0)

    init(body: @escaping @Sendable (Int) -> Void) {
      self.body = body
      doneCount.store(0, ordering: .releasing)
    }

    func run(_ thread: Int) {
      _ = doneCount.load(ordering: .acquiring)
      body(thread)
      doneCount.add(1, ordering: .releasing)
    }

    func join() { _ = doneCount.load(ordering: .acquiring) }
  }
}

#endif
