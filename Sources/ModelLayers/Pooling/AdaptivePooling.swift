/// The largest element of each channel, or the mean, in so many pools as the output is to have.
///
/// Along an axis of n elements, pool i of o has those from `⌊i·n ÷ o⌋` up to, and without,
/// `⌈(i + 1)·n ÷ o⌉`: pools may overlap, and there may be more of them than elements. Input
/// `(batch, spatial…, channels)` or, channels first, `(batch, channels, spatial…)`. Keras 3 alone has
/// it: `keras/src/layers/pooling/base_adaptive_pooling.py`.
public struct AdaptivePooling<Function: PoolFunction, let rank: Int>: UnaryLayer, DeclaredLayer,
  Hashable
{
  /// The name in the schema and in Keras.
  public static var kind: String { "Adaptive\(Function.prefix)Pooling\(rank)D" }

  /// The layer's name and how its weights begin.
  public var declaration = LayerDeclaration()

  /// The number of pools along each axis.
  public internal(set) var outputSize: [Int]
  /// Where the channels are.
  public internal(set) var dataFormat: DataFormat

  fileprivate init(_ outputSize: [Int], _ dataFormat: DataFormat, name: String?) {
    self.outputSize = outputSize
    self.dataFormat = dataFormat
    declaration = LayerDeclaration(name: name)
  }

  /// Keras's defaults, without sizes.
  public static var prototype: AdaptivePooling {
    AdaptivePooling([], .channelsLast, name: nil)
  }

  /// The attributes.
  public static var fields: [AttributeField<Self>] {
    [
      .sizes("output_size", \.outputSize, count: rank, isRequired: true),
      .choice("data_format", \.dataFormat),
    ]
  }

  /// Real numbers are taken.
  public func checkElements(_ inputs: [TensorType]) throws(ModelError) { try inputs.checkReal() }

  /// The pools along one axis after the other.
  public func define(
    _ x: Definition.Value, in definition: inout Definition
  ) throws(ModelError) -> Definition.Value {
    try dataFormat.checkSpatialRank(rank, of: x.shape)
    var made = x
    for (axis, count) in zip(dataFormat.spatialAxes(rank: x.shape.rank), outputSize) {
      made = try pooled(made, axis, count, in: &definition)
    }
    return made
  }

  /// So many pools along one axis.
  private func pooled(
    _ x: Definition.Value, _ axis: Int, _ count: Int, in definition: inout Definition
  ) throws(ModelError) -> Definition.Value {
    let limit = 1 << 20
    guard count <= limit else {
      throw .attribute("output_size", expected: "sizes of up to \(limit)", found: "\(outputSize)")
    }
    // Where the size is not known yet, only shapes are asked for: any one will do.
    let size = x.shape[axis] ?? 1
    guard size > 0 else { throw .emptyOutput(input: x.shape, axis: axis) }
    guard size <= limit else {
      throw .invalidShape(x.shape, reason: "has sides that are too long to be pooled")
    }
    let pools = (0..<count).map { index in
      index * size / count..<((index + 1) * size + count - 1) / count
    }
    let longest = pools.map(\.count).max() ?? 1
    let isMean = Function.function == .mean
    // A pool that is shorter has its last element again, or zeros, which change neither.
    let source = isMean ? try padded(x, axis, in: &definition) : x
    let places = pools.flatMap { pool in
      (0..<longest).map { index in
        Double(index < pool.count ? pool.lowerBound + index : isMean ? size : pool.upperBound - 1)
      }
    }
    let elements = try definition.apply(
      Primitives.Gather(axis: axis), to: source,
      definition.constant(places, [count, longest], .int32))
    let combined = try definition.apply(
      Primitives.Reduction(isMean ? .sum : .maximum, over: [axis + 1]), to: elements)
    guard isMean else { return combined }
    let counts = definition.constant(
      pools.map { Double($0.count) }, [count] + Array(repeating: 1, count: x.shape.rank - axis - 1))
    return try definition.combination(.divide, combined, counts)
  }

  /// The tensor with a zero behind the elements of an axis.
  private func padded(
    _ x: Definition.Value, _ axis: Int, in definition: inout Definition
  ) throws(ModelError) -> Definition.Value {
    try definition.padding(
      x, before: x.shape.dimensions.map { _ in 0 },
      after: x.shape.dimensions.indices.map { $0 == axis ? 1 : 0 })
  }
}

/// The largest elements of so many pools of a sequence.
public typealias AdaptiveMaxPooling1D = AdaptivePooling<MaximumOfPool, 1>
/// The largest elements of so many pools of an image.
public typealias AdaptiveMaxPooling2D = AdaptivePooling<MaximumOfPool, 2>
/// The largest elements of so many pools of a volume.
public typealias AdaptiveMaxPooling3D = AdaptivePooling<MaximumOfPool, 3>
/// The means of so many pools of a sequence.
public typealias AdaptiveAveragePooling1D = AdaptivePooling<MeanOfPool, 1>
/// The means of so many pools of an image.
public typealias AdaptiveAveragePooling2D = AdaptivePooling<MeanOfPool, 2>
/// The means of so many pools of a volume.
public typealias AdaptiveAveragePooling3D = AdaptivePooling<MeanOfPool, 3>

extension AdaptivePooling where rank == 1 {
  /// Makes the layer, with the default of Keras 3.
  public init(outputSize: Int, dataFormat: DataFormat = .channelsLast, name: String? = nil) {
    self.init([outputSize], dataFormat, name: name)
  }
}

extension AdaptivePooling where rank == 2 {
  /// Makes the layer, with the default of Keras 3.
  public init(outputSize: (Int, Int), dataFormat: DataFormat = .channelsLast, name: String? = nil) {
    self.init([outputSize.0, outputSize.1], dataFormat, name: name)
  }
}

extension AdaptivePooling where rank == 3 {
  /// Makes the layer, with the default of Keras 3.
  public init(
    outputSize: (Int, Int, Int), dataFormat: DataFormat = .channelsLast, name: String? = nil
  ) {
    self.init([outputSize.0, outputSize.1, outputSize.2], dataFormat, name: name)
  }
}
