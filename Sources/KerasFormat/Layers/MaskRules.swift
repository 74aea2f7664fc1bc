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

  /// How masks arrive at the calls of a layer.
  struct Arrival: Hashable {
    /// Whether a call that is given a mask by its argument has more than one tensor besides.
    var isGivenWithStates = false
    /// Whether a call on several tensors has the masks of these alone.
    var comesWithStates = false
    /// Whether any other call has a mask.
    var comesAlone = false
    /// Whether a mask has more axes than a batch and steps.
    var isDeep = false
  }

  /// The attributes of a layer of a file that a mask arrives at; none where the version does as
  /// today's Keras.
  ///
  /// - Parameters:
  ///   - kind: The layer's canonical kind.
  ///   - config: The layer's configuration.
  ///   - version: The version that wrote the file.
  ///   - arrival: How masks arrive at the layer.
  static func attributes(
    of kind: String, _ config: JSONValue = .null, _ version: KerasVersion,
    _ arrival: Arrival = Arrival()
  ) -> Attributes {
    switch kind {
    case Bidirectional.kind:
      var attributes = Attributes()
      for name in ["layer", "backward_layer"] {
        let inner = config[name] ?? config["layer"] ?? .null
        attributes.put(recurrent(inner["config"] ?? .null, version, arrival), under: name)
        // Keras 2.0 to 2.3 forced nothing.
        if version.isStandalone2 {
          attributes["\(name).zero_output_for_mask"] = .bool(false)
        }
      }
      return attributes
    case _ where isRecurrent(kind): return recurrent(config, version, arrival)
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

  private static func isRecurrent(_ kind: String) -> Bool {
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
  ) -> Attributes {
    guard version.major > 2 else { return [:] }
    if arrival.comesWithStates { return ["ignores_mask": .bool(true)] }
    guard ["jax", "numpy"].contains(version.backend) else { return [:] }
    if config["unroll"]?.bool == true { return ["zero_output_for_mask": .bool(false)] }
    return arrival.isGivenWithStates ? ["repeats_state": .bool(true)] : [:]
  }

  /// Whether a layer does otherwise with masks than today's Keras on TensorFlow.
  static func differ(in layer: any Layer, _ arrival: Arrival) -> Bool {
    let attributes = layer.attributes
    let found = Set(attributes.values.keys.compactMap { $0.split(separator: ".").last })
    let isIgnoring = found.contains("ignores_mask")
    if isRecurrent(layer.kind), arrival.comesWithStates != isIgnoring { return true }
    if layer.kind == Bidirectional.kind {
      // Keras makes zeros of masked steps where it makes all outputs.
      let directions = ["layer", "backward_layer"].map { attributes.under($0) }
      if directions.contains(where: { $0["return_sequences"] != $0["zero_output_for_mask"] }) {
        return true
      }
    }
    return !isIgnoring && !found.isDisjoint(with: names.map { $0[...] })
  }

  /// What becomes of elements that a mask hides from a softmax.
  private static func masking(_ version: KerasVersion) -> Attributes {
    let masking: Softmax.HiddenElements =
      version.isBefore(3, 13) ? .add : version.isBefore(3, 14) ? .replace : .zero
    return masking == .zero ? [:] : ["masking": .string(masking.rawValue)]
  }

  /// What a layer would do with masks and nobody here knows, to follow its name in a sentence.
  static func reasons(
    against layer: LayerNode, _ version: KerasVersion, _ arrival: Arrival
  ) -> [String] {
    guard case .layer(let inner) = layer.body else { return [] }
    switch inner {
    case _ where isRecurrent(inner.kind):
      return reasons(against: inner, version, arrival)
    case let softmax as Softmax where softmax.masking == .add:
      if version.isBefore(2, 5) {
        return [
          "is given a mask, which not every Keras before 2.5 heeds; save it with a later one"
        ]
      }
    case let heads as any HeadAttention where heads.masking == .add:
      if version.isBefore(2, 10) {
        return [
          "is given a mask, and Keras before 2.10 does not heed those of inputs; save it with a "
            + "later one"
        ]
      }
    case is any DenseAttention:
      if version.major == 3, version.isBefore(3, 3) {
        return [
          "is given a mask, which not every Keras before 3.3 joins with a causal one; save it with "
            + "a later one"
        ]
      }
    default: return []
    }
    guard layer.computeType != .float32 else { return [] }
    return [
      "is given a mask, which its Keras adds in \(layer.computeType.rawValue) as a "
        + "number that is not known here"
    ]
  }

  /// What a recurrent layer would do with masks and nobody here knows.
  private static func reasons(
    against layer: any Layer, _ version: KerasVersion, _ arrival: Arrival
  ) -> [String] {
    if version.major > 2, arrival.comesWithStates,
      arrival.comesAlone || arrival.isGivenWithStates
    {
      return [
        "is called with masks that Keras 3 heeds and with one that it does not; call it once"
      ]
    }
    guard let both = layer as? Bidirectional, version.isTensorFlow, version.isBefore(2, 3),
      both.forward.recurrence.returnsSequences
    else { return [] }
    return ["is given a mask, which TensorFlow 1 heeds in other ways; save it with a later one"]
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

extension Graph {
  /// The paths of the layers that masks arrive at, and how; none where the graph cannot be resolved,
  /// which is told where it is used.
  var layersWithMasks: [String: MaskRules.Arrival] {
    let given = callsWithGivenMasks(prefix: "")
    var arrivals: [String: MaskRules.Arrival] = [:]
    guard let resolution = try? resolved() else { return [:] }
    for call in resolution.calls
    where call.operandMasks.contains(where: { $0 != nil }) && !call.makesMask {
      let isGiven = given.contains("\(call.layerPath):\(call.node)")
      let hasStates = call.tensorCount > 1
      var arrival = arrivals[call.layerPath] ?? MaskRules.Arrival()
      if hasStates, isGiven { arrival.isGivenWithStates = true }
      if hasStates, !isGiven { arrival.comesWithStates = true }
      if !hasStates { arrival.comesAlone = true }
      let masks = call.operandMasks.compactMap { $0.flatMap { resolution.types[$0] } }
      if masks.contains(where: { $0.shape.rank > 2 }) { arrival.isDeep = true }
      arrivals[call.layerPath] = arrival
    }
    // Masks of queries and keys are no masks of steps.
    for path in pathsGivenMasks where arrivals[path] == nil { arrivals[path] = MaskRules.Arrival() }
    return arrivals
  }

  /// The calls that are given a mask by an argument, as paths of layers and numbers of calls.
  private func callsWithGivenMasks(prefix: String) -> Set<String> {
    var found: Set<String> = []
    for call in calls {
      guard let node = layers[call.layer] else { continue }
      if call.arguments.contains(where: { node.signature?.role(of: $0.key) == .mask }) {
        found.insert("\(prefix)\(call.layer):\(call.node)")
      }
    }
    for node in layers.values {
      guard case .graph(let inner) = node.body else { continue }
      found.formUnion(inner.callsWithGivenMasks(prefix: prefix + node.name + "/"))
    }
    return found
  }

  /// The paths of the layers that a call gives a mask of queries and keys to.
  var pathsGivenMasks: Set<String> {
    var paths = Set(
      calls.filter { ($0.arguments["attention_mask"] ?? .none) != CallArgument.none }.map(\.layer))
    for node in layers.values {
      guard case .graph(let inner) = node.body else { continue }
      paths.formUnion(inner.pathsGivenMasks.map { node.name + "/" + $0 })
    }
    return paths
  }
}
