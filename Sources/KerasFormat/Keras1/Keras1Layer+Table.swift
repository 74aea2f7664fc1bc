internal import ModelGraph
internal import OrderedCollections

// The classes of Keras 1.

extension Keras1Model {
  /// Translates a layer of an entry `{"class_name", "config", …}`, or a model in a model.
  func layer(_ entry: JSONValue) throws(KerasError) -> JSONValue {
    guard let className = entry["class_name"]?.string else {
      throw .configuration(
        key: "class_name", expected: "the class of a layer",
        found: entry["class_name"]?.excerpt ?? "nothing")
    }
    if Self.isModel(entry) {
      let model = try model(entry)
      // Later versions keep the name of a Sequential in its configuration.
      guard let layers = model["config"]?.array, let name = entry["name"] else { return model }
      return model.adding(["config": .object(["name": name, "layers": .array(layers)])])
    }
    // Code is refused where all that cannot be run is.
    if className == "Lambda" || isRegistered(className) { return entry }
    let name = entry["name"]?.string ?? entry["config"]?["name"]?.string ?? className.lowercased()
    do throws(KerasError) {
      guard let config = entry["config"]?.object else {
        throw .configuration(
          key: "config", expected: "an object", found: entry["config"]?.excerpt ?? "nothing")
      }
      guard let translation = Keras1Layer.classes[className] else {
        throw .configuration(
          key: "class_name", expected: "a class of Keras 1 that is read", found: "'\(className)'")
      }
      let (kind, words) = try translation.translate(config, self)
      return entry.adding(["class_name": .string(kind), "config": words])
    } catch {
      if case .at = error { throw error }
      throw .at(layer: name, kind: className, error)
    }
  }
}

extension Keras1Layer {
  /// What is read of Keras 1, by its names.
  static let classes: [String: Keras1Layer] = {
    var classes = core
    classes.merge(convolutions) { first, _ in first }
    classes.merge(windows) { first, _ in first }
    classes.merge(sequences) { first, _ in first }
    classes["Merge"] = merge
    return classes
  }()

  // MARK: - Layers of vectors, and of elements

  private static let dense = [
    "output_dim": "units", "activation": "activation", "bias": "use_bias", "input_dim": "",
  ]

  private static let core: [String: Keras1Layer] = {
    var classes = [
      "Dense": Keras1Layer(kind: Dense.kind, keys: dense),
      "TimeDistributedDense": Keras1Layer(
        kind: Dense.kind, keys: dense.merging(["input_length": ""]) { $1 }),
      "MaxoutDense": Keras1Layer(
        kind: MaxoutDense.kind, keys: dense.merging(["nb_feature": "pieces"]) { $1 }),
      "Highway": Keras1Layer(
        kind: Highway.kind,
        keys: ["activation": "activation", "bias": "use_bias", "input_dim": ""]),
      "Activation": Keras1Layer(kind: Activation.kind, keys: ["activation": "activation"]),
      "Flatten": Keras1Layer(kind: Flatten.kind),
      "Reshape": Keras1Layer(kind: Reshape.kind, keys: ["target_shape": "target_shape"]),
      "Permute": Keras1Layer(kind: Permute.kind, keys: ["dims": "dims"]),
      "RepeatVector": Keras1Layer(kind: RepeatVector.kind, keys: ["n": "n"]),
      "Masking": Keras1Layer(kind: Masking.kind, keys: ["mask_value": "mask_value"]),
      "ActivityRegularization": Keras1Layer(
        kind: ActivityRegularization.kind, keys: ["l1": "", "l2": ""]),
      "GaussianNoise": Keras1Layer(kind: GaussianNoise.kind, keys: ["sigma": "stddev"]),
      "LeakyReLU": Keras1Layer(kind: LeakyReLU.kind, keys: ["alpha": "alpha"]),
      "ELU": Keras1Layer(kind: ELU.kind, keys: ["alpha": "alpha"]),
      "ThresholdedReLU": Keras1Layer(kind: ThresholdedReLU.kind, keys: ["theta": "theta"]),
      "InputLayer": Keras1Layer(
        kind: InputLayer.kind, keys: ["input_dtype": "dtype", "sparse": "sparse"]),
      "BatchNormalization": Keras1Layer(
        kind: BatchNormalization.kind,
        keys: ["epsilon": "epsilon", "axis": "axis", "momentum": "momentum"],
        finish: { (config, _) throws(KerasError) in
          let mode = try config.take("mode", "0 or 1")
          switch mode.int {
          case 0: break
          case 1:
            let axis = config.words.removeValue(forKey: "axis") ?? .int(-1)
            guard axis.int == -1 else { throw config.wrong("axis", axis, "-1 in mode 1") }
            config.words["momentum"] = nil
            config.kind = FeatureNormalization.kind
          default:
            throw config.wrong(
              "mode", mode,
              "0 or 1; 2 normalizes each batch by itself, so that an item's result depends on the others"
            )
          }
          // Another one was usual in every version.
          guard config.words["epsilon"]?.double != nil else {
            throw .configuration(key: "epsilon", expected: "a number", found: "nothing")
          }
        }),
    ]
    for kind in [
      Dropout.kind, GaussianDropout.kind, SpatialDropout1D.kind, SpatialDropout2D.kind,
      SpatialDropout3D.kind,
    ] {
      classes[kind] = Keras1Layer(kind: kind, keys: ["p": "rate", "dim_ordering": ""])
    }
    // Of what is shared the files of Keras 1 are silent.
    for (kind, role) in [
      (PReLU.kind, "alphas"), (ParametricSoftplus.kind, "alphas"), (SReLU.kind, "t_left"),
    ] {
      classes[kind] = Keras1Layer(
        kind: kind,
        finish: { (config, model) throws(KerasError) in
          let sizes = model.weights.shape(of: role, in: config.name) ?? []
          let shared = sizes.indices.filter { sizes[$0] == 1 }
          config.words["shared_axes"] = .array(shared.map { .int($0 + 1) })
        })
    }
    return classes
  }()

