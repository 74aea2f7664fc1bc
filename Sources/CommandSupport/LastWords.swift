internal import Glibc

/// What the process that does the work, or a library in it, prints on standard error on its way
/// down: a pipe from there to the supervisor; what does not fit is lost.
///
/// It is read from outside, for a process that finds its heap damaged can do nothing more.
struct LastWords {
  private let reading: Int32
  private let writing: Int32

  init() {
    var ends: [Int32] = [-1, -1]
    // Sound: two numbers are written to an array of two.
    if unsafe pipe(&ends) == 0 { for end in ends { _ = fcntl(end, F_SETFL, O_NONBLOCK) } }
    (reading, writing) = (ends[0], ends[1])
  }

  /// Is to be called in the process that does the work.
  func begin() {
    guard writing >= 0 else { return }
    StandardError.setAside(writing)
    close(reading)
    close(writing)
  }

  /// Is to be called in the process that waits, and once.
  func listen() {
    if writing >= 0 { close(writing) }
  }

  /// Whether memory ran out: Swift and C++ say so, and abort.
  func tellOfMemory() -> Bool {
    guard reading >= 0 else { return false }
    var (words, piece) = ([UInt8](), [UInt8](repeating: 0, count: 1 << 16))
    while true {
      // Sound: at most as many bytes as there are are written.
      let count = unsafe read(reading, &piece, piece.count)
      guard count > 0 else { break }
      words += piece.prefix(count)
    }
    let text = String(decoding: words, as: UTF8.self)
    return text.contains("failed to allocate") || text.contains("bad_alloc")
  }
}
