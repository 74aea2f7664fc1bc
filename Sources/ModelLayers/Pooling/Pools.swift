extension ConvolutionGeometry {
  /// The output, channels last: for each pool and channel, the pixels combined one
  /// after the other, starting from `start`, then divided by their number if it is a mean.
  ///
  /// It is inlined, so that the loops can be vectorised: only specialised
  /// functions may call it.
  @inline(__always)
  func pooled<Scalar: ReferenceScalar>(
    _ image: NDArray<Scalar>, from start: Scalar,
    _ combine: some PairFormula<Scalar>, isMean: Bool
  ) -> NDArray<Scalar> {
    let pixels = image.elements
    let width = channelCount
    let elements: [Scalar] = filledInParallel(
      rowCount: positionCount, rowLength: width, minimumRows: 16
    ) { positions, output in
      let source = pixels.span
      for (place, position) in positions.enumerated() {
        var pool = output._mutatingExtracting(place * width..<(place + 1) * width)
        for channel in pool.indices { pool[channel] = start }
        var pixelCount = 0
        forEachRow(at: position) { _, first, count in
          pixelCount += count
          for pixel in first..<first + count {
            let values = source.extracting(pixel * width..<(pixel + 1) * width)
            for channel in values.indices {
              pool[channel] = combine(pool[channel], values[channel])
            }
          }
        }
        guard isMean else { continue }
        let count = Scalar(pixelCount)
        for channel in pool.indices { pool[channel] /= count }
      }
    }
    return NDArray(
      outputDimensions(rank: image.dimensions.count - 2, channels: width), elements)
  }
}

extension PoolingWindow {
  /// The largest element of each pool; what is outside of the input counts as -∞.
  @specialized(where Scalar == Float) @specialized(where Scalar == Double)
  func maxima<Scalar: ReferenceScalar>(_ input: NDArray<Scalar>) -> NDArray<Scalar> {
    let image = input.channelsLast(from: dataFormat)
    return ConvolutionGeometry(windows, image.dimensions)
      .pooled(image, from: -.infinity, Larger(), isMean: false).channelsLast(to: dataFormat)
  }

  /// The mean of each pool; what is outside of the input does not count.
  @specialized(where Scalar == Float) @specialized(where Scalar == Double)
  func means<Scalar: ReferenceScalar>(_ input: NDArray<Scalar>) -> NDArray<Scalar> {
    let image = input.channelsLast(from: dataFormat)
    return ConvolutionGeometry(windows, image.dimensions)
      .pooled(image, from: 0, Sum(), isMean: true).channelsLast(to: dataFormat)
  }

  /// The most pixels of an input in one pool.
  func largestCount(in dimensions: [Int]) -> Int {
    let spatial = dataFormat.spatialAxes(rank: dimensions.count).map { dimensions[$0] }
    return zip(poolSize, spatial).map(min).reduce(1, *)
  }
}
