internal import OrderedCollections
internal import ModelGraph

/// How the configuration of one class becomes canonical attributes.
///
/// A layer lists its attributes once, with what each is in a configuration; here stands only what
/// versions of Keras write otherwise.
struct LayerTranslation: Sendable {
  /// The canonical kind.
  let kind: String
  private let type: any DeclaredLayer.Type
  private var exception = Exception()

  /// What is not as the layer lists it.
  struct Exception: Sendable {
    /// How some attributes are read, by their names; `nil` for one that is not there.
    var attributes: [String: @Sendable (ConfigReader) throws -> AttributeValue?] = [:]
    /// Refuses what the layer here does not do.
    var check: @Sendable (ConfigReader) throws -> Void = { _ in }
    /// Reads all attributes, where they depend on each other.
    var whole: (@Sendable (ConfigReader) throws -> Attributes)?
  }

  private init(_ type: any DeclaredLayer.Type) {
    kind = type.kind
    self.type = type
    exception = Self.exceptions[type.kind] ?? exception
  }

  /// Makes the canonical attributes of a configuration; one that is absent has the layer's default.
  ///
  /// - Throws: `KerasError` for a value of another form, `Unsupported` for what is not done here.
  func attributes(_ config: ConfigReader) throws -> Attributes {
    try exception.check(config)
    if let whole = exception.whole { return try whole(config) }
    var attributes = Attributes()
    for (name, form, isRequired) in type.attributeForms where exception.attributes[name] == nil {
      // What no configuration says, the translation of Keras 1 does.
      guard form != .implied || config.version.major < 2, config.has(name) || isRequired else {
        continue
      }
      try config.read(name, form, into: &attributes)
    }
    for (name, read) in exception.attributes { attributes[name] = try read(config) }
    return attributes
  }

  /// What the attributes of a kind are in a configuration, by their names.
  static func forms(of kind: String) -> [String: AttributeForm] {
    let forms = of(className: kind)?.type.attributeForms ?? []
    return Dictionary(forms.map { ($0.name, $0.form) }) { first, _ in first }
  }

  /// The translation of a class, or `nil` for a class that is not known.
  ///
  /// - Parameter version: Of which not every class is known; `nil` for any.
  static func of(className: String, in version: KerasVersion? = nil) -> LayerTranslation? {
    let isOlder = (version?.major ?? 1) > 1 && keras1Kinds.contains(className)
    return isOlder ? nil : byClass[className]
  }

  private static let byClass: [String: LayerTranslation] = {
    let all = LayerRegistry.builtIn.compactMap { $0 as? any DeclaredLayer.Type }
      .map { LayerTranslation($0) }
    var table = Dictionary(all.map { ($0.kind, $0) }) { first, _ in first }
    for (alias, kind) in aliases { table[alias] = table[kind] }
    return table
  }()

  /// The kinds that Keras 1 alone has: in files of later versions such a class is the user's own.
  static let keras1Kinds: Set = [
    CosineSimilarity.kind, FeatureNormalization.kind, Highway.kind, MaxoutDense.kind,
    ParametricSoftplus.kind, SReLU.kind,
  ]

  /// The attributes that say how Keras 1 kept weights, where that was in a way of its own.
  static let keras1Attributes: Set = ["flips_kernel", "kernel_layout", "splits_gates"]

