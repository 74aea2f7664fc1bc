/// Images whose channels reach from the lowest to the highest value that there is.
///
/// With l and h the least and the largest of a channel, `(x - l)·255 / (h - l)`, of values that are scaled to
/// [0, 255] for it and back; what is no number then, as in a channel of one value, stays as it is. As
/// `keras/src/layers/preprocessing/image_preprocessing/auto_contrast.py`, which takes the second and third axis for
/// those of the image wherever the channels are.
///
/// Input and output `(batch, height, width, channels)`. No weights.
public struct AutoContrast: UnaryLayer, DeclaredLayer, Hashable {
  /// The name in the schema and in Keras.
  public static let kind = "AutoContrast"

  /// The layer's name; there are no weights.
  public var declaration = LayerDeclaration()

  /// The lowest and the highest value that there is.
  public internal(set) var valueRange: [Double]

  /// Makes the layer, with the default of Keras 3.
  public init(valueRange: ClosedRange<Double> = 0...255, name: String? = nil) {
    self.valueRange = [valueRange.lowerBound, valueRange.upperBound]
    declaration = LayerDeclaration(name: name)
  }

  /// Keras's defaults.
  public static var prototype: AutoContrast { AutoContrast() }

  /// The attributes.
  public static let fields: [AttributeField<AutoContrast>] = [
    .numbers("value_range", \.valueRange).expecting("two numbers, the lower first") {
      $0.valueRange.count == 2 && $0.valueRange[0] < $0.valueRange[1]
    }
  ]

  /// Real numbers are taken.
  public func checkElements(_ inputs: [TensorType]) throws(ModelError) { try inputs.checkReal() }

  /// Each channel stretched.
  public func define(
    _ x: Definition.Value, in definition: inout Definition
  ) throws(ModelError) -> Definition.Value {
    guard x.shape.rank == 4 else {
      throw .rank(expected: "[batch, height, width, channels]", found: x.shape)
    }
    let (lowest, size) = (valueRange[0], valueRange[1] - valueRange[0])
    let isUsual = valueRange == [0, Self.highest]
    var image = try definition.apply(Primitives.Flushing(), to: x)
    if !isUsual {
      image = try definition.combination(
        .multiply,
        definition.combination(
          .divide, definition.combination(.subtract, image, lowest), size), Self.highest)
    }
    let low = try extreme(.minimum, of: image, in: &definition)
    let high = try extreme(.maximum, of: image, in: &definition)
    let contrast = try definition.combination(.subtract, high, low)
    // The quotient is beyond float32 there, however precisely it is computed here.
    let isTiny = try definition.apply(
      Primitives.Comparison(.less), to: contrast,
      definition.constant([Self.highest / Double(Float.greatestFiniteMagnitude)], []))
    let scale = try definition.apply(
      Primitives.Selection(), to: isTiny, definition.constant([.infinity], []),
      definition.combination(.divide, definition.constant([Self.highest], []), contrast))
    let offset = try definition.combination(
      .multiply, definition.function(.negative, low), scale)
    var made = try definition.combination(
      .add, definition.combination(.multiply, image, scale), offset)
    made = try definition.combination(
      .minimum, definition.combination(.maximum, made, 0), Self.highest)
    if !isUsual {
      made = try definition.combination(
        .add,
        definition.combination(
          .multiply, definition.combination(.divide, made, Self.highest), size), lowest)
    }
    let isNumber = try definition.apply(Primitives.Comparison(.equal), to: made, made)
    return try definition.apply(Primitives.Selection(), to: isNumber, made, x)
  }

  private static let highest = 255.0

  private func extreme(
    _ function: Primitives.Reduction.Function, of x: Definition.Value,
    in definition: inout Definition
  ) throws(ModelError) -> Definition.Value {
    let found = try definition.apply(Primitives.Reduction(function, over: [1, 2]), to: x)
    return try definition.reshape(found, [found.shape[0], 1, 1, found.shape[1]])
  }
}
