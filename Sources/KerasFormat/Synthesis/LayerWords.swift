internal import OrderedCollections
internal import ModelGraph

/// How canonical attributes become the configuration of a class: the reverse of
/// `LayerTranslation`.
///
/// What is not mentioned here has the same name and form in every Keras.
struct LayerWords {
  typealias Config = OrderedDictionary<String, JSONValue>

  let dialect: Dialect
  /// The name of the type that layers inside compute in.
  var policy = DType.float32.rawValue

  /// The configuration of a layer, without its name and type.
  func config(_ kind: String, _ attributes: Attributes) throws -> Config {
    var config: Config = [:]
    guard Self.isOfKeras(kind) else {
      return attributes.values.mapValues { JSONValue($0) }
    }
    guard dialect == .keras2 || !Self.keras2Kinds.contains(kind) else {
      throw KerasError.inexpressible("only Keras 2 has it")
    }
    let forms = LayerTranslation.forms(of: kind)
    for (key, value) in attributes.values {
      let parts = key.split(separator: ".", maxSplits: 1)
      let name = String(parts[0])
      switch forms[name] {
      case .activation where parts.count == 1:
        config[key] = try activation(ActivationFunction(attributes, under: key))
      case .layer where parts.last == "kind":
        config[name] = try inner(attributes.under(name), named: name)
      case .layers where config[name] == nil:
        var layers: [JSONValue] = []
        while attributes["\(name).\(layers.count).kind"] != nil {
          let place = "\(name).\(layers.count)"
          layers.append(try inner(attributes.under(place), named: place))
        }
        config[name] = .array(layers)
      case .activation, .layer, .layers: continue
      default:
        if let (word, value) = try word(kind, key, value) { config[word] = value }
      }
    }
    if [IntegerLookup.kind, StringLookup.kind, TextVectorization.kind].contains(kind),
      config["max_tokens"] != nil
    {
      config["pad_to_max_tokens"] = .bool(true)
    }
    if let type = type(of: kind, attributes) { config["dtype"] = .string(type) }
    return config
  }

  /// The type that layers of text state, which is not the one that they compute in: `nil` where it is.
  private func type(of kind: String, _ attributes: Attributes) -> String? {
    let makesNumbers = attributes["output_mode"] == .string(TokenOutput.number.rawValue)
    switch kind {
    case TextVectorization.kind: return DType.string.rawValue
    // Keras 2 takes that of the texts too, and no type of real numbers.
    case StringLookup.kind where makesNumbers && policy != DType.int64.rawValue:
      return DType.string.rawValue
    case Hashing.kind where makesNumbers, HashedCrossing.kind where makesNumbers:
      guard case .string(let type)? = attributes["index_type"] else { return DType.int64.rawValue }
      return type
    default: return nil
    }
  }

  /// A layer inside of another, of its kind and attributes.
  private func inner(_ attributes: Attributes, named name: String) throws -> JSONValue {
    var attributes = attributes
    guard case .string(let kind)? = attributes.values.removeValue(forKey: "kind") else {
      return .null
    }
    let own: Config = [
      "name": .string(name.replacing(".", with: "_")), "dtype": .string(policy),
    ]
    return .object([
      "module": .string(Self.module(of: kind)), "class_name": .string(kind),
      "config": .object(own.merging(try config(kind, attributes)) { _, word in word }),
      "registered_name": .null,
    ])
  }

  /// Whether Keras has the class, rather than the program that uses this package.
  static func isOfKeras(_ kind: String) -> Bool {
    kind == InputLayer.kind || LayerTranslation.of(className: kind) != nil
  }

  /// Where Keras 3 has a class.
  static func module(of kind: String) -> String {
    switch kind {
    case LayerScale.kind, StochasticDepth.kind: "keras.src.applications.convnext"
    case CustomScaleLayer.kind: "keras.src.applications.inception_resnet_v2"
    case Graph.Form.functional.rawValue: "keras.src.models.functional"
    case Graph.Form.sequential.rawValue: "keras"
    default: "keras.layers"
    }
  }

