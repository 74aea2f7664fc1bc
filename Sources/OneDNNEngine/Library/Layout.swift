#if OneDNN

internal import COneDNN

/// How the elements of a float32 tensor lie in memory: in rows, or in the blocks of
/// channels that vector instructions like.
@safe final class Layout: Sendable {
  // Sound to share: a descriptor is not changed after it was made.
  nonisolated(unsafe) let handle: onednn_layout
  /// The size of each axis.
  let sizes: [Int]

  private init(_ handle: onednn_layout) {
    unsafe self.handle = handle
    let rank = unsafe Int(onednn_layout_rank(handle))
    // Sound: the descriptor holds as many sizes as it has axes.
    sizes = (0..<rank).map { unsafe Int(onednn_layout_sizes(handle)[$0]) }
  }

  deinit { unsafe onednn_layout_free(handle) }

  /// A layout with given distances between neighbours along each axis, in elements.
  convenience init(_ sizes: [Int], strides: [Int]) throws(OneDNNError) {
    let handle = try unsafe Library.make("describe a tensor of shape \(sizes)") { made in
      unsafe onednn_layout_strided(
        &made, Int32(sizes.count), sizes.map(Int64.init), strides.map(Int64.init))
    }
    unsafe self.init(handle)
  }

  /// The row-major layout; as one row where there are more axes than oneDNN knows, or none, which
  /// would take no room.
  convenience init(rowMajor sizes: [Int]) throws(OneDNNError) {
    let sizes = (1...Self.rankLimit).contains(sizes.count) ? sizes : [sizes.reduce(1, *)]
    try self.init(sizes, strides: Self.rowMajorStrides(sizes))
  }

  /// The most axes that oneDNN knows.
  static let rankLimit = Int(DNNL_MAX_NDIMS)

  /// What stands for any layout where a primitive may choose.
  convenience init(any sizes: [Int]) throws(OneDNNError) {
    let handle = try unsafe Library.make("describe a tensor of shape \(sizes)") { made in
      unsafe onednn_layout_any(&made, Int32(sizes.count), sizes.map(Int64.init))
    }
    unsafe self.init(handle)
  }

  /// The layout of an image or a signal, `(batch, channels, spatial…)`, in blocks of channels; `nil`
  /// where there are no whole blocks, or the library chooses them by itself.
  ///
  /// On AVX-512, oneDNN 2.6 would choose to have all channels of a pixel side by side. Blocks are as
  /// fast for a convolution, and tensors that are joined along their channels can be made in place.
  static func inBlocks(_ sizes: [Int]) throws(OneDNNError) -> Layout? {
    let block = Int(onednn_channel_block(Int32(sizes.count)))
    guard block > 0, sizes[1].isMultiple(of: block) else { return nil }
    return try Layout(sizes, inBlocksOf: block)
  }

  /// The layout of an image or a signal, `(batch, channels, spatial…)`, in blocks of so many channels,
  /// the last of them filled up.
  private convenience init(_ sizes: [Int], inBlocksOf block: Int) throws(OneDNNError) {
    let handle = try unsafe Library.make("describe a tensor of shape \(sizes)") { made in
      unsafe onednn_layout_blocked(
        &made, Int32(sizes.count), sizes.map(Int64.init), Int64(block))
    }
    unsafe self.init(handle)
  }

  /// The layout of a tensor `(batch, channels, spatial…)` of other sizes that lies as this one does:
  /// with the axes in the same order, in the same blocks; `nil` where oneDNN has no such.
  func resized(_ sizes: [Int]) throws(OneDNNError) -> Layout? {
    guard let strides else { return nil }
    if let block = blocks.first {
      guard (3...5).contains(rank), try self == Layout(self.sizes, inBlocksOf: block.size) else {
        return nil
      }
      return try Layout(sizes, inBlocksOf: block.size)
    }
    // The outermost axis first; of those that lie alike, as they are listed.
    let order = strides.indices.sorted { (strides[$1], $0) < (strides[$0], $1) }
    let dense = Self.rowMajorStrides(order.map { sizes[$0] })
    var resized = strides
    for (place, axis) in order.enumerated() { resized[axis] = dense[place] }
    return try Layout(sizes, strides: resized)
  }

  /// The layout that a primitive has chosen.
  convenience init(
    chosenBy primitive: dnnl_primitive_desc_t, for what: dnnl_query_t, index: Int = 0
  ) throws(OneDNNError) {
    let handle = try unsafe Library.make("ask a primitive for its layout") { made in
      unsafe onednn_layout_chosen(&made, primitive, what, Int32(index))
    }
    unsafe self.init(handle)
  }

