import CHDF5
import Synchronization

/// The one way into libhdf5.
///
/// The library is not safe for threads, so each C call runs under one process-wide lock, and its
/// error stack is read before the lock is released. The lock is not re-entrant: it covers one C
/// call, never a compound operation.
enum Library {
  private static let isStarted = Mutex(false)

  /// Makes a call that reports failure by a negative value, and turns that into an error.
  ///
  /// - Parameter isWatched: Whether the call may loop for ever, for it depends on what a file says.
  ///   What works on data of ours takes as long as it needs: packing a large chunk can take minutes.
  static func call<Result: SignedInteger>(
    _ function: String, at location: Location, isWatched: Bool = true, _ body: () -> Result
  ) throws(HDF5Error) -> Result {
    var message = ""
    let result = query(isWatched: isWatched) {
      let result = body()
      if result < 0 { message = firstMessage() }
      return result
    }
    guard result >= 0 else {
      throw .library(location, function: function, message: message)
    }
    return result
  }

  /// The library's version, such as `1.10.8`.
  static let version: String = {
    var (major, minor, release): (UInt32, UInt32, UInt32) = (0, 0, 0)
    // Sound: the pointers are used during the call only.
    _ = query { unsafe H5get_libversion(&major, &minor, &release) }
    return "\(major).\(minor).\(release)"
  }()

  /// Makes a call that cannot fail, or whose failure is told by its value alone.
  static func query<Result>(isWatched: Bool = true, _ body: () -> Result) -> Result {
    var result: Result?
    isStarted.withLock { isStarted in
      if isWatched { CallClock.begin() }
      defer { CallClock.end() }
      if !isStarted {
        isStarted = start()
      }
      // Null means "print nothing". Printing is set per thread in some builds of the library,
      // hence at every call.
      H5Eset_auto2(chdf5_default(), nil, nil)
      result = body()
    }
    guard let result else {
      preconditionFailure("the body runs exactly once")
    }
    return result
  }

  /// How many identifiers of every kind are open in the whole process.
  static var openIdentifierCount: Int {
    query {
      let kinds = [
        H5I_FILE, H5I_GROUP, H5I_DATATYPE, H5I_DATASPACE, H5I_DATASET, H5I_ATTR, H5I_GENPROP_LST,
      ]
      return kinds.reduce(0) { total, kind in
        var count: hsize_t = 0
        // Sound: the pointer is used during the call only.
        return unsafe H5Inmembers(kind, &count) < 0 ? total : total + Int(count)
      }
    }
  }

  /// Without the exit handler, a file that could not be closed cannot disturb the process's end;
  /// without plug-ins, a file cannot choose code to run.
  private static func start() -> Bool {
    H5dont_atexit() >= 0 && H5open() >= 0 && H5PLset_loading_state(0) >= 0
  }

  /// What the innermost frame of the error stack says; must run under the lock.
  private static func firstMessage() -> String {
    var message = "no message"
    // Sound: `message` outlives the walk, and the strings of a frame are copied out.
    unsafe withUnsafeMutablePointer(to: &message) { message in
      _ = unsafe H5Ewalk2(
        chdf5_default(), H5E_WALK_UPWARD,
        { depth, frame, context in
          guard depth == 0, let text = unsafe frame?.pointee.desc, let context = unsafe context
          else { return 0 }
          unsafe context.assumingMemoryBound(to: String.self).pointee = unsafe String(cString: text)
          return 0
        }, message)
    }
    return condensed(message)
  }

  /// One line without what differs from run to run: failed reads and writes carry the date, a
  /// pointer and the file's name, and the system's message between them.
  static func condensed(_ message: String) -> String {
    let words = message.split { $0.isWhitespace || $0.isNewline }.joined(separator: " ")
    guard let time = words.firstIndex(of: ":"),
      words[time...].hasPrefix(": time =") || words[time...].hasPrefix(": name =")
    else { return words }
    let reason = words.split(separator: "'", omittingEmptySubsequences: false)
    guard let label = reason.firstIndex(where: { $0.hasSuffix("error message = ") }),
      label + 1 < reason.count
    else { return String(words[..<time]) }
    return "\(words[..<time]): \(reason[label + 1])"
  }
}
