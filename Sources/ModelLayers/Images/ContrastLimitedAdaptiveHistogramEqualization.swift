/// Images whose values are spread, in each tile of a grid by itself, so that all of them are about as many; to
/// no more contrast than a limit.
///
/// Values are cut to whole numbers from 0 to 255. Of each tile a table says what becomes of a number: the
/// share of pixels that have no larger one, where what is more than the limit is shared out among all
/// numbers. A pixel is between the middles of four tiles, and made bilinearly of what their tables say. Tiles
/// are as large as those of images that the grid divides: others go on with their mirror image. As
/// `keras/src/layers/preprocessing/image_preprocessing/clahe.py`.
///
/// Input and output `(batch, height, width, channels)` or, channels first,
/// `(batch, channels, height, width)`. No weights.
public struct ContrastLimitedAdaptiveHistogramEqualization: UnaryLayer, DeclaredLayer, Hashable {
  /// The name in the schema and in Keras.
  public static let kind = "ContrastLimitedAdaptiveHistogramEqualization"

  /// The layer's name; there are no weights.
  public var declaration = LayerDeclaration()

  /// The lowest and the highest value that there is.
  public internal(set) var valueRange: [Double]
  /// How many times as many pixels a number may have as it had if all had as many; 0 for any number.
  public internal(set) var clipLimit: Double
  /// How many tiles there are, one below the other and side by side.
  public internal(set) var grid: [Int]
  /// Where the channels are.
  public internal(set) var dataFormat: DataFormat

  /// Makes the layer, with the defaults of Keras 3.
  public init(
    valueRange: ClosedRange<Double> = 0...255, clipLimit: Double = 4, grid: (Int, Int) = (8, 8),
    dataFormat: DataFormat = .channelsLast, name: String? = nil
  ) {
    self.valueRange = [valueRange.lowerBound, valueRange.upperBound]
    self.clipLimit = clipLimit
    self.grid = [grid.0, grid.1]
    self.dataFormat = dataFormat
    declaration = LayerDeclaration(name: name)
  }

  /// Keras's defaults.
  public static var prototype: Self { Self() }

  /// The attributes.
  public static let fields: [AttributeField<Self>] = [
    .numbers("value_range", \.valueRange)
      .expecting("two numbers of less than 2³⁰, the lower first, no less than 2⁻¹⁶ apart") {
        $0.valueRange.count == 2 && $0.valueRange[1] - $0.valueRange[0] >= 0x1p-16
          && $0.valueRange.allSatisfy { abs($0) < 0x1p30 }
      },
    .number("clip_limit", \.clipLimit),
    .sizes("tile_grid_size", \.grid, count: 2)
      .expecting("at most \(maximumPlaceCount) tiles along a side") { layer in
        layer.grid.allSatisfy { $0 <= maximumPlaceCount }
      },
    .choice("data_format", \.dataFormat),
  ]

  /// Real numbers and integers are taken.
  public func checkElements(_ inputs: [TensorType]) throws(ModelError) {
    guard let other = inputs.first(where: { !$0.isReal && !$0.dtype.isInteger }) else { return }
    throw .argument(
      "inputs", found: "elements of \(other.dtype)", expected: "real numbers or integers")
  }

  /// How many numbers there are.
  private static let numberCount = 256
  /// The largest.
  private static let highest = 255.0
  /// The most pixels of an image, and places of its tables: every engine has the integers up to there.
  package static let maximumPlaceCount = 1 << 24

