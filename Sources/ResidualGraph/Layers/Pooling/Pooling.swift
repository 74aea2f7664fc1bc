internal import OrderedCollections

/// How a pool moves over its input, along one axis or two.
struct PoolingWindow: Hashable, Sendable {
  var poolSize: [Int]
  var strides: [Int]
  var padding: Padding
  var dataFormat: DataFormat

  /// One window per spatial axis.
  var windows: [Window] {
    zip(poolSize, strides).map { Window(size: $0, stride: $1, padding: padding) }
  }

  /// The shape of the output.
  ///
  /// - Throws: `ModelError` where the numbers make no sense or do not fit the input.
  func outputShape(for input: Shape, rank: Int) throws(ModelError) -> Shape {
    try check(rank: rank)
    let spatial = try windows.outputSizes(for: input, dataFormat)
    return dataFormat.shape(
      batch: input[0], spatial: spatial, channels: input[dataFormat.channelAxis(rank: input.rank)])
  }

  private func check(rank: Int) throws(ModelError) {
    for (name, sizes) in [("pool_size", poolSize), ("strides", strides)] {
      guard sizes.count == rank else {
        throw .attribute(name, expected: "\(rank) integers", found: "\(sizes)")
      }
      guard sizes.allSatisfy({ $0 > 0 }) else {
        throw .attribute(name, expected: "integers of at least 1", found: "\(sizes)")
      }
    }
    guard padding != .causal else {
      throw .attribute("padding", expected: "'valid' or 'same'", found: "'causal'")
    }
  }

  /// Reads `pool_size`, `strides`, `padding` and `data_format`.
  init(_ attributes: Attributes, rank: Int) throws(ModelError) {
    let twos = Array(repeating: 2, count: rank)
    poolSize = try attributes.positiveInts("pool_size", count: rank, default: twos)
    strides = try attributes.positiveInts("strides", count: rank, default: poolSize)
    padding = try attributes.choice("padding", default: Padding.valid)
    dataFormat = try attributes.choice("data_format", default: DataFormat.channelsLast)
    try check(rank: rank)
  }

  init(_ poolSize: [Int], _ strides: [Int]?, _ padding: Padding, _ dataFormat: DataFormat) {
    self.poolSize = poolSize
    self.strides = strides ?? poolSize
    self.padding = padding
    self.dataFormat = dataFormat
  }

  /// The complete canonical attributes.
  var attributes: Attributes {
    [
      "pool_size": .ints(poolSize), "strides": .ints(strides),
      "padding": .string(padding.rawValue), "data_format": .string(dataFormat.rawValue),
    ]
  }
}

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

  /// The most pixels in one pool.
  var largestCount: Int {
    min(vertical.window.size, vertical.inputSize)
      * min(horizontal.window.size, horizontal.inputSize)
  }

  /// The output, channels last: for each pool and channel, the pixels combined one
  /// after the other, starting from `start`, then finished with their number.
  ///
  /// It is inlined, so that the loops can be vectorised: only specialised
  /// functions may call it.
  @inline(__always)
  func reduced<Scalar: ReferenceScalar>(
    _ image: NDArray<Scalar>, from start: Scalar,
    _ combine: @escaping @Sendable (Scalar, Scalar) -> Scalar,
    finish: @escaping @Sendable (Scalar, _ count: Scalar) -> Scalar
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
        let count = Scalar(rows.count * columns.count)
        for channel in pool.indices { pool[channel] = finish(pool[channel], count) }
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
    // NaN stays NaN.
    return Pools(self, image.dimensions).reduced(image, from: -.infinity) {
      $0 >= $1 || $0 != $0 ? $0 : $1
    } finish: { value, _ in
      value
    }.channelsLast(to: dataFormat)
  }

  /// The mean of each pool; what is outside of the input does not count.
  @specialized(where Scalar == Float) @specialized(where Scalar == Double)
  func means<Scalar: ReferenceScalar>(_ input: NDArray<Scalar>) -> NDArray<Scalar> {
    let image = input.channelsLast(from: dataFormat)
    return Pools(self, image.dimensions).reduced(image, from: 0) {
      $0 + $1
    } finish: {
      $0 / $1
    }.channelsLast(to: dataFormat)
  }

  /// The bound of a sum over the pool, and two units for the division or the product
  /// with the inverse.
  @specialized(where Scalar == Float) @specialized(where Scalar == Double)
  func meanBound<Scalar: ReferenceScalar>(
    _ input: NDArray<Scalar>, output: NDArray<Scalar>
  ) -> RoundingBound<Scalar> {
    let dimensions = input.channelsLast(from: dataFormat).dimensions
    var bound = RoundingBound.relative(2, output)
    bound.length = Pools(self, dimensions).largestCount
    bound.magnitude = means(input.magnitudes).elements
    return bound
  }
}
