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
        .flag("align_corners"),
        .init(name: "half_pixel_centers", form: .bool, isForeign: true),
        .exactDistances,
      ]
    ) { x, s, d throws(ModelError) in
      guard try s.string("fill_mode") == "constant" else {
        throw .attribute(
          "fill_mode", expected: "'constant'", found: "'\(try s.string("fill_mode"))'")
      }
      let format: DataFormat = try s.choice("data_format")
      let filter = try ResamplingFilter(s)
      return [try d.resized(x[0], to: s.ints("size", count: 2), filter, s.proportion(), format)]
    }
  ]
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

extension Attributes {
  /// What becomes of the proportion of images.
  fileprivate func proportion() throws(ModelError) -> ImageProportion {
    let crops = try bool("crop_to_aspect_ratio", default: false)
    guard try bool("pad_to_aspect_ratio", default: false) else { return crops ? .cut : .free }
    guard !crops else {
      throw .attribute(
        "pad_to_aspect_ratio", expected: "false with crop_to_aspect_ratio", found: "true")
    }
    return .filled(try double("fill_value"))
  }
}
