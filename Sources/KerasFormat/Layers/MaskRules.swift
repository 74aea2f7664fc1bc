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
    case at(Set<String>)

    /// Whether a mask may arrive at the layer of a path.
    func includes(_ path: String) -> Bool {
      switch self {
      case .nowhere: false
      case .anywhere: true
      case .at(let paths): paths.contains(path)
      }
    }
  }

  /// The attributes of a layer of a file that a mask arrives at; none where the version does as
  /// today's Keras.
  ///
  /// - Parameters:
  ///   - kind: The layer's canonical kind.
  ///   - version: The version that wrote the file.
  static func attributes(of kind: String, _ version: KerasVersion) -> Attributes {
    switch kind {
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
    case Identity.kind, Normalization.kind, Rescaling.kind:
      return version.isBefore(3, 0) ? ["passes_mask": .bool(false)] : [:]
    default: return [:]
    }
  }

  /// What becomes of elements that a mask hides from a softmax.
  private static func masking(_ version: KerasVersion) -> Attributes {
    let masking: Softmax.HiddenElements =
      version.isBefore(3, 13) ? .add : version.isBefore(3, 14) ? .replace : .zero
    return masking == .zero ? [:] : ["masking": .string(masking.rawValue)]
  }

  /// What a layer would do with masks and nobody here knows, to follow its name in a sentence.
  static func reasons(
    against layer: LayerNode, isMasked: Bool, _ version: KerasVersion
  ) -> [String] {
    guard isMasked, case .layer(let inner) = layer.body else { return [] }
    switch inner {
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

  /// The names of these attributes.
  static let names: Set = ["is_fused", "keeps_masks", "mask_rule", "masking", "passes_mask"]

  /// The classes that make masks, or whose calls may be given one by position.
  private static let makers: Set = [
    Masking.kind, Embedding.kind, MultiHeadAttention.kind, GroupQueryAttention.kind,
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
  /// The paths of the layers that masks arrive at; none where the graph cannot be resolved, which is
  /// told where it is used.
  var layersWithMasks: Set<String> {
    let calls = (try? resolved())?.calls ?? []
    return pathsGivenMasks.union(
      calls.filter { $0.operandMasks.contains { $0 != nil } }.map(\.layerPath))
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
