#if OneDNN

internal import Glibc
internal import Synchronization

/// Memory that starts at a cache line, filled with zeros.
@safe final class Buffer: @unchecked Sendable {
  // Sound to share: whoever uses the bytes says why.
  let address: UnsafeMutableRawPointer
  /// The size in bytes.
  let byteCount: Int

  /// What the system gave, to be given back; larger than the buffer where large pages are used.
  private let mapping: (start: UnsafeMutableRawPointer, byteCount: Int)?

  /// The size of the large pages that spare looking up where each small one is.
  private static let largePage = 1 << 21

  /// Allocates memory.
  ///
  /// - Throws: `OneDNNError.memory` where the system has not that much.
  init(byteCount: Int) throws(OneDNNError) {
    let unit = byteCount < Self.largePage ? 64 : Self.largePage
    self.byteCount = (max(byteCount, 1) + unit - 1) & ~(unit - 1)
    if unit < Self.largePage {
      guard let address = unsafe aligned_alloc(unit, self.byteCount) else {
        throw .memory(byteCount: self.byteCount)
      }
      unsafe memset(address, 0, self.byteCount)
      unsafe (self.address, mapping) = (address, nil)
    } else {
      // Pages that the system hands out are zeros already.
      let size = self.byteCount + unit
      let start = unsafe mmap(
        nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
      guard let start = unsafe start, unsafe start != MAP_FAILED else {
        throw .memory(byteCount: size)
      }
      unsafe address = start.alignedUp(toMultipleOf: unit)
      unsafe mapping = (start, size)
      // Advice: nothing fails where the system has no large pages.
      _ = unsafe madvise(address, self.byteCount, MADV_HUGEPAGE)
    }
  }

  deinit {
    if let (start, size) = unsafe mapping {
      unsafe munmap(start, size)
    } else {
      unsafe free(address)
    }
  }
}

/// Large buffers that many small tensors share, so that large pages serve them too.
final class BufferPool: Sendable {
  private struct State {
    var buffer: Buffer?
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
      if let buffer = state.buffer, state.used + size <= buffer.byteCount {
        state.used += size
        return (buffer, state.used - size)
      }
      let buffer = try Buffer(byteCount: max(size, state.chunk))
      state = State(
        buffer: buffer, used: size, chunk: min(2 * state.chunk, Self.largestChunk))
      return (buffer, 0)
    }
  }
}

#endif
