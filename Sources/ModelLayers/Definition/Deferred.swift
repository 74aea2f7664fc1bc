internal import Synchronization

/// A value that is computed when it is first asked for.
final class Deferred<Value: Sendable>: Sendable {
  private enum State: Sendable {
    case known(Value)
    case unknown(@Sendable () -> Value)
  }

  private let state: Mutex<State>

  init(_ value: Value) { state = Mutex(.known(value)) }

  init(computing body: @escaping @Sendable () -> Value) { state = Mutex(.unknown(body)) }

  var value: Value {
    state.withLock { state in
      switch state {
      case .known(let value): return value
      case .unknown(let body):
        let value = body()
        state = .known(value)
        return value
      }
    }
  }
}
