/// A part of an input: what is left without margins along `rank` axes.
///
/// Input `(batch, spatial…, channels)` or, channels first, `(batch, channels, spatial…)`; a sequence
/// is always channels last. As `keras/src/layers/reshaping/cropping2d.py` and its siblings.
public struct Cropping<let rank: Int>: UnaryLayer, DeclaredLayer, Hashable {
  /// The name in the schema and in Keras.
  public static var kind: String { "Cropping\(rank)D" }

  /// The layer's name and how its weights begin.
  public var declaration = LayerDeclaration()

  var margins: Margins

  /// How much is taken away: before and after, for each axis.
  public var cropping: [Int] { margins.amounts }
  /// Where the channels are.
  public var dataFormat: DataFormat { margins.dataFormat }

  fileprivate init(_ margins: Margins, name: String? = nil) {
    self.margins = margins
    declaration = LayerDeclaration(name: name)
  }

  /// Keras's defaults: nothing of an image, one element at each end of all others.
  public static var prototype: Cropping {
    Cropping(Margins(amounts: Array(repeating: rank == 2 ? 0 : 1, count: 2 * rank)))
  }

  /// The attributes.
  public static var fields: [AttributeField<Self>] {
    AttributeField.part(\.margins, [Margins.field("cropping", rank: rank)])
      + (rank == 1 ? [] : [.choice("data_format", \.margins.dataFormat)])
  }

  /// The input without its margins, of which something must be left.
  public func define(
    _ x: Definition.Value, in definition: inout Definition
  ) throws(ModelError) -> Definition.Value {
    let (before, after) = try margins.perAxis(of: x.shape)
    for axis in margins.dataFormat.spatialAxes(rank: x.shape.rank) {
      guard let size = x.shape[axis] else { continue }
      // The difference cannot overflow: what is taken away is not negative.
      guard size - before[axis] > after[axis] else {
        throw .emptyOutput(input: x.shape, axis: axis)
      }
    }
    return try definition.padding(x, before: before.map { -$0 }, after: after.map { -$0 })
  }
}

/// A part of a sequence.
public typealias Cropping1D = Cropping<1>
/// A part of an image.
public typealias Cropping2D = Cropping<2>
/// A part of a volume.
public typealias Cropping3D = Cropping<3>

extension Cropping where rank == 1 {
  /// Makes the layer, with the default of Keras 3.
  public init(cropping: (Int, Int) = (1, 1), name: String? = nil) {
    self.init(Margins(amounts: [cropping.0, cropping.1]), name: name)
  }
}

extension Cropping where rank == 2 {
  /// Makes the layer, with the defaults of Keras 3.
  public init(
    cropping: ((Int, Int), (Int, Int)) = ((0, 0), (0, 0)), dataFormat: DataFormat = .channelsLast,
    name: String? = nil
  ) {
    self.init(
      Margins(
        amounts: [cropping.0.0, cropping.0.1, cropping.1.0, cropping.1.1], dataFormat: dataFormat),
      name: name)
  }
}

extension Cropping where rank == 3 {
  /// Makes the layer, with the defaults of Keras 3.
  public init(
    cropping: ((Int, Int), (Int, Int), (Int, Int)) = ((1, 1), (1, 1), (1, 1)),
    dataFormat: DataFormat = .channelsLast, name: String? = nil
  ) {
    self.init(
      Margins(
        amounts: [
          cropping.0.0, cropping.0.1, cropping.1.0, cropping.1.1, cropping.2.0, cropping.2.1,
        ], dataFormat: dataFormat), name: name)
  }
}
