/// How a pool moves over its input.
package struct PoolingWindow: Hashable, Sendable {
  /// The number of elements of a pool along each spatial axis.
  package var poolSize: [Int]
  /// The distances between two pools.
  package var strides: [Int]
  /// Whether pools may reach out of the input.
  package var padding: Padding
  /// Where the channels are.
  package var dataFormat: DataFormat

  init(_ poolSize: [Int], _ strides: [Int]?, _ padding: Padding, _ dataFormat: DataFormat) {
    self.poolSize = poolSize
    self.strides = strides ?? poolSize
    self.padding = padding
    self.dataFormat = dataFormat
  }

  /// One window per spatial axis.
  package var windows: [Window] {
    zip(poolSize, strides).map { Window(size: $0, stride: $1, padding: padding) }
  }

  /// The shape of the output.
  ///
  /// - Throws: `ModelError` where a pool has no place in the input.
  func outputShape(for input: Shape) throws(ModelError) -> Shape {
    let spatial = try windows.outputSizes(for: input, dataFormat)
    return dataFormat.shape(
      batch: input[0], spatial: spatial, channels: input[dataFormat.channelAxis(rank: input.rank)])
  }

  /// The attributes of a window over this many axes; strides are as large as the pool by default.
  static func fields(rank: Int) -> [AttributeField<PoolingWindow>] {
    [
      .sizes("pool_size", \.poolSize, count: rank).followed { $0.strides = $0.poolSize },
      .sizes("strides", \.strides, count: rank),
      .choice("padding", \.padding).expecting("'valid' or 'same'") { $0.padding != .causal },
      .choice("data_format", \.dataFormat),
    ]
  }
}
