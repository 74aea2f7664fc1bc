internal import CModelProto
internal import Glibc

/// The memory that protobuf-c takes for one message: it comes in blocks, no more of it than a limit,
/// as a few bytes in a file can ask for hundreds in memory, and all of it goes at once.
@safe struct AllocationBudget: ~Copyable {
  private var remaining: Int
  private var blocks: [UnsafeMutableRawPointer] = unsafe []
  /// Where the next allocation begins in the last block, and what is left of it.
  private var next: UnsafeMutableRawPointer?
  private var available = 0

  /// Whether an allocation has been refused.
  private(set) var isExceeded = false

  private static let blockByteCount = 1 << 16

  init(byteCount: Int) {
    remaining = byteCount
  }

  deinit {
    for index in unsafe blocks.indices { unsafe free(blocks[index]) }
  }

  private mutating func allocate(_ byteCount: Int) -> UnsafeMutableRawPointer? {
    guard byteCount >= 0, byteCount <= remaining else {
      isExceeded = true
      return nil
    }
    remaining -= byteCount
    // Every C type may stand at a multiple of 16, as malloc's blocks do.
    let rounded = (max(1, byteCount) + 15) & ~15
    if rounded > available {
      let size = max(rounded, Self.blockByteCount)
      guard let block = unsafe malloc(size) else { return nil }
      unsafe blocks.append(block)
      unsafe next = block
      available = size
    }
    defer {
      unsafe next = next.map { unsafe $0 + rounded }
      available -= rounded
    }
    return unsafe next
  }

  /// Lends the allocator, which `body` must not let escape; what is allocated lives as long as the
  /// budget.
  mutating func withAllocator<Result>(
    _ body: (UnsafeMutablePointer<ProtobufCAllocator>) -> Result
  ) -> Result {
    // Sound: protobuf-c hands back the data that it is given here, and only during
    // `body`, which has the budget to itself.
    unsafe withUnsafeMutablePointer(to: &self) { budget in
      var allocator = unsafe ProtobufCAllocator(
        alloc: { data, byteCount in
          unsafe data?.assumingMemoryBound(to: AllocationBudget.self).pointee.allocate(byteCount)
        },
        free: { _, _ in },
        allocator_data: UnsafeMutableRawPointer(budget))
      return unsafe body(&allocator)
    }
  }
}
