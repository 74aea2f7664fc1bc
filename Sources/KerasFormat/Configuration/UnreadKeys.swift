internal import OrderedCollections
internal import ModelGraph

/// The keys of a configuration that were looked at.
final class ReadKeys {
  private(set) var names: Set<String> = []

  func insert(_ name: String) { names.insert(name) }
}

extension ConfigReader {
  /// Checks that no key was left unread but those that are known to change nothing at inference.
  ///
  /// - Throws: `KerasError.configurationKey` for the first that may change what a layer computes.
  func checkAllRead(kind: String) throws(KerasError) {
    let ofKind = Self.keysWithoutEffectByKind[kind] ?? []
    for (key, value) in config.object ?? [:] {
      guard !read.names.contains(key), !Self.keysWithoutEffect.contains(key), !ofKind.contains(key),
        !Self.suffixesWithoutEffect.contains(where: key.hasSuffix)
      else { continue }
      throw .configurationKey(key, value: value.excerpt)
    }
  }

  /// How weights begin, what is added to the loss, and what training keeps them to.
  private static let suffixesWithoutEffect = ["_initializer", "_regularizer", "_constraint"]

  /// Keys that any layer may have, and that change nothing at inference or are read elsewhere.
  private static let keysWithoutEffect: Set = [
    // Read by whoever makes a node of the layer.
    "name", "trainable", "dtype",
    // The shape of what the layer is first called on, which the graph tells.
    "batch_input_shape", "batch_shape", "input_shape", "build_input_shape", "build_config",
    "input_dtype", "batch_size",
    // How Python runs the layer.
    "autocast", "dynamic", "shared_object_id",
    // How its weights were kept in training: files hold what came of it.
    // Where they say something, the layer is refused: see TypePolicy.
    "quantization_config", "lora_rank", "lora_alpha",
  ]

  private static let keysWithoutEffectByKind: [String: Set<String>] = {
    let random: Set = ["rate", "seed", "noise_shape", "stddev", "data_format"]
    var keys: [String: Set<String>] = [
      "ActivityRegularization": ["l1", "l2"],
      // Keras looks along the same axes wherever the channels are.
      "AutoContrast": ["data_format"],
      // What statistics are gathered over; they are used as they are.
      "BatchNormalization": [
        "fused", "renorm_clipping", "renorm_momentum", "synchronized", "virtual_batch_size",
      ],
      // How the boundaries were found, which are there.
      "Discretization": ["num_bins", "epsilon"],
      // The length of the sequences, and how gradients are kept.
      "Embedding": ["input_length", "sparse"],
      "InputLayer": ["optional"],
      // How many places there are, which the vocabulary tells.
      "IntegerLookup": ["vocabulary_size", "max_tokens"],
      // The same, and how texts of the vocabulary are shown.
      "StringLookup": ["vocabulary_size", "max_tokens", "encoding"],
      "TextVectorization": ["vocabulary_size", "max_tokens", "encoding"],
    ]
    // How the bias begins, what training draws, and how the steps are computed.
    for kind in [
      "SimpleRNN", "SimpleRNNCell", "LSTM", "LSTMCell", "GRU", "GRUCell", "RNN", "StackedRNNCells",
      "ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D", "CuDNNGRU", "CuDNNLSTM",
    ] {
      keys[kind] = ["implementation", "seed", "unit_forget_bias", "unroll"]
    }
    // What is dropped in training; and the shapes of what Keras 2 called the layer on.
    for kind in ["AdditiveAttention", "Attention"] { keys[kind] = ["dropout", "seed"] }
    for kind in ["GroupQueryAttention", "MultiHeadAttention"] {
      keys[kind] = ["key_shape", "query_shape", "seed", "value_shape"]
    }
    for kind in [
      "AlphaDropout", "Dropout", "GaussianDropout", "GaussianNoise", "SpatialDropout1D",
      "SpatialDropout2D", "SpatialDropout3D",
    ] {
      keys[kind] = random
    }
    // Augmentations keep how much they do, and read it.
    for case let type as any RandomImageLayer.Type in LayerRegistry.builtIn {
      keys[type.kind] = ["seed", "data_format", "bounding_box_format"]
    }
    return keys
  }()
}
