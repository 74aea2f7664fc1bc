internal import OrderedCollections
internal import ResidualGraph

/// How the configuration of one class becomes canonical attributes.
struct LayerTranslation: Sendable {
  /// The canonical kind.
  let kind: String
  /// Makes the canonical attributes of a configuration.
  let attributes: @Sendable (ConfigReader) throws -> Attributes

  init(_ kind: String, _ attributes: @escaping @Sendable (ConfigReader) throws -> Attributes) {
    self.kind = kind
    self.attributes = attributes
  }

  /// The translation of a class, or `nil` for a class that is not known.
  static func of(className: String) -> LayerTranslation? { byClass[className] }

  private static let byClass: [String: LayerTranslation] = {
    let all =
      convolutions + normalizations + activations + sequences + merges + poolings + reshapings
      + identities
    var table = Dictionary(all.map { ($0.kind, $0) }) { first, _ in first }
    for (alias, kind) in aliases { table[alias] = table[kind] }
    return table
  }()

  /// Classes that are others by an older or a longer name.
  private static let aliases = [
    "BatchNormalizationV1": "BatchNormalization",
    "BatchNormalizationV2": "BatchNormalization",
    "SyncBatchNormalization": "BatchNormalization",
    // Keras 2 registers this one of its own as a user's class.
    "Custom>CustomScaleLayer": "CustomScaleLayer",
    "Convolution1D": "Conv1D",
    "Convolution2D": "Conv2D",
    "SeparableConvolution1D": "SeparableConv1D",
    "SeparableConvolution2D": "SeparableConv2D",
    "MaxPool1D": "MaxPooling1D",
    "MaxPool2D": "MaxPooling2D",
    "AvgPool1D": "AveragePooling1D",
    "AvgPool2D": "AveragePooling2D",
    "GlobalMaxPool1D": "GlobalMaxPooling1D",
    "GlobalMaxPool2D": "GlobalMaxPooling2D",
    "GlobalAvgPool1D": "GlobalAveragePooling1D",
    "GlobalAvgPool2D": "GlobalAveragePooling2D",
  ]
}

// MARK: - Layers with weights

extension LayerTranslation {
  fileprivate static let convolutions: [LayerTranslation] = [
    convolution("Conv1D", rank: 1, counts: ["groups"]),
    convolution("Conv2D", rank: 2, counts: ["groups"]),
    convolution("DepthwiseConv1D", rank: 1, hasFilters: false, counts: ["depth_multiplier"]),
    convolution("DepthwiseConv2D", rank: 2, hasFilters: false, counts: ["depth_multiplier"]),
    convolution("SeparableConv1D", rank: 1, counts: ["depth_multiplier"]),
    convolution("SeparableConv2D", rank: 2, counts: ["depth_multiplier"]),
    LayerTranslation("Dense") { config in
      let attributes: Attributes = [
        "units": .int(try config.int("units")),
        "use_bias": .bool(try config.bool("use_bias", default: true)),
      ]
      return attributes.merging(try config.activation().attributes())
    },
  ]

  /// Any convolution over `rank` axes.
  ///
  /// - Parameters:
  ///   - hasFilters: Whether the number of channels that it makes is said by itself.
  ///   - counts: What else it counts, each 1 by default.
  private static func convolution(
    _ kind: String, rank: Int, hasFilters: Bool = true, counts: [String]
  ) -> LayerTranslation {
    LayerTranslation(kind) { config in
      let ones = Array(repeating: 1, count: rank)
      var attributes: Attributes = [
        "kernel_size": .ints(try config.perAxis("kernel_size", rank: rank)),
        "strides": .ints(try config.perAxis("strides", rank: rank, default: ones)),
        "padding": .string(try config.string("padding", default: "valid")),
        "data_format": .string(try config.dataFormat),
        "dilation_rate": .ints(try config.perAxis("dilation_rate", rank: rank, default: ones)),
        "use_bias": .bool(try config.bool("use_bias", default: true)),
      ]
      if hasFilters { attributes["filters"] = .int(try config.int("filters")) }
      for count in counts { attributes[count] = .int(try config.int(count, default: 1)) }
      // Keras 2 writes it for every convolution.
      let groups = try config.int("groups", default: 1)
      guard groups == 1 || counts.contains("groups") else {
        throw Unsupported(reason: "has \(groups) groups")
      }
      return attributes.merging(try config.activation().attributes())
    }
  }

