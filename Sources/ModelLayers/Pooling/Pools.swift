/// A window over the pixels of an image that is channels last, and what is inside.
struct Pools: Sendable {
  private let vertical: ConvolutionGeometry.Axis
  private let horizontal: ConvolutionGeometry.Axis
  private let batchSize: Int
  private let spatialRank: Int
  private let channelCount: Int

  /// Takes the dimensions of an input that is channels last; a sequence is an image
  /// of height 1.
  init(_ window: PoolingWindow, _ dimensions: [Int]) {
    let windows = window.windows
    let sizes = dimensions.dropFirst().dropLast()
    vertical =
      windows.count == 1
      ? .init(Window(size: 1, stride: 1, padding: .valid), inputSize: 1)
      : .init(windows[0], inputSize: sizes[1])
    horizontal = .init(windows[windows.count - 1], inputSize: sizes[windows.count])
    batchSize = dimensions[0]
    spatialRank = windows.count
    channelCount = dimensions[dimensions.count - 1]
  }

  /// The output, channels last: for each pool and channel, the pixels combined one
  /// after the other, starting from `start`, then divided by their number if it is a mean.
  ///
  /// It is inlined, so that the loops can be vectorised: only specialised
  /// functions may call it.
  @inline(__always)
  func reduced<Scalar: ReferenceScalar>(
    _ image: NDArray<Scalar>, from start: Scalar,
    _ combine: some PairFormula<Scalar>, isMean: Bool
  ) -> NDArray<Scalar> {
    let pixels = image.elements
    let width = channelCount
    let spatial = [vertical.outputSize, horizontal.outputSize]
    let elements: [Scalar] = filledInParallel(
      rowCount: batchSize * spatial[0] * spatial[1], rowLength: width, minimumRows: 16
    ) { positions, output in
      let source = pixels.span
      for (place, position) in positions.enumerated() {
        var pool = output._mutatingExtracting(place * width..<(place + 1) * width)
        for channel in pool.indices { pool[channel] = start }
        let line = position / horizontal.outputSize
        let top = vertical.origin(of: line % vertical.outputSize)
        let left = horizontal.origin(of: position % horizontal.outputSize)
        let rows = vertical.taps(at: top)
        let columns = horizontal.taps(at: left)
        let image = line / vertical.outputSize * vertical.inputSize
        for row in rows {
          for column in columns {
            let pixel = (image + top + row) * horizontal.inputSize + left + column
            let values = source.extracting(pixel * width..<(pixel + 1) * width)
            for channel in values.indices {
              pool[channel] = combine(pool[channel], values[channel])
            }
          }
        }
        guard isMean else { continue }
        let count = Scalar(rows.count * columns.count)
        for channel in pool.indices { pool[channel] /= count }
      }
    }
    return NDArray([batchSize] + spatial.suffix(spatialRank) + [width], elements)
  }
}

extension PoolingWindow {
  /// The largest element of each pool; what is outside of the input counts as -∞.
  @specialized(where Scalar == Float) @specialized(where Scalar == Double)
  func maxima<Scalar: ReferenceScalar>(_ input: NDArray<Scalar>) -> NDArray<Scalar> {
    let image = input.channelsLast(from: dataFormat)
    return Pools(self, image.dimensions)
      .reduced(image, from: -.infinity, Larger(), isMean: false).channelsLast(to: dataFormat)
  }

  /// The mean of each pool; what is outside of the input does not count.
  @specialized(where Scalar == Float) @specialized(where Scalar == Double)
  func means<Scalar: ReferenceScalar>(_ input: NDArray<Scalar>) -> NDArray<Scalar> {
    let image = input.channelsLast(from: dataFormat)
    return Pools(self, image.dimensions)
      .reduced(image, from: 0, Sum(), isMean: true).channelsLast(to: dataFormat)
  }

  /// The most pixels of an input in one pool.
  func largestCount(in dimensions: [Int]) -> Int {
    let spatial = dataFormat.spatialAxes(rank: dimensions.count).map { dimensions[$0] }
    return zip(poolSize, spatial).map(min).reduce(1, *)
  }
}
