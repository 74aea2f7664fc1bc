internal import CModelProto
internal import Glibc

/// An allocator for protobuf-c that refuses to go beyond a limit: a few bytes in
/// a file can ask for hundreds in memory.
struct AllocationBudget {
  private(set) var remaining: Int

  /// Whether an allocation has been refused.
  private(set) var isExceeded = false

  init(byteCount: Int) {
    remaining = byteCount
  }

  private mutating func allocate(_ byteCount: Int) -> UnsafeMutableRawPointer? {
    guard byteCount >= 0, byteCount <= remaining else {
      isExceeded = true
      return nil
    }
    remaining -= byteCount
    return unsafe malloc(max(1, byteCount))
  }

  /// Lends the allocator, which `body` must not let escape.
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
        free: { _, block in unsafe Glibc.free(block) },
        allocator_data: UnsafeMutableRawPointer(budget))
      return unsafe body(&allocator)
    }
  }
}
