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
    case Softmax.kind:
      let masking: Softmax.HiddenElements =
        version.isBefore(3, 13) ? .add : version.isBefore(3, 14) ? .replace : .zero
      return masking == .zero ? [:] : ["masking": .string(masking.rawValue)]
    case Identity.kind, Normalization.kind, Rescaling.kind:
      return version.isBefore(3, 0) ? ["passes_mask": .bool(false)] : [:]
    default: return [:]
    }
  }

  /// What a layer would do with masks and nobody here knows, to follow its name in a sentence.
  static func reasons(against layer: LayerNode, _ version: KerasVersion) -> [String] {
    guard case .layer(let softmax as Softmax) = layer.body, softmax.masking == .add else {
      return []
    }
    if version.isBefore(2, 5) {
      return [
        "is given a mask, which not every Keras before 2.5 heeds; save it with a later one"
      ]
    }
    guard layer.computeType != .float32 else { return [] }
    return [
      "is given a mask, which Keras before 3.13 adds in \(layer.computeType.rawValue) as a "
        + "number that is not known here"
    ]
  }

  /// The names of these attributes.
  static let names: Set = ["mask_rule", "masking", "passes_mask"]

  /// Whether a configuration has anything that may make a mask.
  ///
  /// - Parameter isUnknown: Whether a class is one that only the running program knows.
  static func mayApply(_ value: JSONValue, isUnknown: (String) -> Bool) -> Bool {
    if let elements = value.array {
      return elements.contains { mayApply($0, isUnknown: isUnknown) }
    }
    guard let object = value.object else { return false }
    if let name = object["class_name"]?.string {
      if name == Masking.kind || name == Embedding.kind || isUnknown(name) { return true }
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
    return Set(
      calls.filter { $0.operandMasks.contains { $0 != nil } }.map(\.layerPath))
  }
}
