/// The largest of all elements of a channel, or their mean: `y[b, c] = max x[b, i, j, c]`.
///
/// Input `(batch, spatial…, channels)` or, channels first, `(batch, channels, spatial…)`. As
/// `keras/src/layers/pooling/base_global_pooling.py`.
public struct GlobalPooling<Function: PoolFunction, let rank: Int>: UnaryLayer, DeclaredLayer,
  Hashable
{
  /// The name in the schema and in Keras.
  public static var kind: String { "Global\(Function.prefix)Pooling\(rank)D" }

  /// The layer's name and how its weights begin.
  public var declaration = LayerDeclaration()

  /// Where the channels are.
  public internal(set) var dataFormat: DataFormat
  /// Whether the pooled axes stay with size 1.
  public internal(set) var keepDimensions: Bool

  /// Makes the layer, with the defaults of Keras 3.
  public init(
    dataFormat: DataFormat = .channelsLast, keepDimensions: Bool = false, name: String? = nil
  ) {
    self.dataFormat = dataFormat
    self.keepDimensions = keepDimensions
    declaration = LayerDeclaration(name: name)
  }

  /// Keras's defaults.
  public static var prototype: GlobalPooling { GlobalPooling() }

  /// The attributes.
  public static var fields: [AttributeField<Self>] {
    [.choice("data_format", \.dataFormat), .flag("keepdims", \.keepDimensions)]
  }

  /// Real numbers are taken; where the largest is looked for, all are.
  public func checkElements(_ inputs: [TensorType]) throws(ModelError) {
    if Function.function != .maximum { try inputs.checkReal() }
  }

  /// The mean of the steps that the mask lets through.
  public func define(
    _ inputs: [Definition.Value], masks: [Definition.Value?], in definition: inout Definition
  ) throws(ModelError) -> [Definition.Value] {
    let x = try inputs.only()
    guard let mask = masks[0] else { return [try define(x, in: &definition)] }
    return [try maskedMean(of: x, mask, in: &definition)]
  }

  /// The sum of the steps that count by their number, which is not a number where none does.
  ///
  /// Keras before 3.15 multiplied with the mask: a hidden step that was not finite showed.
  private func maskedMean(
    of x: Definition.Value, _ mask: Definition.Value, in definition: inout Definition
  ) throws(ModelError) -> Definition.Value {
    guard x.shape.rank == 3, mask.shape.rank == 2 else {
      throw .incompatibleShapes(
        [x.shape, mask.shape], rule: "a mask must have the axes of batch and steps")
    }
    let (batch, channels) = (x.shape[0], x.shape[dataFormat.channelAxis(rank: x.shape.rank)])
    let stepAxis = dataFormat == .channelsLast ? 1 : 2
    let wide = try definition.reshape(
      mask, [batch] + (stepAxis == 1 ? [mask.shape[1], 1] : [1, mask.shape[1]]))
    let counted = try definition.apply(
      Primitives.Selection(), to: wide, x, definition.constant([0], []))
    let sum = try definition.apply(Primitives.Reduction(.sum, over: [stepAxis]), to: counted)
    let weight = try definition.apply(
      Primitives.Reduction(.sum, over: [stepAxis]),
      to: definition.apply(Primitives.Conversion(to: .float32), to: wide))
    let mean = try definition.combination(.divide, sum, weight)
    guard keepDimensions else { return mean }
    return try definition.reshape(mean, [batch] + (stepAxis == 1 ? [1, channels] : [channels, 1]))
  }

  /// One pool of everything.
  public func define(
    _ x: Definition.Value, in definition: inout Definition
  ) throws(ModelError) -> Definition.Value {
    // A window of one element tells wrong ranks and empty axes.
    let pixel = Window(size: 1, stride: 1, padding: .valid)
    _ = try Array(repeating: pixel, count: rank).outputSizes(for: x.shape, dataFormat)
    let pooled = try definition.pool(Function.function, x, .everything(dataFormat))
    guard !keepDimensions else { return pooled }
    let channels = x.shape[dataFormat.channelAxis(rank: x.shape.rank)]
    return try definition.reshape(pooled, [x.shape[0], channels])
  }
}

/// The largest element of each channel of a sequence.
public typealias GlobalMaxPooling1D = GlobalPooling<MaximumOfPool, 1>
/// The largest element of each channel of an image.
public typealias GlobalMaxPooling2D = GlobalPooling<MaximumOfPool, 2>
/// The largest element of each channel of a volume.
public typealias GlobalMaxPooling3D = GlobalPooling<MaximumOfPool, 3>
/// The mean of each channel of a sequence.
public typealias GlobalAveragePooling1D = GlobalPooling<MeanOfPool, 1>
/// The mean of each channel of an image.
public typealias GlobalAveragePooling2D = GlobalPooling<MeanOfPool, 2>
/// The mean of each channel of a volume.
public typealias GlobalAveragePooling3D = GlobalPooling<MeanOfPool, 3>
