/// What a pooling layer makes of the elements of a pool.
public protocol PoolFunction: Sendable {
  /// How the names of its layers begin.
  static var prefix: String { get }
  /// The function.
  static var function: Primitives.Pool.Function { get }
}

/// The largest element; what `same` padding adds counts as -∞.
public enum MaximumOfPool: PoolFunction {
  /// How the names of its layers begin.
  public static let prefix = "Max"
  /// The function.
  public static let function = Primitives.Pool.Function.maximum
}

/// The mean; what `same` padding adds does not count.
public enum MeanOfPool: PoolFunction {
  /// How the names of its layers begin.
  public static let prefix = "Average"
  /// The function.
  public static let function = Primitives.Pool.Function.mean
}

/// The largest element, or the mean, of each pool along `rank` axes.
///
/// ```
/// y[b, i, j, c] = max x[b, i·s₀ + p - top, j·s₁ + q - left, c]
/// ```
///
/// along two axes, over the p and q inside the input. Input `(batch, spatial…, channels)` or,
/// channels first, `(batch, channels, spatial…)`. As `keras/src/layers/pooling/base_pooling.py`.
public struct Pooling<Function: PoolFunction, let rank: Int>: UnaryLayer, DeclaredLayer, Hashable {
  /// The name in the schema and in Keras.
  public static var kind: String { "\(Function.prefix)Pooling\(rank)D" }

  /// The layer's name and how its weights begin.
  public var declaration = LayerDeclaration()

  var window: PoolingWindow

  /// The size of a pool per axis.
  public var poolSize: [Int] { window.poolSize }
  /// The distance between two pools per axis.
  public var strides: [Int] { window.strides }
  /// Whether pools may reach out of the input.
  public var padding: Padding { window.padding }
  /// Where the channels are.
  public var dataFormat: DataFormat { window.dataFormat }

  fileprivate init(_ window: PoolingWindow, name: String?) {
    self.window = window
    declaration = LayerDeclaration(name: name)
  }

  /// Keras's defaults: pools of two elements along each axis.
  public static var prototype: Pooling {
    let twos = Array(repeating: 2, count: rank)
    return Pooling(PoolingWindow(twos, nil, .valid, .channelsLast), name: nil)
  }

  /// The attributes.
  public static var fields: [AttributeField<Self>] {
    AttributeField.part(\.window, PoolingWindow.fields(rank: rank))
  }

  /// Real numbers are taken; where the largest is looked for, all are.
  public func checkElements(_ inputs: [TensorType]) throws(ModelError) {
    if Function.function != .maximum { try inputs.checkReal() }
  }

  /// The function of each pool.
  public func define(
    _ x: Definition.Value, in definition: inout Definition
  ) throws(ModelError) -> Definition.Value {
    try definition.pool(Function.function, x, .window(window))
  }
}

/// The largest element of each pool along one axis.
public typealias MaxPooling1D = Pooling<MaximumOfPool, 1>
/// The largest element of each pool along two axes.
public typealias MaxPooling2D = Pooling<MaximumOfPool, 2>
/// The largest element of each pool along three axes.
public typealias MaxPooling3D = Pooling<MaximumOfPool, 3>
/// The mean of each pool along one axis.
public typealias AveragePooling1D = Pooling<MeanOfPool, 1>
/// The mean of each pool along two axes.
public typealias AveragePooling2D = Pooling<MeanOfPool, 2>
/// The mean of each pool along three axes.
public typealias AveragePooling3D = Pooling<MeanOfPool, 3>

extension Pooling where rank == 1 {
  /// Makes the layer, with the defaults of Keras 3: strides of the pool's size.
  public init(
    poolSize: Int = 2, strides: Int? = nil, padding: Padding = .valid,
    dataFormat: DataFormat = .channelsLast, name: String? = nil
  ) {
    self.init(
      PoolingWindow([poolSize], strides.map { [$0] }, padding, dataFormat), name: name)
  }
}

extension Pooling where rank == 2 {
  /// Makes the layer, with the defaults of Keras 3: strides of the pool's size.
  public init(
    poolSize: (Int, Int) = (2, 2), strides: (Int, Int)? = nil, padding: Padding = .valid,
    dataFormat: DataFormat = .channelsLast, name: String? = nil
  ) {
    self.init(
      PoolingWindow(
        [poolSize.0, poolSize.1], strides.map { [$0.0, $0.1] }, padding, dataFormat), name: name)
  }
}

extension Pooling where rank == 3 {
  /// Makes the layer, with the defaults of Keras 3: strides of the pool's size.
  public init(
    poolSize: (Int, Int, Int) = (2, 2, 2), strides: (Int, Int, Int)? = nil,
    padding: Padding = .valid, dataFormat: DataFormat = .channelsLast, name: String? = nil
  ) {
    self.init(
      PoolingWindow(
        [poolSize.0, poolSize.1, poolSize.2], strides.map { [$0.0, $0.1, $0.2] }, padding,
        dataFormat), name: name)
  }
}