  fileprivate static let normalizations: [LayerTranslation] = [
    LayerTranslation("BatchNormalization") { config in
      if try config.bool("renorm", default: false) {
        throw Unsupported(reason: "renormalizes its batches")
      }
      // An int in Keras 2.0 to 2.3 and Keras 3, a list of one in between.
      let axes = try config.ints("axis", default: [-1])
      guard axes.count == 1 else {
        throw Unsupported(reason: "normalizes over \(axes.count) axes at once")
      }
      return [
        "axis": .int(axes[0]),
        "momentum": .double(try config.double("momentum", default: 0.99)),
        "epsilon": .double(try config.double("epsilon", default: 1e-3)),
        "center": .bool(try config.bool("center", default: true)),
        "scale": .bool(try config.bool("scale", default: true)),
      ]
    },
    LayerTranslation("LayerNormalization") { config in
      [
        "axis": .ints(try config.ints("axis", default: [-1])),
        "epsilon": .double(try config.double("epsilon", default: 1e-3)),
        "center": .bool(try config.bool("center", default: true)),
        "scale": .bool(try config.bool("scale", default: true)),
        "rms_scaling": .bool(try config.bool("rms_scaling", default: false)),
      ]
    },
    LayerTranslation("Normalization") { config in
      // `axis: null` is one mean for everything, which is not the default, the last axis.
      let axes =
        config.config.has("axis") && !config.has("axis")
        ? [] : try config.ints("axis", default: [-1])
      var attributes: Attributes = [
        "axis": .ints(axes), "invert": .bool(try config.bool("invert", default: false)),
      ]
      if [config.has("mean"), config.has("variance")].contains(true) {
        attributes["mean"] = .doubles(try config.doubles("mean", default: []))
        attributes["variance"] = .doubles(try config.doubles("variance", default: []))
      }
      return attributes
    },
    LayerTranslation("LayerScale") { config in
      [
        "init_values": .double(try config.double("init_values", default: 1e-6)),
        "projection_dim": .int(try config.int("projection_dim")),
      ]
    },
    LayerTranslation("CustomScaleLayer") { ["scale": .double(try $0.double("scale"))] },
    LayerTranslation("StochasticDepth") {
      ["drop_path_rate": .double(try $0.double("drop_path_rate", default: 0))]
    },
    LayerTranslation("PReLU") { config in
      ["shared_axes": .ints(try config.ints("shared_axes", default: []))]
    },
  ]
}

// MARK: - Layers without weights

extension LayerTranslation {
  fileprivate static let activations: [LayerTranslation] = [
    LayerTranslation("Activation") { try $0.activation().attributes() },
    LayerTranslation("ReLU") { config in
      var attributes: Attributes = [
        "negative_slope": .double(try config.double("negative_slope", default: 0)),
        "threshold": .double(try config.double("threshold", default: 0)),
      ]
      if config.has("max_value") {
        attributes["max_value"] = .double(try config.double("max_value"))
      }
      return attributes
    },
    LayerTranslation("LeakyReLU") { config in
      let key = config.has("negative_slope") ? "negative_slope" : "alpha"
      return ["negative_slope": .double(try config.double(key, default: 0.3))]
    },
    LayerTranslation("ELU") { ["alpha": .double(try $0.double("alpha", default: 1))] },
    LayerTranslation("Softmax") { ["axis": .ints(try $0.ints("axis", default: [-1]))] },
  ]

  fileprivate static let sequences: [LayerTranslation] = [
    LayerTranslation("Embedding") { config in
      [
        "input_dim": .int(try config.int("input_dim")),
        "output_dim": .int(try config.int("output_dim")),
        "mask_zero": .bool(try config.bool("mask_zero", default: false)),
      ]
    },
    LayerTranslation("Masking") {
      ["mask_value": .double(try $0.double("mask_value", default: 0))]
    },
  ]

