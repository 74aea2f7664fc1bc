#if OneDNN

internal import COneDNN
internal import Glibc

/// Some memory with a layout, as primitives take it.
@safe final class Memory: @unchecked Sendable {
  // Sound to share: a description is not changed after it was made; whoever uses the bytes says
  // why.
  let handle: dnnl_memory_t
  /// Keeps the bytes alive.
  private let owner: AnyObject?

  /// Describes memory that somebody keeps alive.
  init(
    _ layout: Layout, at address: UnsafeMutableRawPointer, owner: AnyObject?
  ) throws(OneDNNError) {
    unsafe handle = try Library.make("describe memory of \(layout.byteCount) bytes") { made in
      unsafe onednn_memory_create(&made, layout.handle, Library.engine, address)
    }
    self.owner = owner
  }

  /// Memory of its own.
  convenience init(_ layout: Layout) throws(OneDNNError) {
    let buffer = try Buffer(byteCount: layout.byteCount)
    try unsafe self.init(layout, at: buffer.address, owner: buffer)
  }

  /// A part of a pool's memory.
  convenience init(_ layout: Layout, in pool: BufferPool) throws(OneDNNError) {
    let (buffer, offset) = try pool.allocate(byteCount: layout.byteCount)
    try unsafe self.init(layout, at: buffer.address + offset, owner: buffer)
  }

  deinit { unsafe _ = dnnl_memory_destroy(handle) }
}

/// What a primitive is run on.
@safe struct Arguments {
  let entries: [dnnl_exec_arg_t]
  private let memories: [Memory]

  init(_ memories: [(Argument, Memory)]) {
    unsafe entries = memories.map {
      unsafe dnnl_exec_arg_t(arg: $0.number, memory: $1.handle)
    }
    self.memories = memories.map(\.1)
  }
}

extension Memory {
  /// Writes numbers, no more than there is room for.
  func fill(_ numbers: [Float]) {
    let address = unsafe onednn_memory_bytes(handle)
    unsafe numbers.withUnsafeBytes { bytes in
      guard let address = unsafe address, let source = bytes.baseAddress else { return }
      unsafe memcpy(address, source, bytes.count)
    }
  }
}

#endif