  /// Says where Keras has a class: with a module, Keras 3 takes the configuration as it is; without
  /// one, it drops axes.
  static func place(_ kind: String, in entry: inout Config) {
    entry["module"] = .string(module(of: kind))
    entry["registered_name"] = .null
  }

  // MARK: - The differences

  /// What a class calls an attribute and its value, or `nil` where it has no word for it
  /// and needs none.
  private func word(
    _ kind: String, _ key: String, _ value: AttributeValue
  ) throws(KerasError) -> (String, JSONValue)? {
    switch (kind, key, value) {
    case ("InputLayer", "batch_shape", .ints(let sizes)):
      // The key that Keras 2 refuses: it shall not read a file that is not for it.
      let shape = sizes.map { $0 < 0 ? JSONValue.null : .int($0) }
      return (dialect == .keras2 ? "batch_input_shape" : "batch_shape", .array(shape))
    case ("LeakyReLU", "negative_slope", _) where dialect == .keras2:
      return ("alpha", JSONValue(value))
    case ("ZeroPadding2D", "padding", .ints(let sizes)),
      ("ZeroPadding3D", "padding", .ints(let sizes)),
      ("Cropping2D", "cropping", .ints(let sizes)), ("Cropping3D", "cropping", .ints(let sizes)):
      let pairs = stride(from: 0, to: sizes.count, by: 2).map { start in
        JSONValue.array(sizes[start...].prefix(2).map { .int($0) })
      }
      return (key, .array(pairs))
    case (_, _, _) where MaskRules.names.contains(key):
      // The dialect does as it says.
      return nil
    case (_, "causal", _):
      throw .inexpressible("Keras 3 is told by each call that attention is causal")
    // There are no masks for it.
    case ("CuDNNGRU", "zero_output_for_mask", _), ("CuDNNLSTM", "zero_output_for_mask", _):
      return nil
    case ("CategoryEncoding", "checks_range", _):
      guard dialect == .keras2 else {
        throw .inexpressible("Keras 3 passes over tokens that have no place")
      }
      return nil
    case (_, "max_tokens", .int(0)), ("TextVectorization", "output_sequence_length", .int(0)),
      (_, "salt", .ints([])), ("Hashing", "index_type", _), ("HashedCrossing", "index_type", _):
      return nil
    case (_, "idf_weights", .doubles(let weights)) where !weights.isEmpty:
      return (key, JSONValue(value))
    case (_, "count_type", _):
      guard dialect == .keras2 else {
        throw .inexpressible("Keras 3 makes integers of counts")
      }
      return nil
    case ("TextVectorization", "standardize", .string("none")),
      ("TextVectorization", "split", .string("none")), ("TextVectorization", "ngrams", .ints([])):
      return (key, .null)
    // Keras 2 reads no list of them.
    case ("TextVectorization", "ngrams", .ints(let widths))
    where widths.elementsEqual(1...widths.count):
      return (key, .int(widths.count))
    case ("Discretization", "bin_boundaries", _): return (key, JSONValue(value))
    case ("Discretization", "index_type", _):
      guard dialect == .keras2 else {
        throw .inexpressible("Keras 3 makes int32 of bins")
      }
      return nil
    case ("STFTSpectrogram", "frame_step", .int(0)), ("STFTSpectrogram", "fft_length", .int(0)),
      ("STFTSpectrogram", "window", .string("none")), ("MelSpectrogram", "window", .string("none")),
      ("STFTSpectrogram", "scaling", .string("none")):
      return (key, .null)
    // Keras 3 takes the text for the function of that name.
    case ("Attention", "score_mode", .string("dot")), (_, "use_gate", .bool(false)): return nil
    case (_, "time_major", .bool(false)), ("Bidirectional", "merge_mode", .string("none")):
      return key == "merge_mode" ? (key, .null) : nil
    case (_, "time_major", _):
      throw .inexpressible("only Keras 2 goes along the first axis of sequences")
    case ("UpSampling2D", "half_pixel_centers", .bool(true)): return nil
    case (_, _, _) where Self.keras3Settings[kind]?[key] == value: return nil
    case ("UnitNormalization", "limit", _), ("Dot", "limit", _):
      throw .inexpressible("Keras 3 divides vectors of nearly no length by another number")
    case ("EinsumDense", "output_shape", .ints(let sizes)):
      return (key, .array(sizes.map { $0 < 0 ? .null : .int($0) }))
    case ("EinsumDense", "bias_axes", .string("")):
      return (key, .null)
    case ("RandomShear", _, .doubles(let factors))
    where key.hasSuffix("factor") && factors.contains { $0 < 0 }:
      throw .inexpressible("Keras 3 does not read its negative factors")
    case ("RandomCrop", "inference", _):
      throw .inexpressible("Keras from 3.8 on passes images on as they are")
    case ("UpSampling2D", "distances", _), ("Resizing", "distances", _):
      throw .inexpressible("bicubic interpolation would take its weights from TensorFlow's table")
    case (_, "interpolation", .string(let name))
    where dialect == .keras3 && ["area", "gaussian", "mitchellcubic"].contains(name):
      throw .inexpressible("only Keras 2 interpolates by '\(name)'")
    case ("UpSampling2D", "half_pixel_centers", _):
      throw .inexpressible("only Keras 2.0 to 2.3 resized without half-pixel centres")
    case ("Normalization", "axis", .ints([])), (_, "output_padding", .ints([])),
      (_, "attention_axes", .ints([])), (_, "output_shape", .ints([])), (_, _, .doubles([])):
      return (key, .null)
    case (_, "axis", .ints(let one)) where one.count == 1:
      return (key, .int(one[0]))
    case (_, _, .doubles(let one)) where one.count == 1:
      return (key, .double(one[0]))
    default:
      return (key, JSONValue(value))
    }
  }