  /// The images, equalized.
  public func define(
    _ x: Definition.Value, in definition: inout Definition
  ) throws(ModelError) -> Definition.Value {
    try dataFormat.checkSpatialRank(2, of: x.shape)
    let (low, size) = (valueRange[0], valueRange[1] - valueRange[0])
    // Beyond, versions make different integers of it.
    let reach = size * 0x1p22
    try definition.expect(
      x, in: Int((low - reach).rounded(.up))..<Int((low + reach).rounded(.down)))
    if size >= 16 {
      definition.usually(x, in: Int(low.rounded(.up))..<Int((low + size).rounded(.down)) + 1)
    }
    let image = try definition.channelsLast(x, from: dataFormat)
    // Where the sides are not known yet, the shape is that of the images all the same.
    guard let sizes = Shape(Array(image.shape.dimensions.dropFirst())).known else { return x }
    if let axis = sizes.firstIndex(of: 0) {
      throw .emptyOutput(input: image.shape, axis: axis + 1)
    }
    for made in [Array(sizes.prefix(2)), grid + [sizes[2], Self.numberCount]] {
      guard let count = made.checkedProduct(), count <= Self.maximumPlaceCount else {
        throw .elementCount(Shape(made), limit: Self.maximumPlaceCount)
      }
    }
    let isUsual = valueRange == [0, Self.highest]
    let values =
      isUsual
      ? image
      : try definition.combination(
        .multiply,
        definition.combination(.divide, definition.combination(.subtract, image, low), size),
        Self.highest)
    let numbers = try definition.function(
      .trunc,
      definition.combination(.minimum, definition.combination(.maximum, values, 0), Self.highest))
    let tiles = zip(sizes, grid).map { Tiles(size: $0, count: $1) }
    let tables = try tables(of: numbers, tiles, channelCount: sizes[2], in: &definition)
    var made = try interpolated(numbers, tables, tiles, channelCount: sizes[2], in: &definition)
    if !isUsual {
      made = try definition.combination(
        .add,
        definition.combination(
          .multiply, definition.combination(.divide, made, Self.highest), size), low)
    }
    if !x.type.isReal {
      made = try definition.apply(
        Primitives.Conversion(to: x.type.dtype), to: definition.function(.trunc, made))
    }
    return dataFormat == .channelsLast ? made : try definition.transpose(made, [0, 3, 1, 2])
  }

  /// What each tile makes of each number, `(batch, tiles·tiles·channels·256)`.
  private func tables(
    of numbers: Definition.Value, _ tiles: [Tiles], channelCount: Int,
    in definition: inout Definition
  ) throws(ModelError) -> Definition.Value {
    var padded = numbers
    for (axis, side) in tiles.enumerated() where side.mirror.count > side.size {
      padded = try definition.apply(
        Primitives.Gather(axis: axis + 1), to: padded, definition.integers(side.mirror))
    }
    let batch = numbers.shape[0]
    let (rows, columns) = (tiles[0], tiles[1])
    let apart = try definition.reshape(
      padded, [batch, rows.count, rows.length, columns.count, columns.length, channelCount])
    let pixelCount = rows.length * columns.length
    let together = try definition.reshape(
      definition.transpose(apart, [0, 1, 3, 5, 2, 4]),
      [batch, rows.count, columns.count, channelCount, pixelCount])
    var counts = try definition.apply(Primitives.Histogram(Self.numberCount), to: together)
    func kept(
      _ function: Primitives.Reduction.Function, _ x: Definition.Value
    ) throws(ModelError) -> Definition.Value {
      let made = try definition.apply(Primitives.Reduction(function, over: [4]), to: x)
      return try definition.reshape(made, made.shape.dimensions + [1])
    }
    if clipLimit > 0 {
      let limit = Double(Float(clipLimit * Double(pixelCount) / Double(Self.numberCount)))
      let clipped = try definition.combination(.minimum, counts, limit)
      let excess = try kept(.sum, definition.combination(.subtract, counts, clipped))
      counts = try definition.combination(
        .add, clipped, definition.combination(.divide, excess, Double(Self.numberCount)))
    }
    let sums = try definition.apply(Primitives.Cumulation(.sum, along: 4), to: counts)
    let least = try kept(.minimum, sums)
    let rest = try definition.combination(
      .subtract, definition.constant([Double(pixelCount)], []), least)
    // All pixels have number 0.
    let isNone = try definition.apply(
      Primitives.Comparison(.equal), to: rest, definition.integer(0))
    let divisor = try definition.apply(
      Primitives.Selection(), to: isNone, definition.constant([1], []), rest)
    let shares = try definition.combination(
      .divide,
      definition.combination(
        .multiply, definition.combination(.subtract, sums, least), Self.highest), divisor)
    let table = try definition.combination(
      .minimum, definition.combination(.maximum, shares, 0), Self.highest)
    return try definition.reshape(
      table, [batch, rows.count * columns.count * channelCount * Self.numberCount])
  }

