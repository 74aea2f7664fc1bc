internal import Synchronization

/// Values that are kept until the process ends, when the system takes their memory back at once;
/// to give it back piece by piece would take a large model as long as a copy of its weights.
package enum UntilExit {
  private static let kept = Mutex<[any Sendable]>([])

  /// Keeps a value.
  package static func keep(_ value: some Sendable) {
    kept.withLock { $0.append(value) }
  }
}
