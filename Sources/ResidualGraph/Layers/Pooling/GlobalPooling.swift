internal import OrderedCollections

/// A pool over all of an input's spatial axes.
struct GlobalPool: Hashable, Sendable {
  var dataFormat: DataFormat
  var keepDimensions: Bool

  init(_ dataFormat: DataFormat, keepDimensions: Bool) {
    self.dataFormat = dataFormat
    self.keepDimensions = keepDimensions
  }

  /// Reads `data_format` and `keepdims`.
  init(_ attributes: Attributes) throws(ModelError) {
    dataFormat = try attributes.choice("data_format", default: DataFormat.channelsLast)
    keepDimensions = try attributes.bool("keepdims", default: false)
  }

  /// The complete canonical attributes.
  var attributes: Attributes {
    ["data_format": .string(dataFormat.rawValue), "keepdims": .bool(keepDimensions)]
  }

  /// The shape of the output.
  ///
  /// - Throws: `ModelError.rank` where the input has other axes,
  ///   `ModelError.emptyOutput` where there is nothing to pool.
  func outputShape(for input: Shape, rank: Int) throws(ModelError) -> Shape {
    // A window of one element tells wrong ranks and empty axes, and leaves the rest.
    let pixel = Window(size: 1, stride: 1, padding: .valid)
    let spatial = try Array(repeating: pixel, count: rank).outputSizes(for: input, dataFormat)
    let channels = input[dataFormat.channelAxis(rank: input.rank)]
    return dataFormat.shape(
      batch: input[0], spatial: keepDimensions ? spatial.map { _ in 1 } : [], channels: channels)
  }

  /// The one pool of an input.
  func window(_ dimensions: [Int]) -> PoolingWindow {
    let sizes = dataFormat.spatialAxes(rank: dimensions.count).map { dimensions[$0] }
    return PoolingWindow(sizes, nil, .valid, dataFormat)
  }

  /// The pooled array with the axes of the output.
  func finished<Scalar: ReferenceScalar>(_ array: NDArray<Scalar>) -> NDArray<Scalar> {
    guard !keepDimensions else { return array }
    let channelAxis = dataFormat.channelAxis(rank: array.dimensions.count)
    return array.reshaped([array.dimensions[0], array.dimensions[channelAxis]])
  }
}