  // MARK: - Sequences

  private static let recurrent = [
    "output_dim": "units", "activation": "activation", "return_sequences": "return_sequences",
    "go_backwards": "go_backwards", "stateful": "stateful", "unroll": "unroll", "dropout_W": "",
    "dropout_U": "", "input_dim": "", "input_length": "",
  ]

  private static let sequences: [String: Keras1Layer] = {
    let gated = recurrent.merging(["inner_activation": "recurrent_activation"]) { $1 }
    var classes = [
      "Embedding": Keras1Layer(
        kind: Embedding.kind,
        keys: [
          "input_dim": "input_dim", "output_dim": "output_dim", "mask_zero": "mask_zero",
          "input_length": "", "dropout": "",
        ]),
      "SimpleRNN": Keras1Layer(
        kind: SimpleRNN.kind, keys: recurrent.merging(["consume_less": ""]) { $1 }),
      "TimeDistributed": Keras1Layer(kind: TimeDistributed.kind, finish: finishWrapper),
      "Bidirectional": Keras1Layer(
        kind: Bidirectional.kind, keys: ["merge_mode": "merge_mode"], finish: finishWrapper),
    ]
    for kind in [LSTM.kind, GRU.kind] {
      classes[kind] = Keras1Layer(
        kind: kind, keys: gated,
        finish: { (config, _) throws(KerasError) in
          let mode = try config.take("consume_less", "'cpu', 'mem' or 'gpu'")
          guard ["cpu", "mem", "gpu"].contains(mode.string) else {
            throw config.wrong("consume_less", mode, "'cpu', 'mem' or 'gpu'")
          }
          // Each gate has weights of its own but there.
          if mode.string != "gpu" { config.words["splits_gates"] = .bool(true) }
        })
    }
    return classes
  }()

  @Sendable private static func finishWrapper(
    _ config: inout Config, _ model: Keras1Model
  ) throws(KerasError) {
    config.words["layer"] = try model.layer(try config.take("layer", "a layer"))
  }

  // MARK: - Merges

  private static let merge = Keras1Layer(
    kind: "Merge",
    keys: [
      "mode_type": "", "output_shape": "", "output_shape_type": "", "output_mask": "",
      "output_mask_type": "", "arguments": "",
    ],
    finish: { (config, _) throws(KerasError) in
      let mode = try config.take("mode", "a way to merge")
      let concatAxis = config.rest.removeValue(forKey: "concat_axis")
      let dotAxes = config.rest.removeValue(forKey: "dot_axes")
      switch mode.string {
      case "sum": config.kind = Add.kind
      case "mul": config.kind = Multiply.kind
      case "ave": config.kind = Average.kind
      case "max": config.kind = Maximum.kind
      case "concat":
        config.kind = Concatenate.kind
        config.words["axis"] = concatAxis
      case "dot":
        config.kind = Dot.kind
        config.words["axes"] = dotAxes
      case "cos": config.kind = CosineSimilarity.kind
      default:
        throw config.wrong(
          "mode", mode,
          "'sum', 'mul', 'ave', 'max', 'concat', 'dot' or 'cos'; Python code is never run")
      }
    })
}