  fileprivate static let merges: [LayerTranslation] =
    ["Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum"].map { kind in
      LayerTranslation(kind) { _ in [:] }
    } + [
      LayerTranslation("Concatenate") { ["axis": .int(try $0.int("axis", default: -1))] }
    ]

  fileprivate static let poolings: [LayerTranslation] =
    [("MaxPooling1D", 1), ("AveragePooling1D", 1), ("MaxPooling2D", 2), ("AveragePooling2D", 2)]
    .map { kind, rank in
      LayerTranslation(kind) { config in
        let size = try config.perAxis(
          "pool_size", rank: rank, default: Array(repeating: 2, count: rank))
        return [
          "pool_size": .ints(size),
          "strides": .ints(try config.perAxis("strides", rank: rank, default: size)),
          "padding": .string(try config.string("padding", default: "valid")),
          "data_format": .string(try config.dataFormat),
        ]
      }
    }
    + [
      "GlobalMaxPooling1D", "GlobalAveragePooling1D", "GlobalMaxPooling2D",
      "GlobalAveragePooling2D",
    ].map { kind in
      LayerTranslation(kind) { config in
        [
          "data_format": .string(try config.dataFormat),
          "keepdims": .bool(try config.bool("keepdims", default: false)),
        ]
      }
    }

  fileprivate static let reshapings: [LayerTranslation] = [
    LayerTranslation("ZeroPadding1D") { config in
      [
        "padding": .ints(try config.beforeAndAfter("padding", rank: 1, default: 1)),
        "data_format": .string(try config.dataFormat),
      ]
    },
    LayerTranslation("ZeroPadding2D") { config in
      [
        "padding": .ints(try config.beforeAndAfter("padding", rank: 2, default: 1)),
        "data_format": .string(try config.dataFormat),
      ]
    },
    LayerTranslation("Cropping1D") { config in
      ["cropping": .ints(try config.beforeAndAfter("cropping", rank: 1, default: 1))]
    },
    LayerTranslation("Cropping2D") { config in
      [
        "cropping": .ints(try config.beforeAndAfter("cropping", rank: 2, default: 0)),
        "data_format": .string(try config.dataFormat),
      ]
    },
    LayerTranslation("UpSampling1D") { ["size": .int(try $0.int("size", default: 2))] },
    LayerTranslation("UpSampling2D") { config in
      let interpolation = try config.string("interpolation", default: "nearest")
      guard ["nearest", "bilinear"].contains(interpolation) else {
        throw Unsupported(reason: "interpolates by '\(interpolation)'")
      }
      return [
        "size": .ints(try config.perAxis("size", rank: 2, default: [2, 2])),
        "data_format": .string(try config.dataFormat),
        "interpolation": .string(interpolation),
        "half_pixel_centers": .bool(!config.version.isStandalone2),
      ]
    },
    LayerTranslation("Flatten") { ["data_format": .string(try $0.dataFormat)] },
    LayerTranslation("Reshape") { config in
      ["target_shape": .ints(try config.ints("target_shape", default: []))]
    },
    LayerTranslation("Permute") { ["dims": .ints(try $0.ints("dims", default: []))] },
    LayerTranslation("RepeatVector") { ["n": .int(try $0.int("n"))] },
    LayerTranslation("Rescaling") { config in
      [
        "scale": .doubles(try config.doubles("scale", default: [1])),
        "offset": .doubles(try config.doubles("offset", default: [0])),
      ]
    },
  ]

  fileprivate static let identities: [LayerTranslation] =
    ["Dropout", "SpatialDropout1D", "SpatialDropout2D", "GaussianDropout", "AlphaDropout"].map {
      LayerTranslation($0) { ["rate": .double(try $0.double("rate", default: 0.5))] }
    } + [
      LayerTranslation("GaussianNoise") {
        ["stddev": .double(try $0.double("stddev", default: 1))]
      },
      LayerTranslation("ActivityRegularization") { _ in [:] },
      LayerTranslation("Identity") { _ in [:] },
    ]
}
