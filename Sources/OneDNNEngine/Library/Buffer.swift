#if OneDNN

internal import Glibc
internal import Synchronization

/// Memory that starts at a cache line; its bytes are whatever was there before.
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
    self.byteCount = (max(byteCount, 1) + unit - 1) & ~(unit - 1)
    guard let address = unsafe aligned_alloc(unit, self.byteCount) else {
      throw .memory(byteCount: self.byteCount)
    }
    unsafe self.address = address
  }

  /// Moves the bytes to large pages, where the system has them; a few runs are over sooner than
  /// that.
  func useLargePages() {
    guard byteCount >= Self.largePage else { return }
    // Advice: nothing fails where the system does not know it.
    unsafe madvise(address, byteCount, MADV_HUGEPAGE)
    unsafe madvise(address, byteCount, Self.collapse)
  }

  /// `MADV_COLLAPSE`, which Linux has from 6.1 on.
  private static let collapse: Int32 = 25

  deinit { unsafe free(address) }
}

/// Large buffers that many small tensors share, so that large pages can serve them too.
final class BufferPool: Sendable {
  private struct State {
    /// The last one has room.
    var buffers: [Buffer] = []
    var used = 0
    /// The size of the next buffer: each is twice as large as the one before, so that a model of
    /// one layer does not take what a large one needs.
    var chunk = 1 << 14
  }

  private let state = Mutex(State())
  private static let largestChunk = 1 << 24

  /// A part of a buffer, from an offset on, that starts at a cache line.
  func allocate(byteCount: Int) throws(OneDNNError) -> (Buffer, offset: Int) {
    let size = (max(byteCount, 1) + 63) & ~63
    return try state.withLock { state throws(OneDNNError) in
      if let buffer = state.buffers.last, state.used + size <= buffer.byteCount {
        state.used += size
        return (buffer, state.used - size)
      }
      let buffer = try Buffer(byteCount: max(size, state.chunk))
      state = State(
        buffers: state.buffers + [buffer], used: size,
        chunk: min(2 * state.chunk, Self.largestChunk))
      return (buffer, 0)
    }
  }

  /// Moves what is in the buffers to large pages.
  func useLargePages() {
    for buffer in state.withLock(\.buffers) { buffer.useLargePages() }
  }
}

#endif