  /// What four tables make of each pixel, bilinearly.
  private func interpolated(
    _ numbers: Definition.Value, _ tables: Definition.Value, _ tiles: [Tiles], channelCount: Int,
    in definition: inout Definition
  ) throws(ModelError) -> Definition.Value {
    let (rows, columns) = (tiles[0], tiles[1])
    let channels = definition.constant(
      (0..<channelCount).map { Double($0 * Self.numberCount) }, [channelCount], .int64)
    /// What the tables of the tile before or behind each pixel say.
    func found(
      _ row: KeyPath<Tiles, [Int]>, _ column: KeyPath<Tiles, [Int]>
    ) throws(ModelError) -> Definition.Value {
      let width = channelCount * Self.numberCount
      let firsts = [
        definition.constant(
          rows[keyPath: row].map { Double($0 * columns.count * width) }, [rows.size, 1, 1], .int64),
        definition.constant(
          columns[keyPath: column].map { Double($0 * width) }, [columns.size, 1], .int64),
      ]
      let places = try definition.integers([numbers, channels] + firsts, as: .int64) {
        (terms, definition) throws(ModelError) in
        try definition.apply(Primitives.Combination(.add), toAll: terms)
      }
      return try definition.apply(
        Primitives.Gather(axis: 1, batchAxes: 1), to: tables, places[0])
    }
    func between(
      _ first: Definition.Value, _ second: Definition.Value, _ share: Definition.Value
    ) throws(ModelError) -> Definition.Value {
      let rest = try definition.combination(.subtract, definition.constant([1], []), share)
      return try definition.combination(
        .add, definition.combination(.multiply, first, rest),
        definition.combination(.multiply, second, share))
    }
    let across = try columns.share([columns.size, 1], in: &definition)
    let down = try rows.share([rows.size, 1, 1], in: &definition)
    return try between(
      between(found(\.before, \.before), found(\.before, \.behind), across),
      between(found(\.behind, \.before), found(\.behind, \.behind), across), down)
  }

  /// The tiles along one side of images.
  private struct Tiles {
    /// How long the side is.
    let size: Int
    /// How many tiles there are.
    let count: Int
    /// How long each is.
    let length: Int

    init(size: Int, count: Int) {
      self.size = size
      self.count = count
      length = (size + count - 1) / count
    }

    /// For each place of all tiles that of the image.
    var mirror: [Int] {
      (0..<length * count).map { place in
        let turn = place % (2 * size)
        return turn < size ? turn : 2 * size - 1 - turn
      }
    }

    /// How many middles of tiles are before each place, or at it.
    private var middles: [Int] { (0..<size).map { (2 * $0 + length) / (2 * length) } }
    /// The tile whose middle is before each place, or the first.
    var before: [Int] { middles.map { min(max($0 - 1, 0), count - 1) } }
    /// The tile whose middle is behind each place, or the last.
    var behind: [Int] { middles.map { min($0, count - 1) } }

    /// How far each place is from the middle before it to that behind it, from 0 to 1.
    func share(
      _ sizes: [Int], in definition: inout Definition
    ) throws(ModelError) -> Definition.Value {
      let places = definition.constant((0..<size).map(Double.init), sizes, .int64)
      let tiles = try definition.combination(
        .divide, definition.combination(.subtract, places, Double(length) / 2),
        definition.integer(length))
      return try definition.combination(
        .subtract, definition.combination(.add, tiles, 1),
        definition.constant(middles.map(Double.init), sizes, .int64))
    }
  }
}
