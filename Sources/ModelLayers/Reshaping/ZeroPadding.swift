/// Zeros around an input along `rank` axes.
///
/// Input `(batch, spatial…, channels)` or, channels first, `(batch, channels, spatial…)`. As
/// `keras/src/layers/reshaping/zero_padding2d.py` and its siblings.
public struct ZeroPadding<let rank: Int>: UnaryLayer, DeclaredLayer, Hashable {
  /// The name in the schema and in Keras.
  public static var kind: String { "ZeroPadding\(rank)D" }

  /// The layer's name and how its weights begin.
  public var declaration = LayerDeclaration()

  var margins: Margins

  /// How many zeros there are: before and after, for each axis.
  public var padding: [Int] { margins.amounts }
  /// Where the channels are.
  public var dataFormat: DataFormat { margins.dataFormat }

  fileprivate init(_ margins: Margins, name: String? = nil) {
    self.margins = margins
    declaration = LayerDeclaration(name: name)
  }

  /// One zero everywhere.
  public static var prototype: ZeroPadding {
    ZeroPadding(Margins(amounts: Array(repeating: 1, count: 2 * rank)))
  }

  /// The attributes.
  public static var fields: [AttributeField<Self>] {
    AttributeField.part(\.margins, [Margins.field("padding", rank: rank)])
      + [.choice("data_format", \.margins.dataFormat)]
  }

  /// The input with zeros around it.
  public func define(
    _ x: Definition.Value, in definition: inout Definition
  ) throws(ModelError) -> Definition.Value {
    let (before, after) = try margins.perAxis(of: x.shape)
    for (axis, size) in x.shape.dimensions.enumerated() {
      let (first, overflow) = before[axis].addingReportingOverflow(after[axis])
      guard !overflow, !first.addingReportingOverflow(size ?? 0).overflow else {
        throw .attribute(
          "padding", expected: "sizes that can be counted", found: "\(margins.amounts)")
      }
    }
    return try definition.padding(x, before: before, after: after)
  }
}

/// Zeros around a sequence.
public typealias ZeroPadding1D = ZeroPadding<1>
/// Zeros around an image.
public typealias ZeroPadding2D = ZeroPadding<2>
/// Zeros around a volume.
public typealias ZeroPadding3D = ZeroPadding<3>

extension ZeroPadding where rank == 1 {
  /// Makes the layer, with the defaults of Keras 3.
  public init(
    padding: (Int, Int) = (1, 1), dataFormat: DataFormat = .channelsLast, name: String? = nil
  ) {
    self.init(Margins(amounts: [padding.0, padding.1], dataFormat: dataFormat), name: name)
  }
}

extension ZeroPadding where rank == 2 {
  /// Makes the layer, with the defaults of Keras 3.
  public init(
    padding: ((Int, Int), (Int, Int)) = ((1, 1), (1, 1)), dataFormat: DataFormat = .channelsLast,
    name: String? = nil
  ) {
    self.init(
      Margins(
        amounts: [padding.0.0, padding.0.1, padding.1.0, padding.1.1], dataFormat: dataFormat),
      name: name)
  }
}

extension ZeroPadding where rank == 3 {
  /// Makes the layer, with the defaults of Keras 3.
  public init(
    padding: ((Int, Int), (Int, Int), (Int, Int)) = ((1, 1), (1, 1), (1, 1)),
    dataFormat: DataFormat = .channelsLast, name: String? = nil
  ) {
    self.init(
      Margins(
        amounts: [padding.0.0, padding.0.1, padding.1.0, padding.1.1, padding.2.0, padding.2.1],
        dataFormat: dataFormat), name: name)
  }
}
