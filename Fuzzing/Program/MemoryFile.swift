internal import Glibc

/// A file in memory, for readers and writers that ask for a path.
struct MemoryFile: ~Copyable {
  private let descriptor: CInt

  /// The path by which this process opens it.
  var path: String { "/proc/self/fd/\(descriptor)" }

  init(_ bytes: [UInt8] = []) {
    // Sound: the name is lent for the call.
    descriptor = unsafe makeMemoryFile("fuzzing", 0)
    precondition(descriptor >= 0, "no file in memory can be made")
    // Sound: no more is written than the array has.
    let count = unsafe write(descriptor, bytes, bytes.count)
    precondition(count == bytes.count, "a file in memory takes nothing")
  }

  deinit { close(descriptor) }
}

/// `memfd_create`, which Swift's Glibc module leaves out.
@_silgen_name("memfd_create")
private func makeMemoryFile(_ name: UnsafePointer<CChar>, _ flags: CUnsignedInt) -> CInt
