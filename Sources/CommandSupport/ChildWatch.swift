internal import CLinux
internal import Glibc
internal import HDF5
internal import Synchronization

/// Ends the process that does the work where it comes no further.
///
/// It is watched from outside: what is damaged in the process that reads a damaged file, its heap
/// and its locks, this one does not need.
final class ChildWatch: Sendable {
  /// Why a process was ended.
  enum Reason: Sendable {
    /// A call of libhdf5 did not end.
    case endlessCall
    /// Each of its threads waited for another.
    case deadlock
  }

  /// How long a process may be in one call of libhdf5, or may wait for itself.
  let secondsAllowed: Double
  private let child: Int32
  private let state = Mutex(State())

  private struct State {
    var isOver = false
    var reason: Reason?
  }

  init(child: Int32) {
    self.child = child
    secondsAllowed = ProcessSetting.secondsOfCall
  }

  /// Watches on a thread of its own; where there can be none, nobody watches.
  func start() {
    var thread = pthread_t()
    // Sound: the object is retained for the thread, which ends with the process at the latest.
    let context = unsafe Unmanaged.passRetained(self).toOpaque()
    let status = unsafe pthread_create(
      &thread, nil,
      { context in
        if let context = unsafe context {
          unsafe Unmanaged<ChildWatch>.fromOpaque(context).takeRetainedValue().watch()
        }
        return nil
      }, context)
    if status == 0 {
      pthread_detach(thread)
    } else {
      unsafe Unmanaged<ChildWatch>.fromOpaque(context).release()
    }
  }

  /// Stops to watch a process that has ended but is still known to the system.
  ///
  /// - Returns: Why it was ended, if it was ended here.
  func stop() -> Reason? {
    state.withLock { state in
      state.isOver = true
      return state.reason
    }
  }

  private func watch() {
    let interval = 0.2
    var secondsWithoutProgress = 0.0
    var last = ChildProgress(child)
    while !state.withLock(\.isOver) {
      usleep(UInt32(interval * 1_000_000))
      if let seconds = CallClock.secondsInCurrentCall(), seconds > secondsAllowed {
        return end(.endlessCall)
      }
      let now = ChildProgress(child)
      secondsWithoutProgress = now.isDeadlock(since: last) ? secondsWithoutProgress + interval : 0
      last = now
      if secondsWithoutProgress > secondsAllowed { return end(.deadlock) }
    }
  }

  private func end(_ reason: Reason) {
    state.withLock { state in
      // The number of a process that has been waited for may be another one's.
      guard !state.isOver else { return }
      state.reason = reason
      kill(child, SIGKILL)
    }
  }
}

/// What the threads of a process are at.
private struct ChildProgress {
  /// What the system says of each thread in a call of its: the call and its arguments.
  private var calls: [String] = []
  /// Whether each thread waits for a lock.
  private var areAllWaiting = true

  init(_ process: Int32) {
    let folder = "/proc/\(process)/task"
    for thread in Self.names(in: folder) {
      // Where it cannot be read, nothing is known, and nothing is done.
      let call = Self.line(ofFile: "\(folder)/\(thread)/syscall") ?? ""
      calls.append(call)
      areAllWaiting = areAllWaiting && call.hasPrefix("\(clinux_futex()) ")
    }
  }

  /// Whether all threads have been waiting, in the same calls as before.
  func isDeadlock(since earlier: ChildProgress) -> Bool {
    areAllWaiting && !calls.isEmpty && calls == earlier.calls
  }

  private static func names(in folder: String) -> [String] {
    // Sound: the stream is used and closed here; each name is copied before the next is read.
    guard let stream = unsafe opendir(folder) else { return [] }
    defer { unsafe closedir(stream) }
    var names: [String] = []
    while let entry = unsafe readdir(stream) {
      let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if !name.hasPrefix(".") { names.append(name) }
    }
    return names.sorted()
  }

  private static func line(ofFile path: String) -> String? {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: 256)
    // Sound: at most as many bytes as there are are written.
    let count = unsafe read(descriptor, &bytes, bytes.count)
    return count > 0 ? String(decoding: bytes.prefix(count), as: UTF8.self) : nil
  }
}
