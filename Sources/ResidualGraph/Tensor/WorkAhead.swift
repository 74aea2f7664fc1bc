internal import Dispatch
internal import Synchronization

/// Results that another thread works out, one after the other, ahead of the one that uses them.
///
/// What is still to be done when the object's life ends is left.
package final class WorkAhead<Value: Sendable>: Sendable {
  private let state = State()

  /// What both threads see; the worker does not keep the object itself alive.
  private final class State: Sendable {
    let results = Mutex<[Result<Value, any Error>]>([])
    let isReady = DispatchSemaphore(value: 0)
    let isCancelled = Atomic(false)
  }

  /// Starts to work.
  ///
  /// - Parameter work: Is called with 0, 1, … less than `count`, until it throws.
  package init(count: Int, _ work: @escaping @Sendable (Int) throws -> Value) {
    DispatchQueue.global(qos: .userInitiated).async { [state] in
      for index in 0..<count where !state.isCancelled.load(ordering: .relaxed) {
        let result = Result { try work(index) }
        state.results.withLock { $0.append(result) }
        state.isReady.signal()
        if case .failure = result { return }
      }
    }
  }

  deinit {
    state.isCancelled.store(true, ordering: .relaxed)
  }

  /// The result of a call, waiting for it; to be asked for once each, in order.
  package func result(at index: Int) throws -> Value {
    state.isReady.wait()
    return try state.results.withLock { $0[index] }.get()
  }
}