  /// Whether only Keras 3 has what a layer needs.
  static func isOnlyForKeras3(_ layer: any Layer) -> Bool {
    // Keras 2 knows CustomScaleLayer by a name that Keras 3 does not, and divides unit vectors of nearly
    // no length by another number.
    if layer is Operation || layer is CustomScaleLayer || layer is RMSNormalization
      || layer is UnitNormalization || Self.isOfKeras3(layer) || (layer as? Dot)?.normalizes == true
      || keras3Kinds.contains(layer.kind)
    {
      return true
    }
    let attributes = layer.attributes
    if let usual = keras3Settings[layer.kind],
      usual.values.contains(where: { attributes[$0.key] != $0.value })
    {
      return true
    }
    guard isOfKeras(layer.kind) else { return false }
    return attributes.values.contains { key, value in
      guard case .string(let name) = value, let last = key.split(separator: ".").last,
        last == "activation" || last == "recurrent_activation"
      else { return false }
      return !keras2Functions.contains(name)
    }
  }

  /// Whether only Keras 3 makes the same of tokens.
  private static func isOfKeras3(_ layer: any Layer) -> Bool {
    switch layer {
    case let layer as CategoryEncoding: !layer.checksRange
    case let layer as StringLookup:
      !layer.salt.isEmpty || layer.output != .number && layer.countType == .int64
    case let layer as TextVectorization:
      !layer.widths.elementsEqual(1...max(1, layer.widths.count)) && !layer.widths.isEmpty
        || layer.output != .number && layer.countType == .int64
    case let layer as Discretization:
      layer.indexType == .int32 && [.number, .oneHot].contains(layer.output)
    default: false
    }
  }

  /// The layers that Keras 3 has no more.
  private static let keras2Kinds: Set = [
    CuDNNGRU.kind, CuDNNLSTM.kind, LocallyConnected1D.kind, LocallyConnected2D.kind,
    RandomHeight.kind, RandomWidth.kind, ThresholdedReLU.kind,
  ]

