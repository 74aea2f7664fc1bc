#if OneDNN

internal import COneDNN
internal import Glibc

/// Memory that starts at a cache line, filled with zeros.
@safe final class Buffer: @unchecked Sendable {
  // Sound to share: whoever uses the bytes says why.
  let address: UnsafeMutableRawPointer
  let byteCount: Int

  /// Allocates memory.
  ///
  /// - Throws: `OneDNNError.memory` where the system has not that much.
  init(byteCount: Int) throws(OneDNNError) {
    let size = (max(byteCount, 1) + 63) & ~63
    guard let address = unsafe aligned_alloc(64, size) else { throw .memory(byteCount: size) }
    unsafe memset(address, 0, size)
    unsafe self.address = address
    self.byteCount = size
  }

  deinit { unsafe free(address) }
}

/// Some memory with a layout, as primitives take it.
@safe final class Memory: @unchecked Sendable {
  // Sound to share: the address changes only in the workspace that holds it, which one thread
  // at a time uses.
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

  deinit { unsafe _ = dnnl_memory_destroy(handle) }

  /// Lets the memory stand for other bytes.
  func move(to address: UnsafeMutableRawPointer) throws(OneDNNError) {
    try Library.check(
      "move memory",
      unsafe dnnl_memory_set_data_handle(handle, address))
  }
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
  /// Memory of its own with the given numbers, as many as the layout has bytes for.
  convenience init(_ layout: Layout, holding numbers: [Float]) throws(OneDNNError) {
    let byteCount = numbers.count * MemoryLayout<Float>.stride
    let buffer = try Buffer(byteCount: max(byteCount, layout.byteCount))
    // Sound: the buffer has at least as many bytes.
    unsafe numbers.withUnsafeBytes { bytes in
      if let source = bytes.baseAddress { unsafe memcpy(buffer.address, source, byteCount) }
    }
    try unsafe self.init(layout, at: buffer.address, owner: buffer)
  }
}

#endif
