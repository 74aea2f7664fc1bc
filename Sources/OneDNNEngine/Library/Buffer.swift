#if OneDNN

internal import Glibc
internal import Synchronization

/// Memory that starts at a cache line, filled with zeros.
@safe final class Buffer: @unchecked Sendable {
  // Sound to share: whoever uses the bytes says why.
  let address: UnsafeMutableRawPointer
  /// The size in bytes.
  let byteCount: Int

  /// The size of the large pages that spare looking up where each small one is.
  private static let largePage = 1 << 21

  /// Allocates memory.
  ///
  /// - Throws: `OneDNNError.memory` where the system has not that much.
  init(byteCount: Int) throws(OneDNNError) {
    let unit = byteCount < Self.largePage ? 64 : Self.largePage
    let size = (max(byteCount, 1) + unit - 1) & ~(unit - 1)
    guard let address = unsafe aligned_alloc(unit, size) else { throw .memory(byteCount: size) }
    if unit == Self.largePage {
      // Advice: nothing fails where the system has no large pages.
      _ = unsafe madvise(address, size, MADV_HUGEPAGE)
    }
    unsafe memset(address, 0, size)
    unsafe self.address = address
    self.byteCount = size
  }

  deinit { unsafe free(address) }
}

/// Large buffers that many small tensors share, so that large pages serve them too.
final class BufferPool: Sendable {
  private struct State {
    var buffer: Buffer?
    var used = 0
  }

  private let state = Mutex(State())
  private static let chunk = 1 << 24

  /// A part of a buffer, from an offset on, that starts at a cache line.
  func allocate(byteCount: Int) throws(OneDNNError) -> (Buffer, offset: Int) {
    let size = (max(byteCount, 1) + 63) & ~63
    return try state.withLock { state throws(OneDNNError) in
      if let buffer = state.buffer, state.used + size <= buffer.byteCount {
        state.used += size
        return (buffer, state.used - size)
      }
      let buffer = try Buffer(byteCount: max(size, Self.chunk))
      state = State(buffer: buffer, used: size)
      return (buffer, 0)
    }
  }
}

#endif