  /// The same memory with its axes in another order: axis `order[i]` of this layout comes i-th.
  func permuted(_ order: [Int]) throws(OneDNNError) -> Layout {
    guard order != Array(order.indices) else { return self }
    // oneDNN wants to be told where each axis goes.
    var places = order.map { _ in Int32(0) }
    for (place, axis) in order.enumerated() { places[axis] = Int32(place) }
    let handle = try unsafe Library.make("permute the axes of shape \(sizes)") { made in
      unsafe onednn_layout_permuted(&made, self.handle, places)
    }
    return unsafe Layout(handle)
  }

  /// The number of axes.
  var rank: Int { sizes.count }

  /// The bytes from the first element to the last, padding included.
  var byteCount: Int { unsafe onednn_layout_size(handle) }

  /// The distance between neighbours along each axis, of whole blocks where there are any, or
  /// `nil` for a layout that has none.
  var strides: [Int]? {
    guard let strides = unsafe onednn_layout_strides(handle) else { return nil }
    return (0..<rank).map { unsafe Int(strides[$0]) }
  }

  /// The innermost blocks, the outermost of them first.
  var blocks: [(axis: Int, size: Int)] {
    var axes: UnsafePointer<Int64>?
    var sizes: UnsafePointer<Int64>?
    let count = unsafe Int(onednn_layout_blocks(handle, &axes, &sizes))
    guard let axes = unsafe axes, let sizes = unsafe sizes else { return [] }
    return (0..<count).map { unsafe (Int(axes[$0]), Int(sizes[$0])) }
  }

  /// The distance of rows that follow each other without gaps.
  static func rowMajorStrides(_ sizes: [Int]) -> [Int] {
    var strides = sizes.map { _ in 1 }
    for axis in sizes.indices.dropLast().reversed() {
      strides[axis] = strides[axis + 1] * max(sizes[axis + 1], 1)
    }
    return strides
  }
}

extension Layout: Hashable {
  /// Whether both put each element in the same place.
  static func == (left: Layout, right: Layout) -> Bool {
    if left === right { return true }
    return unsafe onednn_layout_equal(left.handle, right.handle) != 0
  }

  /// Layouts of other sizes are not equal; those of the same sizes are few.
  func hash(into hasher: inout Hasher) { hasher.combine(sizes) }
}

extension Layout {
  /// Whether there are no blocks that are filled up.
  var hasWholeBlocks: Bool { blocks.allSatisfy { sizes[$0.axis].isMultiple(of: $0.size) } }

  /// Whether the elements that lie side by side fill vectors of 8.
  ///
  /// oneDNN 2.6 makes wrong sums of what is left over where one of two tensors is repeated, as seen with
  /// vectors of 8 and 4: channels that a block does not have, and ends of rows.
  var hasWholeVectors: Bool {
    guard let strides else { return false }
    let inner = blocks.last?.axis ?? sizes.indices.last { strides[$0] == 1 && sizes[$0] > 1 }
    return inner.map { sizes[$0].isMultiple(of: 8) } ?? false
  }

  /// Whether the elements lie in row-major order without gaps, whatever the layout calls it:
  /// blocks that hold a whole axis are rows as well.
  var isRowMajor: Bool {
    guard var strides else { return false }
    let blocks = blocks
    guard blocks.count < 2 else { return false }
    if let block = blocks.first {
      // Blocks that follow each other at once are one row.
      guard sizes[block.axis].isMultiple(of: block.size),
        sizes[block.axis] == block.size || strides[block.axis] == block.size
      else { return false }
      strides[block.axis] = 1
    }
    var expected = 1
    for axis in sizes.indices.reversed() where sizes[axis] != 1 {
      guard strides[axis] == expected else { return false }
      expected *= sizes[axis]
    }
    return true
  }

  /// Where this tensor begins in a whole that it is a slice of, from an index of one axis on, in
  /// bytes; `nil` where the slice of the whole is not one stretch of memory of this form.
  func offset(in whole: Layout, axis: Int, index: Int) -> Int? {
    guard let strides, let outer = whole.strides, rank == whole.rank else { return nil }
    let blocks = blocks
    guard blocks.elementsEqual(whole.blocks, by: ==), blocks.count < 2 else { return nil }
    var stride = outer[axis]
    if let block = blocks.first {
      guard block.axis == axis, index.isMultiple(of: block.size),
        sizes[axis].isMultiple(of: block.size), stride.isMultiple(of: block.size)
      else { return nil }
      stride /= block.size
    }
    // All other axes lie inside of the one that is cut, and lie there alike.
    let inner = sizes.indices.filter { $0 != axis && sizes[$0] != 1 }
    guard inner.allSatisfy({ outer[$0] < outer[axis] && outer[$0] == strides[$0] }),
      sizes[axis] == 1 || sizes[axis] == blocks.first?.size || strides[axis] == outer[axis]
    else { return nil }
    return index * stride * MemoryLayout<Float>.stride
  }
}

#endif
