/// Which elements of an input the window of a convolution or a pool sees at each position of its output.
///
/// An image is a volume of depth 1, a sequence an image of height 1. All arrays are channels last.
struct ConvolutionGeometry: Sendable {
  /// One axis: a window, the input's size and what follows from them.
  struct Axis: Sendable {
    let window: Window
    let inputSize: Int
    let outputSize: Int
    let before: Int

    init(_ window: Window, inputSize: Int) {
      self.window = window
      self.inputSize = inputSize
      outputSize = window.outputSize(inputSize) ?? 0
      before = window.padding(for: inputSize).before
    }

    /// The place in the input of the window's first element; negative in the padding.
    func origin(of output: Int) -> Int { output * window.stride - before }

    /// The elements of the window at a place that are inside the input.
    func taps(at origin: Int) -> Range<Int> {
      let dilation = window.dilation
      let first = origin >= 0 ? 0 : (-origin - 1) / dilation + 1
      let end = origin >= inputSize ? 0 : (inputSize - 1 - origin) / dilation + 1
      let lower = min(first, window.size)
      return lower..<max(lower, min(end, window.size))
    }
  }

  let batchSize: Int
  let depth: Axis
  let vertical: Axis
  let horizontal: Axis
  let channelCount: Int

  /// Takes a window for each spatial axis, and the dimensions of an input that is channels last.
  init(_ windows: [Window], _ dimensions: [Int]) {
    var windows = windows
    var sizes = Array(dimensions.dropFirst().dropLast())
    while windows.count < 3 {
      windows.insert(Window(size: 1, stride: 1, padding: .valid), at: 0)
      sizes.insert(1, at: 0)
    }
    batchSize = dimensions.first ?? 0
    depth = Axis(windows[0], inputSize: sizes[0])
    vertical = Axis(windows[1], inputSize: sizes[1])
    horizontal = Axis(windows[2], inputSize: sizes[2])
    channelCount = dimensions.last ?? 0
  }

  /// The number of positions of the output: batch and spatial axes together.
  var positionCount: Int {
    batchSize * depth.outputSize * vertical.outputSize * horizontal.outputSize
  }

  /// The number of positions of the window's elements.
  var tapCount: Int { depth.window.size * vertical.window.size * horizontal.window.size }

  /// The dimensions of an output that is channels last.
  func outputDimensions(rank: Int, channels: Int) -> [Int] {
    let spatial = [depth, vertical, horizontal].map(\.outputSize).suffix(rank)
    return [batchSize] + spatial + [channels]
  }

  /// Calls `body` for each row of the window that is inside the input, with the
  /// elements of the row that are: their first place in the window, their first
  /// place in the input (counted in pixels), and how many they are.
  @inline(__always)
  func forEachRow(
    at position: Int, _ body: (_ firstTap: Int, _ firstPixel: Int, _ count: Int) -> Void
  ) {
    let x = position % horizontal.outputSize
    let line = position / horizontal.outputSize
    let y = line % vertical.outputSize
    let layer = line / vertical.outputSize
    let z = layer % depth.outputSize
    let item = layer / depth.outputSize
    let front = depth.origin(of: z)
    let top = vertical.origin(of: y)
    let left = horizontal.origin(of: x)
    let columns = horizontal.taps(at: left)
    guard !columns.isEmpty else { return }
    let rows = vertical.taps(at: top)
    for slice in depth.taps(at: front) {
      let inputLayer = item * depth.inputSize + front + slice * depth.window.dilation
      for row in rows {
        let inputLine = inputLayer * vertical.inputSize + top + row * vertical.window.dilation
        // A pool, which has no weights and so needs no places of them, may be larger than can be counted.
        let firstTap =
          (slice &* vertical.window.size &+ row) &* horizontal.window.size &+ columns.lowerBound
        body(
          firstTap,
          inputLine * horizontal.inputSize + left + columns.lowerBound * horizontal.window.dilation,
          columns.count)
      }
    }
  }
}

/// The patches of an image, each as a row `(kernel height, kernel width, channels)`
/// of some of the channels.
struct Patches<Scalar: ReferenceScalar>: RowSource {
  let image: NDArray<Scalar>
  let geometry: ConvolutionGeometry
  let channels: Range<Int>

  var rowCount: Int { geometry.positionCount }
  var rowLength: Int { geometry.tapCount * channels.count }

  func write(row: Int, to elements: inout MutableSpan<Scalar>) {
    let pixels = image.elements.span
    let channelCount = geometry.channelCount
    let dilation = geometry.horizontal.window.dilation
    // Neighbouring pixels with all their channels are one run of memory.
    let isOneRun = dilation == 1 && channels.count == channelCount
    geometry.forEachRow(at: row) { tap, pixel, count in
      let runCount = isOneRun ? 1 : count
      let runLength = isOneRun ? count * channelCount : channels.count
      for run in 0..<runCount {
        let source = (pixel + run * dilation) * channelCount + channels.lowerBound
        let target = (tap + run) * channels.count
        var part = elements._mutatingExtracting(target..<target + runLength)
        part.copy(pixels.extracting(source..<source + runLength))
      }
    }
  }
}

/// The output of a depthwise convolution, a row per position: each channel is
/// multiplied by its own filters `(kernel height, kernel width, channels, multiplier)`.
struct DepthwiseRows<Scalar: ReferenceScalar>: RowSource {
  let image: NDArray<Scalar>
  let geometry: ConvolutionGeometry
  let kernel: NDArray<Scalar>
  let depthMultiplier: Int
  let terms: Terms

  var rowCount: Int { geometry.positionCount }
  var rowLength: Int { geometry.channelCount * depthMultiplier }

  func write(row: Int, to elements: inout MutableSpan<Scalar>) {
    let pixels = image.elements.span
    let weights = kernel.elements.span
    let channelCount = geometry.channelCount
    let dilation = geometry.horizontal.window.dilation
    let length = rowLength
    geometry.forEachRow(at: row) { tap, pixel, count in
      for offset in 0..<count {
        let source = (pixel + offset * dilation) * channelCount
        let channels = pixels.extracting(source..<source + channelCount)
        let filter = weights.extracting((tap + offset) * length..<(tap + offset + 1) * length)
        if depthMultiplier == 1 {
          var sums = elements._mutatingExtracting(0..<filter.count)
          let factors = channels.extracting(0..<filter.count)
          for channel in filter.indices {
            sums[channel] += terms.factor(factors[channel] * filter[channel])
          }
        } else {
          for index in filter.indices {
            elements[index] += terms.factor(channels[index / depthMultiplier] * filter[index])
          }
        }
      }
    }
  }
}
