internal import OrderedCollections
internal import ModelGraph

// Layers inside of layers, as wrappers and recurrent layers have them.

extension ConfigReader {
  /// Reads the layer under a key, whose kind and attributes stand under the key then.
  func layer(_ key: String, into attributes: inout Attributes) throws {
    guard let value = value(key) else { throw wrong(key, "a layer") }
    attributes.put(try inner(value, key), under: key)
  }

  /// Reads the layers under a key, which stand under the key and their places then.
  func layers(_ key: String, into attributes: inout Attributes) throws {
    guard let list = value(key)?.array else { throw wrong(key, "a list of layers") }
    for (place, value) in list.enumerated() {
      attributes.put(try inner(value, key), under: "\(key).\(place)")
    }
  }

  /// The kind and attributes of a layer of an entry `{"class_name": …, "config": …}`.
  private func inner(_ value: JSONValue, _ key: String) throws -> Attributes {
    guard let className = value["class_name"]?.string, let config = value["config"] else {
      throw wrong(key, "a layer with 'class_name' and 'config'")
    }
    guard depth < Attributes.maximumDepth else {
      throw wrong(key, "layers at most \(Attributes.maximumDepth) deep")
    }
    guard let translation = LayerTranslation.of(className: className, in: version) else {
      throw Unsupported(
        reason: "has a layer of class '\(className)' inside, which is not known here")
    }
    if let reason = config.refusalOfNumbers {
      throw Unsupported(reason: "has a layer inside that \(reason)")
    }
    let type = TypePolicy(config["dtype"] ?? self.config["dtype"]).computeType
    let own = TypePolicy(self.config["dtype"] ?? config["dtype"]).computeType
    guard type == own else {
      throw Unsupported(
        reason: "computes in \(own.rawValue), and the layer inside in \(type.rawValue)")
    }
    // What is frozen outside is frozen inside.
    guard config["trainable"]?.bool ?? true || self.config["trainable"]?.bool == false else {
      throw Unsupported(reason: "has a layer inside that is frozen, and is not frozen itself")
    }
    let reader = ConfigReader(config: config, version: version, depth: depth + 1)
    var attributes: Attributes = ["kind": .string(translation.kind)]
    attributes = attributes.merging(try translation.attributes(reader))
    try reader.checkAllRead(kind: translation.kind)
    return attributes
  }
}

// MARK: - Recurrent layers

extension LayerTranslation {
  /// What versions write otherwise of recurrent layers and their cells.
  static let recurrent: [String: Exception] = {
    var exceptions: [String: Exception] = [Bidirectional.kind: bidirectional]
    for kind in [LSTM.kind, LSTMCell.kind, ConvLSTM1D.kind, ConvLSTM2D.kind, ConvLSTM3D.kind] {
      exceptions[kind] = Exception(attributes: [:], check: checkGates)
    }
    for kind in [GRU.kind, GRUCell.kind] {
      exceptions[kind] = Exception(
        attributes: [
          // Before the key there was the one way.
          "reset_after": {
            .bool(try $0.bool("reset_after", default: $0.version.major > 2))
          }
        ], check: checkGates)
    }
    for kind in [CuDNNLSTM.kind, CuDNNGRU.kind] {
      exceptions[kind] = Exception(check: { config in
        guard
          try
            !(config.bool("time_major", default: false)
            && config.bool("go_backwards", default: false))
        else { throw Unsupported(reason: "reverses its batch where it is to go backwards") }
      })
    }
    exceptions[RNN.kind] = Exception(check: { config in
      guard !config.has("num_constants") else {
        throw Unsupported(reason: "gives constants to its cell")
      }
    })
    exceptions[StackedRNNCells.kind] = Exception(check: { config in
      guard try !config.bool("reverse_state_order", default: false) else {
        throw Unsupported(reason: "has the states of its cells in reverse order")
      }
    })
    return exceptions
  }()

  /// The function of the gates was another before Keras 3, in some versions.
  private static func checkGates(_ config: ConfigReader) throws {
    guard config.has("recurrent_activation") || config.version.major > 2 else {
      throw config.wrong("recurrent_activation", "the activation function of the gates")
    }
  }

  /// The layer that goes backwards is as the other where none is written.
  ///
  /// Where all outputs are made, both make zeros of masked steps.
  private static let bidirectional = Exception(
    whole: { config in
      var attributes = Attributes()
      try config.layer("layer", into: &attributes)
      if config.has("backward_layer") {
        try config.layer("backward_layer", into: &attributes)
      } else {
        attributes.put(attributes.under("layer"), under: "backward_layer")
        let goesBackwards = attributes["layer.go_backwards"] == .bool(true)
        attributes["backward_layer.go_backwards"] = .bool(!goesBackwards)
      }
      for name in ["layer", "backward_layer"] {
        attributes["\(name).zero_output_for_mask"] =
          attributes["\(name).return_sequences"] ?? .bool(false)
      }
      // None is not the default, `concat`.
      if config.config.has("merge_mode") {
        let mode = Bidirectional.MergeMode.separate.rawValue
        attributes["merge_mode"] = .string(try config.string("merge_mode", default: mode))
      }
      return attributes
    })
}
