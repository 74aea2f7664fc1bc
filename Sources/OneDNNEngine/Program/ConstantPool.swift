#if OneDNN

internal import ModelGraph
internal import Synchronization

/// The weights of a model as primitives want them, packed once however many programs use them.
final class ConstantPool: Sendable {
  private struct Entry {
    let layout: Layout
    let memory: Memory
  }

  private let pool = BufferPool()
  /// Where kernels are scaled before they are packed.
  private let staging = Mutex<Buffer?>(nil)
  private let packed = Mutex<[String: [Entry]]>([:])

  /// The kernel of filters in a layout `([groups,] filters, channels, spatial…)`.
  func kernel(_ filters: Filters, in layout: Layout) throws -> Memory {
    if let memory = find(filters.name, layout) { return memory }
    let stored = try Layout(filters.sizes, strides: filters.strides)
    let memory = try Memory(layout, in: pool)
    let reorder = try DNNPrimitive(from: stored, to: layout)
    let scratchpad = try Memory(reorder.layout(.scratchpad))
    let byteCount = filters.kernel.elementCount * MemoryLayout<Float>.stride
    try unsafe filters.withNumbers(in: { try self.staging(byteCount: byteCount) }) { numbers in
      // Sound: the source of a reorder is only read.
      let source = try unsafe Memory(
        stored, at: UnsafeMutableRawPointer(mutating: numbers), owner: nil)
      try reorder.run(
        Arguments([(.source, source), (.destination, memory), (.scratchpad, scratchpad)]))
    }
    packed.withLock { $0[filters.name, default: []].append(Entry(layout: layout, memory: memory)) }
    return memory
  }

  /// A buffer of at least the given size, which the next call gives again.
  private func staging(byteCount: Int) throws -> Buffer {
    try staging.withLock { staging in
      if let buffer = staging, buffer.byteCount >= byteCount { return buffer }
      staging = nil
      let buffer = try Buffer(byteCount: byteCount)
      staging = buffer
      return buffer
    }
  }

  /// Gives back what only packing needs.
  func trim() { staging.withLock { $0 = nil } }

  /// Moves the weights to large pages.
  func useLargePages() { pool.useLargePages() }

  /// Numbers along one axis.
  func row(_ numbers: [Double]) throws -> Memory {
    let memory = try Memory(Layout(rowMajor: [numbers.count]), in: pool)
    memory.fill(numbers.map(Float.init))
    return memory
  }

  private func find(_ name: String, _ layout: Layout) -> Memory? {
    packed.withLock { $0[name]?.first { $0.layout == layout }?.memory }
  }
}

extension Memory {
  /// A constant in a layout, for one program alone.
  convenience init(_ constant: Constant, in layout: Layout) throws {
    let rows = try Layout(rowMajor: constant.sizes)
    let stored = try Memory(rows)
    stored.fill(constant.numbers.map(Float.init))
    try self.init(layout)
    let reorder = try DNNPrimitive(from: rows, to: layout)
    let scratchpad = try Memory(reorder.layout(.scratchpad))
    try reorder.run(
      Arguments([(.source, stored), (.destination, self), (.scratchpad, scratchpad)]))
  }
}

extension Filters {
  /// The kernel's shape as oneDNN has it.
  var sizes: [Int] {
    let sizes = kernel.dimensions
    let spatial = sizes.dropLast(2)
    let (inner, last) = (sizes[sizes.count - 2], sizes[sizes.count - 1])
    return switch form {
    case .groups(1), .product: [last, inner] + spatial
    case .groups(let groups): [groups, last / groups, inner] + spatial
    case .depthwise: [inner, last, 1] + spatial
    case .transposed: [inner, last] + spatial
    case .gates(let count): [1, 1, inner, count, last / count]
    }
  }

  /// The distances between neighbours of the stored kernel along these axes.
  var strides: [Int] {
    let sizes = kernel.dimensions
    let stored = Layout.rowMajorStrides(sizes)
    let spatial = stored.dropLast(2)
    let last = sizes[sizes.count - 1]
    return switch form {
    case .groups(1), .product: [1, last] + spatial
    case .groups(let groups): [last / groups, 1, last] + spatial
    case .depthwise: [last, 1, 1] + spatial
    case .transposed: [last, 1] + spatial
    case .gates: Layout.rowMajorStrides(self.sizes)
    }
  }

  /// The same filters as those of one element that see patches, or `nil` where each filter does
  /// not see all channels or has but one element.
  var ofPatches: Filters? {
    let sizes = kernel.dimensions
    guard form == .groups(1), sizes.count == 4, sizes[0] * sizes[1] > 1,
      let tensor = try? Tensor(
        dtype: kernel.dtype, dimensions: [1, 1, sizes[0] * sizes[1] * sizes[2], sizes[3]],
        bytes: kernel.bytes)
    else { return nil }
    return Filters(
      name: "\(name) of patches", kernel: tensor, form: form, scale: scale, bias: bias)
  }
}

#endif
