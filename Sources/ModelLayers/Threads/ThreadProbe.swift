internal import Glibc

/// Whether this process may have threads and descriptors beside those that it has.
///
/// libdispatch tries for ever to make a thread where the system has none to give, and traps where
/// it has no descriptor: it is only asked where there are some. Else all work is done by the thread
/// that has it.
package enum ThreadProbe {
  /// Found out when it is first asked for.
  package static let areThreadsAvailable = hasDescriptors() && hasThreads()

  /// More than a pool makes: a thread for each core, and some for its own ends.
  private static let threadCount = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) + 3

  private static let descriptorCount = 4

  private static func hasDescriptors() -> Bool {
    var descriptors: [Int32] = []
    defer { for descriptor in descriptors { close(descriptor) } }
    for _ in 0..<descriptorCount {
      let descriptor = unsafe open("/dev/null", O_RDONLY | O_CLOEXEC)
      guard descriptor >= 0 else { return false }
      descriptors.append(descriptor)
    }
    return true
  }

  /// Makes as many threads as can be at once, and waits for their ends.
  private static func hasThreads() -> Bool {
    var gate: [Int32] = [-1, -1]
    // Sound: two numbers are written to an array of two.
    guard unsafe pipe(&gate) == 0 else { return false }
    // Sound: a number in the place of a pointer, which is not followed.
    let reading = unsafe UnsafeMutableRawPointer(bitPattern: Int(gate[0]))
    var threads: [pthread_t] = []
    for _ in 0..<threadCount {
      var thread = pthread_t()
      // Sound: the pointers are used during the call only. Each thread waits for the pipe's end.
      let status = unsafe pthread_create(
        &thread, nil,
        { context in
          var byte: UInt8 = 0
          _ = unsafe read(Int32(Int(bitPattern: context)), &byte, 1)
          return nil
        }, reading)
      guard status == 0 else { break }
      threads.append(thread)
    }
    close(gate[1])
    for thread in threads { pthread_join(thread, nil) }
    close(gate[0])
    return threads.count == threadCount
  }
}