  /// Classes that are others by an older or a longer name.
  private static let aliases = [
    "BatchNormalizationV1": "BatchNormalization",
    "BatchNormalizationV2": "BatchNormalization",
    "SyncBatchNormalization": "BatchNormalization",
    // Keras 2 registers this one of its own as a user's class.
    "Custom>CustomScaleLayer": "CustomScaleLayer",
    "Convolution1D": "Conv1D",
    "Convolution2D": "Conv2D",
    "Convolution3D": "Conv3D",
    "Convolution1DTranspose": "Conv1DTranspose",
    "Convolution2DTranspose": "Conv2DTranspose",
    "Convolution3DTranspose": "Conv3DTranspose",
    "Deconvolution2D": "Conv2DTranspose",
    "Deconvolution3D": "Conv3DTranspose",
    "SeparableConvolution1D": "SeparableConv1D",
    "SeparableConvolution2D": "SeparableConv2D",
    "GroupedQueryAttention": "GroupQueryAttention",
    "MaxPool1D": "MaxPooling1D",
    "MaxPool2D": "MaxPooling2D",
    "MaxPool3D": "MaxPooling3D",
    "AvgPool1D": "AveragePooling1D",
    "AvgPool2D": "AveragePooling2D",
    "AvgPool3D": "AveragePooling3D",
    "GlobalMaxPool1D": "GlobalMaxPooling1D",
    "GlobalMaxPool2D": "GlobalMaxPooling2D",
    "GlobalMaxPool3D": "GlobalMaxPooling3D",
    "GlobalAvgPool1D": "GlobalAveragePooling1D",
    "GlobalAvgPool2D": "GlobalAveragePooling2D",
    "GlobalAvgPool3D": "GlobalAveragePooling3D",
  ]
}

// MARK: - What is written otherwise

extension LayerTranslation {
  private static let exceptions: [String: Exception] = {
    var exceptions = [
      BatchNormalization.kind: batchNormalization, CategoryEncoding.kind: categoryEncoding,
      ContrastLimitedAdaptiveHistogramEqualization.kind: equalization,
      Discretization.kind: discretization, Dot.kind: dot, EinsumDense.kind: einsumDense,
      HashedCrossing.kind: hashedCrossing, Hashing.kind: hashing,
      IntegerLookup.kind: integerLookup, StringLookup.kind: stringLookup,
      TextVectorization.kind: textVectorization,
      LeakyReLU.kind: leakyReLU, ReversibleEmbedding.kind: reversibleEmbedding,
      Normalization.kind: normalization, UnitNormalization.kind: unitNormalization,
      RandomCrop.kind: randomCrop, Resizing.kind: imageResizing, UpSampling2D.kind: resizing,
      MelSpectrogram.kind: melSpectrogram, STFTSpectrogram.kind: spectrogram,
    ]
    for kind in [
      DepthwiseConv1D.kind, DepthwiseConv2D.kind, SeparableConv1D.kind, SeparableConv2D.kind,
    ] {
      exceptions[kind] = withoutGroups
    }
    exceptions.merge(recurrent) { first, _ in first }
    for kind in [Conv1DTranspose.kind, Conv2DTranspose.kind, Conv3DTranspose.kind] {
      exceptions[kind] = transposed
    }
    return exceptions
  }()

  private static let batchNormalization = Exception(
    attributes: [
      // An int in Keras 2.0 to 2.3 and Keras 3, a list of one in between.
      "axis": { config in
        let axes = try config.ints("axis", default: [-1])
        guard axes.count == 1 else {
          throw Unsupported(reason: "normalizes over \(axes.count) axes at once")
        }
        return .int(axes[0])
      }
    ],
    check: { config in
      if try config.bool("renorm", default: false) {
        throw Unsupported(reason: "renormalizes its batches")
      }
    })

  private static let equalization = Exception(check: { config in
    let type = TypePolicy(config.config["dtype"]).computeType
    guard (type.unitRoundoff ?? 0) <= 0x1p-24 else {
      throw Unsupported(reason: "counts numbers of images that were rounded to \(type.rawValue)")
    }
  })

  private static let reversibleEmbedding = Exception(check: { config in
    guard !config.has("reverse_dtype") else {
      throw Unsupported(reason: "computes scores in a type of their own")
    }
  })

  private static let spectrogram = Exception(
    attributes: [
      "window": { .string(try nameOrNone($0, "window")) },
      "scaling": { .string(try nameOrNone($0, "scaling")) },
      "frame_step": { .int($0.has("frame_step") ? try $0.int("frame_step") : 0) },
      "fft_length": { .int($0.has("fft_length") ? try $0.int("fft_length") : 0) },
    ],
    check: { config in
      if try config.string("mode", default: "log") == "angle" {
        throw Unsupported(
          reason:
            "makes angles, which are half a turn one way or the other where a sum is a zero of "
            + "either sign")
      }
    })

  private static let melSpectrogram = Exception(
    attributes: ["window": { .string(try nameOrNone($0, "window")) }])