  /// The layers that Keras 2 does not have, or runs otherwise.
  private static let keras3Kinds: Set = [
    AdaptiveAveragePooling1D.kind, AdaptiveAveragePooling2D.kind, AdaptiveAveragePooling3D.kind,
    AdaptiveMaxPooling1D.kind, AdaptiveMaxPooling2D.kind, AdaptiveMaxPooling3D.kind,
    AugMix.kind, AutoContrast.kind, ContrastLimitedAdaptiveHistogramEqualization.kind, CutMix.kind,
    MixUp.kind, RandAugment.kind,
    RandomColorJitter.kind,
    RandomCrop.kind, RandomElasticTransform.kind, RandomErasing.kind, RandomGaussianBlur.kind,
    RandomGrayscale.kind, RandomHue.kind, RandomInvert.kind, RandomPerspective.kind,
    MelSpectrogram.kind, RandomShear.kind, ReversibleEmbedding.kind, STFTSpectrogram.kind,
  ]

  /// What only Keras 3 says of layers that both have, as Keras 2 does it.
  private static let keras3Settings: [String: Attributes] = [
    CenterCrop.kind: ["data_format": .string("channels_last")],
    LayerNormalization.kind: ["rms_scaling": .bool(false)],
    RandomContrast.kind: ["value_range": .doubles([0, 255])],
    Resizing.kind: [
      "pad_to_aspect_ratio": .bool(false), "fill_value": .double(0), "antialias": .bool(false),
      "data_format": .string("channels_last"),
    ],
    ZeroPadding1D.kind: ["data_format": .string("channels_last")],
  ]

  /// The activation functions that Keras 2.15 has by the name and formula of Keras 3.
  ///
  /// It has a `hard_sigmoid` too, but another one.
  private static let keras2Functions: Set = [
    "elu", "exponential", "gelu", "leaky_relu", "linear", "log_softmax", "mish", "relu", "relu6",
    "selu", "sigmoid", "silu", "softmax", "softplus", "softsign", "tanh",
  ]

  /// A function by its name, or as a layer where it has parameters of its own.
  private func activation(_ function: ActivationFunction) throws -> JSONValue {
    if case .threshold = function {
      // Its name alone does not tell its values.
    } else if function == ActivationFunction.named(function.name) {
      return .string(function.name)
    }
    let layer: any Layer
    switch function {
    case .relu(let maximum, let slope, let threshold):
      layer = ReLU(maxValue: maximum, negativeSlope: slope, threshold: threshold)
    case .leakyReLU(let slope): layer = LeakyReLU(negativeSlope: slope)
    case .elu(let alpha): layer = ELU(alpha: alpha)
    case .softmax(let axes): layer = Softmax(axis: axes)
    case .hardSigmoid:
      throw KerasError.inexpressible("'hard_sigmoid' of Keras 2 is another function in Keras 3")
    default:
      throw KerasError.inexpressible(
        "Keras has no name for '\(function.name)' with parameters of its own")
    }
    return .object([
      "module": "keras.layers", "class_name": .string(layer.kind),
      "config": .object(try config(layer.kind, layer.attributes)), "registered_name": .null,
    ])
  }
}

extension JSONValue {
  /// The value as Python has it.
  init(_ value: AttributeValue) {
    switch value {
    case .bool(let value): self = .bool(value)
    case .int(let value): self = .int(value)
    case .double(let value): self = .double(value)
    case .string(let value): self = .string(value)
    case .ints(let values): self = .array(values.map { .int($0) })
    case .doubles(let values): self = .array(values.map { .double($0) })
    case .strings(let values): self = .array(values.map { .string($0) })
    }
  }
}

extension JSONValue: ExpressibleByStringLiteral {
  init(stringLiteral value: String) { self = .string(value) }
}
