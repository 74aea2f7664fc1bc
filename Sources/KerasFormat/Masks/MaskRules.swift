internal import OrderedCollections
internal import ModelGraph

/// What versions of Keras do with masks, where they differ: attributes that no configuration has.
enum MaskRules {
  /// The layers that masks arrive at.
  enum Reach {
    /// Nothing in the model makes a mask.
    case nowhere
    /// Any, as far as it is known yet.
    case anywhere
    /// Those of these paths.
    case at([String: Arrival])

    /// How masks may arrive at the layer of a path; `nil` where none does.
    func arrival(at path: String) -> Arrival? {
      switch self {
      case .nowhere: nil
      case .anywhere: Arrival()
      case .at(let arrivals): arrivals[path]
      }
    }
  }

  /// The attributes of a layer of a file that a mask arrives at; none where the version does as
  /// today's Keras.
  ///
  /// - Parameters:
  ///   - kind: The layer's canonical kind.
  ///   - config: The layer's configuration.
  ///   - version: The version that wrote the file.
  ///   - arrival: How masks arrive at the layer.
  /// - Throws: `Unsupported` where the file does not say on what the answer depends.
  static func attributes(
    of kind: String, _ config: JSONValue = .null, _ version: KerasVersion,
    _ arrival: Arrival = Arrival()
  ) throws(Unsupported) -> Attributes {
    switch kind {
    case Bidirectional.kind:
      var attributes = Attributes()
      for name in ["layer", "backward_layer"] {
        let inner = config[name] ?? config["layer"] ?? .null
        attributes.put(try recurrent(inner["config"] ?? .null, version, arrival), under: name)
        // Keras until 2.3 forced nothing.
        if version.isStandalone2 || version.major < 2 {
          attributes["\(name).zero_output_for_mask"] = .bool(false)
        }
      }
      return attributes
    case _ where isRecurrent(kind): return try recurrent(config, version, arrival)
    case Add.kind, Average.kind, Concatenate.kind, Maximum.kind, Minimum.kind, Multiply.kind,
      Subtract.kind:
      return version.isBefore(3, 4) ? ["mask_rule": .string(MaskRule.all.rawValue)] : [:]
    case Softmax.kind: return masking(version)
    case MultiHeadAttention.kind, GroupQueryAttention.kind:
      var rules = masking(version)
      if version.isBefore(3, 7) { rules["is_fused"] = .bool(false) }
      if kind == MultiHeadAttention.kind, version.isBefore(3, 8) {
        rules["keeps_masks"] = .bool(true)
      }
      return rules
    case TimeDistributed.kind:
      return version.isBefore(3, 0) && arrival.isDeep ? ["joins_mask": .bool(true)] : [:]
    case Identity.kind, Normalization.kind, Rescaling.kind:
      return version.isBefore(3, 0) ? ["passes_mask": .bool(false)] : [:]
    default: return [:]
    }
  }

  static func isRecurrent(_ kind: String) -> Bool {
    kind == Bidirectional.kind
      || LayerRegistry.builtIn.contains { $0.kind == kind && $0 is any RecurrentLayer.Type }
  }

  /// Keras 3 looks for a mask of each argument by name where there are several tensors, and a recurrent
  /// layer has no such names.
  ///
  /// On JAX and NumPy it does otherwise with masked steps than on TensorFlow and PyTorch, and yet otherwise
  /// where it writes the steps one after the other: see `keras/src/backend/jax/rnn.py`.
  private static func recurrent(
    _ config: JSONValue, _ version: KerasVersion, _ arrival: Arrival
  ) throws(Unsupported) -> Attributes {
    guard version.major > 2 else { return [:] }
    if arrival.comesWithStates { return ["ignores_mask": .bool(true)] }
    let isUnrolled = config["unroll"]?.bool == true
    if version.backend == nil {
      guard !arrival.isGivenWithStates, !isUnrolled || config["zero_output_for_mask"]?.bool != true
      else {
        throw Unsupported(
          reason:
            "is given a mask, with which Keras does otherwise on other backends, and the file "
            + "does not say which; save the model as '.h5', which does")
      }
    }
    guard ["jax", "numpy"].contains(version.backend) else { return [:] }
    if isUnrolled { return ["zero_output_for_mask": .bool(false)] }
    return arrival.isGivenWithStates ? ["repeats_state": .bool(true)] : [:]
  }

  /// Whether a layer does otherwise with masks than today's Keras on TensorFlow.
  static func differ(in layer: any Layer, _ arrival: Arrival) -> Bool {
    let attributes = layer.attributes
    let found = Set(attributes.values.keys.compactMap { $0.split(separator: ".").last })
    let isIgnoring = found.contains("ignores_mask")
    if isRecurrent(layer.kind), arrival.comesWithStates != isIgnoring { return true }
    if forcesOtherZeros(layer) { return true }
    return !isIgnoring && !found.isDisjoint(with: names.map { $0[...] })
  }

  /// Whether a layer does otherwise with masks than Keras 2.15.
  static func differFromKeras2(in layer: any Layer, _ arrival: Arrival) throws(Unsupported) -> Bool
  {
    let rules = try attributes(
      of: layer.kind, .null, KerasVersion(KerasLine.keras2.version), arrival)
    let found = layer.attributes.values.filter { key, _ in
      key.split(separator: ".").last.map { names.contains(String($0)) } ?? false
    }
    return forcesOtherZeros(layer)
      || Dictionary(uniqueKeysWithValues: found.map { ($0, $1) })
        != Dictionary(uniqueKeysWithValues: rules.values.map { ($0, $1) })
  }

  /// Whether a layer of two directions makes other zeros of masked steps than Keras, which makes them where
  /// it makes all outputs.
  private static func forcesOtherZeros(_ layer: any Layer) -> Bool {
    guard layer.kind == Bidirectional.kind else { return false }
    let directions = ["layer", "backward_layer"].map { layer.attributes.under($0) }
    return directions.contains { $0["return_sequences"] != $0["zero_output_for_mask"] }
  }

  /// What becomes of elements that a mask hides from a softmax.
  private static func masking(_ version: KerasVersion) -> Attributes {
    let masking: Softmax.HiddenElements =
      version.isBefore(3, 13) ? .add : version.isBefore(3, 14) ? .replace : .zero
    return masking == .zero ? [:] : ["masking": .string(masking.rawValue)]
  }

  /// The names of these attributes.
  static let names: Set = [
    "ignores_mask", "is_fused", "joins_mask", "keeps_masks", "mask_rule", "masking", "passes_mask",
    "repeats_state",
  ]

  /// The classes that make masks, or whose calls may be given one by position.
  private static let makers: Set = [
    Masking.kind, Embedding.kind, ReversibleEmbedding.kind, MultiHeadAttention.kind,
    GroupQueryAttention.kind,
    "GroupedQueryAttention",
  ]

  /// Whether a configuration has anything that may make a mask.
  ///
  /// - Parameter isUnknown: Whether a class is one that only the running program knows.
  static func mayApply(_ value: JSONValue, isUnknown: (String) -> Bool) -> Bool {
    if let elements = value.array {
      return elements.contains { mayApply($0, isUnknown: isUnknown) }
    }
    guard let object = value.object else { return false }
    if let name = object["class_name"]?.string {
      if makers.contains(name) || isUnknown(name) { return true }
    }
    if let mask = object["mask"], mask != .null { return true }
    return object.values.contains { mayApply($0, isUnknown: isUnknown) }
  }
}
