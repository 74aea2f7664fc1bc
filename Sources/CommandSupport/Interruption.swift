internal import Glibc
internal import Synchronization

/// Signals that ask this process to end: they end the process that does the work, and then this
/// one, by the same signal.
enum Interruption {
  static let signals = [SIGINT, SIGTERM, SIGHUP]
  private static let received = Atomic<Int32>(0)
  private static let child = Atomic<Int32>(0)

  /// Starts to catch signals.
  ///
  /// - Returns: Whether hanging up is ignored, as `nohup` wants it, and stays so.
  static func begin() -> Bool {
    var ignoresHangUp = false
    for number in signals {
      // The handler only loads, stores and sends a signal, all of which a handler may do.
      let old = signal(number) { number in
        Interruption.received.store(number, ordering: .relaxed)
        let child = Interruption.child.load(ordering: .relaxed)
        if child > 0 { kill(child, number) }
      }
      // Sound: `SIG_IGN` is the number 1 in the place of a function.
      if unsafe unsafeBitCast(old, to: Int.self) == 1 {
        signal(number, old)
        ignoresHangUp = ignoresHangUp || number == SIGHUP
      }
    }
    return ignoresHangUp
  }

  /// Lets signals end the process again, as those do that nobody catches.
  static func reset(keepingHangUp ignoresHangUp: Bool) {
    for number in signals where number != SIGHUP || !ignoresHangUp { signal(number, SIG_DFL) }
  }

  /// Names the process that is to be ended too.
  static func forward(to process: Int32) {
    child.store(process, ordering: .relaxed)
  }

  /// Ends this process by the signal that it was sent, if it was sent one.
  ///
  /// - Parameter tell: Is called with the signal before.
  static func passOn(telling tell: (Int32) -> Void) {
    let number = received.load(ordering: .relaxed)
    guard number != 0 else { return }
    tell(number)
    die(of: number)
  }

  /// Ends this process as a signal does that nobody catches, so that a shell sees it.
  static func die(of number: Int32) {
    signal(number, SIG_DFL)
    raise(number)
  }

  /// Lets the signals wait.
  static func block() { mask(SIG_BLOCK) }

  /// Lets the signals come that have waited.
  static func unblock() { mask(SIG_UNBLOCK) }

  private static func mask(_ how: Int32) {
    var set = sigset_t()
    // Sound: the pointers are used during the calls only.
    unsafe sigemptyset(&set)
    for number in signals { unsafe sigaddset(&set, number) }
    unsafe sigprocmask(how, &set, nil)
  }
}