  /// A name, or `none` where the file says null.
  private static func nameOrNone(_ config: ConfigReader, _ key: String) throws -> String {
    config.has(key) ? try config.string(key) : "none"
  }

  private static let dot = Exception(
    attributes: [
      // One axis stands for that of both.
      "axes": { .ints(try $0.perAxis("axes", rank: 2)) },
      "limit": { config in
        guard config.version.major < 3, try config.bool("normalize", default: false) else {
          return nil
        }
        return .string("square")
      },
    ],
    check: { config in
      // Tensors of that backend are arrays, for which Keras has another function.
      if config.version.backend == "numpy", try config.bool("normalize", default: false) {
        throw Unsupported(reason: "divides vectors by their lengths as only Keras on NumPy does")
      }
    })

  private static let einsumDense = Exception(attributes: [
    // A size that is None is the input's.
    "output_shape": { config in
      guard let list = config.value("output_shape")?.array else {
        return .ints(try config.ints("output_shape"))
      }
      return .ints(
        try list.map { size in
          guard let number = size == .null ? -1 : size.int else {
            throw config.wrong("output_shape", "integers")
          }
          return number
        })
    }
  ])

  private static let leakyReLU = Exception(attributes: [
    // Keras 2 calls the slope alpha.
    "negative_slope": { config in
      let key = config.has("negative_slope") ? "negative_slope" : "alpha"
      return .double(try config.double(key, default: 0.3))
    }
  ])

  private static let normalization = Exception(attributes: [
    // `axis: null` is one mean for everything, which is not the default, the last axis.
    "axis": { config in
      let isNull = config.config.has("axis") && !config.has("axis")
      return .ints(isNull ? [] : try config.ints("axis", default: [-1]))
    },
    "mean": { try statistics("mean", $0) }, "variance": { try statistics("variance", $0) },
  ])

  /// Statistics that are given, both of them or none.
  private static func statistics(
    _ name: String, _ config: ConfigReader
  ) throws -> AttributeValue? {
    guard [config.has("mean"), config.has("variance")].contains(true) else { return nil }
    return .doubles(try config.doubles(name, default: []))
  }

  private static let unitNormalization = Exception(attributes: [
    "limit": { $0.version.major < 3 ? .string("square") : nil }
  ])

  private static let resizing = Exception(
    attributes: [
      // Those of Keras without TensorFlow had two interpolations.
      "half_pixel_centers": { .bool(!$0.version.isStandalone2) },
      "distances": { config in
        guard try config.string("interpolation", default: "nearest") == "bicubic" else {
          return nil
        }
        return try config.version.hasExactCubic() ? .string("exact") : nil
      },
    ])

  private static let imageResizing = Exception(
    attributes: [
      "distances": { config in
        // TensorFlow computes a kernel that is made wider at each distance.
        guard try config.string("interpolation", default: "bilinear") == "bicubic",
          try !config.bool("antialias", default: false)
        else { return nil }
        return try config.version.hasExactCubic() ? .string("exact") : nil
      }
    ],
    check: { config in
      let mode = try config.string("fill_mode", default: "constant")
      guard mode == "constant" else { throw Unsupported(reason: "fills margins by '\(mode)'") }
    })

  private static let randomCrop = Exception(attributes: [
    // What 3.7 does is not known here.
    "inference": { config in
      guard config.version.isBefore(3, 8) else { return nil }
      guard config.version.isBefore(3, 7) else {
        throw Unsupported(reason: "of Keras 3.7 may resize images or not")
      }
      return .string("resized")
    }
  ])

  /// `output_padding` is None where there are as many outputs as need be, and may be one number for all
  /// axes.
  private static let transposed = Exception(
    attributes: [
      "output_padding": { config in
        let sizes = try config.ints("output_padding", default: [])
        let rank = try config.ints("kernel_size", default: []).count
        return .ints(sizes.count == 1 ? Array(repeating: sizes[0], count: rank) : sizes)
      }
    ], check: withoutGroups.check)

  /// Keras 2 writes groups for every convolution.
  private static let withoutGroups = Exception(check: { config in
    let groups = try config.int("groups", default: 1)
    guard groups == 1 else { throw Unsupported(reason: "has \(groups) groups") }
  })
}
