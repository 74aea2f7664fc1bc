internal import OrderedCollections

// The line of the table that gives images another size.

extension OperationDefinition {
  static let resizing: [OperationDefinition] = [
    .init(
      "Resize", ["images"],
      [
        .ints("size"), .init(name: "interpolation", form: .text, fallback: .string("bilinear")),
        .bool("antialias", false), .bool("crop_to_aspect_ratio", false),
        .bool("pad_to_aspect_ratio", false),
        .init(name: "fill_mode", form: .text, fallback: .string("constant")),
        .double("fill_value", 0),
        .init(name: "data_format", form: .text, fallback: .string("channels_last")),
        .flag("align_corners"), .flag("half_pixel_centers"), .exactDistances,
      ]
    ) { x, s, d throws(ModelError) in
      let limit = maximumSide
      let size = try s.ints("size", count: 2)
      guard size.allSatisfy({ (1...limit).contains($0) }) else {
        throw .attribute("size", expected: "two sizes from 1 to \(limit)", found: "\(size)")
      }
      guard try s.string("fill_mode") == "constant" else {
        throw .attribute(
          "fill_mode", expected: "'constant'", found: "'\(try s.string("fill_mode"))'")
      }
      let format: DataFormat = try s.choice("data_format")
      let filter = try ResamplingFilter(s)
      try format.checkSpatialRank(2, of: x[0].shape)
      let image = try d.inProportion(x[0], to: size, s, format)
      return [try d.apply(Primitives.Resampling(.sizes(size), filter, format), to: image)]
    }
  ]

  /// The largest side that an image may be given.
  private static let maximumSide = 1 << 20
}

extension OperationDefinition.Setting {
  /// Whether the cubic is computed at each distance, as JAX does, instead of being looked up in
  /// TensorFlow's table: Keras 3 does what its backend does.
  static let exactDistances = flag("exact_distances")
}

extension ResamplingFilter {
  /// What the settings of a resizing say.
  fileprivate init(_ settings: Attributes) throws(ModelError) {
    let kernel: Kernel = try settings.choice("interpolation")
    let isAligned = try settings.bool("align_corners", default: false)
    let isCentered = try settings.bool("half_pixel_centers", default: !isAligned)
    guard !isAligned || !isCentered else {
      throw .attribute("align_corners", expected: "false with half_pixel_centers", found: "true")
    }
    self.init(
      kernel, grid: isCentered ? .centers : isAligned ? .alignedCorners : .corners,
      isAntialiased: try settings.bool("antialias", default: false),
      isTabulated: try !settings.bool("exact_distances", default: false))
    let takesPoints: Bool =
      switch kernel {
      case .nearest, .bilinear: !isAntialiased
      // An area has no places.
      case .area: !isAligned
      default: false
      }
    guard isCentered || takesPoints else {
      throw .attribute(
        "half_pixel_centers", expected: "true for '\(kernel.rawValue)' interpolation",
        found: "false")
    }
  }
}

extension Definition {
  /// An image cut, or with margins, so that its sides are in the proportion of those that it is to
  /// have, as far as whole pixels can be.
  fileprivate mutating func inProportion(
    _ x: Value, to size: [Int], _ settings: Attributes, _ format: DataFormat
  ) throws(ModelError) -> Value {
    let crops = try settings.bool("crop_to_aspect_ratio", default: false)
    let pads = try settings.bool("pad_to_aspect_ratio", default: false)
    guard !crops || !pads else {
      throw .attribute(
        "pad_to_aspect_ratio", expected: "false with crop_to_aspect_ratio", found: "true")
    }
    let axes = format.spatialAxes(rank: x.shape.rank)
    // Where the sides are not known yet, only shapes are asked for.
    guard crops || pads, let height = x.shape[axes.lowerBound],
      let width = x.shape[axes.lowerBound + 1]
    else { return x }
    // Backends divide in other precisions, which is the same for sides that can be counted in all.
    guard let rows = [width, size[0]].checkedProduct(), rows < 1 << 24,
      let columns = [height, size[1]].checkedProduct(), columns < 1 << 24
    else {
      throw .invalidShape(x.shape, reason: "has sides that are too long to be compared")
    }
    let wanted = [rows / size[1], columns / size[0]]
    let sides = [height, width]
    if crops {
      var ranges = x.shape.dimensions.map { _ in Primitives.Slice.Range.all }
      for (axis, (side, wanted)) in zip(axes, zip(sides, wanted)) {
        let kept = max(min(side, wanted), 1)
        ranges[axis] = .init((side - kept) / 2, (side - kept) / 2 + kept)
      }
      return try apply(Primitives.Slice(ranges), to: x)
    }
    let margins = zip(sides, wanted).map { (max($0, $1) - $0) / 2 }
    guard let index = margins.firstIndex(where: { $0 > 0 }) else { return x }
    let amounts = x.shape.dimensions.indices.map {
      $0 == axes.lowerBound + index ? margins[index] : 0
    }
    let padded = try padding(x, before: amounts, after: amounts)
    let number = try settings.double("fill_value")
    return number == 0
      ? padded : try filled(padded, around: x, amounts.flatMap { [$0, $0] }, with: number)
  }
}
