#if OneDNN

internal import ModelGraph

/// What a small image looks like to each element of a convolution's kernel: the image moved by the
/// element's place, one after the other along the channels.
///
/// A convolution of it with a kernel of one element is the whole convolution, and on images that
/// are narrower than the tiles of oneDNN's code for larger kernels it is the faster way.
struct Patches: Hashable {
  /// The layout of the image and of the patches, `(1, channels, height, width)`.
  private let blockCount: Int
  private let blockBytes: Int
  private let height: Int
  private let width: Int
  private let outputHeight: Int
  private let outputWidth: Int
  private let kernel: [Int]
  private let before: [Int]

  /// Of an image whose channels are in blocks, each block an image of its own.
  ///
  /// `nil` where the image lies otherwise, or where the window moves by more than one element.
  init?(
    image: Layout, patches: Layout, kernel: [Int], window: WindowGeometry
  ) {
    guard image.rank == 4, image.sizes[0] == 1, let block = image.blocks.first,
      image.blocks.count == 1, block.axis == 1, image.sizes[1].isMultiple(of: block.size),
      window.strides == [1, 1], window.dilations == [1, 1],
      image.strides.map({ Array($0.dropFirst()) })
        == [
          image.sizes[2] * image.sizes[3] * block.size, image.sizes[3] * block.size, block.size,
        ],
      patches.strides.map({ Array($0.dropFirst()) })
        == [
          patches.sizes[2] * patches.sizes[3] * block.size, patches.sizes[3] * block.size,
          block.size,
        ],
      patches.blocks.elementsEqual(image.blocks, by: ==)
    else { return nil }
    blockCount = image.sizes[1] / block.size
    blockBytes = block.size * MemoryLayout<Float>.stride
    height = image.sizes[2]
    width = image.sizes[3]
    outputHeight = patches.sizes[2]
    outputWidth = patches.sizes[3]
    self.kernel = kernel
    before = window.before
  }

  /// Fills a part of the patches: one block of channels for one element of the kernel.
  private func fillPart(
    _ part: Int, from image: UnsafeRawPointer, to patches: UnsafeMutableRawPointer
  ) {
    let (element, block) = (part / blockCount, part % blockCount)
    let down = element / kernel[1] - before[0]
    let right = element % kernel[1] - before[1]
    let source = unsafe image + block * height * width * blockBytes
    let target = unsafe patches + part * outputHeight * outputWidth * blockBytes
    // The columns that lie inside of the image.
    let first = min(max(0, -right), outputWidth)
    let end = max(first, min(outputWidth, width - right))
    for y in 0..<outputHeight {
      let row = unsafe target + y * outputWidth * blockBytes
      guard (0..<height).contains(y + down), first < end else {
        unsafe row.initializeMemory(as: UInt8.self, repeating: 0, count: outputWidth * blockBytes)
        continue
      }
      let line = unsafe source + ((y + down) * width + right) * blockBytes
      unsafe row.initializeMemory(as: UInt8.self, repeating: 0, count: first * blockBytes)
      unsafe (row + first * blockBytes).copyMemory(
        from: line + first * blockBytes, byteCount: (end - first) * blockBytes)
      unsafe (row + end * blockBytes).initializeMemory(
        as: UInt8.self, repeating: 0, count: (outputWidth - end) * blockBytes)
    }
  }

  /// Fills the patches of an image.
  func fill(
    from image: UnsafeRawPointer, to patches: UnsafeMutableRawPointer, by team: any WorkTeam
  ) {
    let count = kernel[0] * kernel[1] * blockCount
    // Sound: each part is a range of its own, and all are filled when the call returns.
    nonisolated(unsafe) let (source, target) = unsafe (image, patches)
    let share = (count + team.threadCount - 1) / team.threadCount
    team.perform(team.threadCount) { thread in
      for part in thread * share..<min(count, (thread + 1) * share) {
        unsafe fillPart(part, from: source, to: target)
      }
    }
  }
}

#endif
