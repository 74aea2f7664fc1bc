internal import OrderedCollections

/// A layer that pools an input `(batch, spatial…, channels)` or, channels first,
/// `(batch, channels, spatial…)`.
protocol PoolingLayer: Layer {
  /// The number of spatial axes.
  static var rank: Int { get }
  var window: PoolingWindow { get }
}

extension PoolingLayer {
  /// The complete canonical attributes.
  public var attributes: Attributes { window.attributes }

  /// The shape of the output: the input's axes, the spatial ones of other sizes.
  public func outputShapes(for inputs: [Shape]) throws(ModelError) -> [Shape] {
    [try window.outputShape(for: singleInput(inputs), rank: Self.rank)]
  }

  /// What `same` puts around the input: before and after along each spatial axis.
  public func explicitPadding(for inputs: [Shape]) throws(ModelError) -> [Int] {
    try window.windows.explicitPadding(for: singleInput(inputs), window.dataFormat)
  }

  /// One operation for each place of a pool.
  public func operationCount(for inputs: [Shape]) throws(ModelError) -> Int {
    try outputShapes(for: inputs).operationCount(perElement: window.poolSize)
  }
}

/// A layer that pools all spatial axes of an input `(batch, spatial…, channels)` or, channels
/// first, `(batch, channels, spatial…)`.
protocol GlobalPoolingLayer: Layer {
  /// The number of spatial axes.
  static var rank: Int { get }
  var pool: GlobalPool { get }
}

extension GlobalPoolingLayer {
  /// The complete canonical attributes.
  public var attributes: Attributes { pool.attributes }

  /// The shape of the output: the batch and the channels, or the input's axes with spatial ones of
  /// size 1.
  public func outputShapes(for inputs: [Shape]) throws(ModelError) -> [Shape] {
    [try pool.outputShape(for: singleInput(inputs), rank: Self.rank)]
  }

  /// One operation for each element of the input.
  public func operationCount(for inputs: [Shape]) throws(ModelError) -> Int {
    _ = try outputShapes(for: inputs)
    return try inputs.operationCount(perElement: [1])
  }
}
