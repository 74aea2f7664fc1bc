internal import ModelGraph

// What nobody here knows of masks is refused.

extension MaskRules {
  /// What a layer would do with masks and nobody here knows, to follow its name in a sentence.
  static func reasons(
    against layer: LayerNode, _ version: KerasVersion, _ arrival: Arrival
  ) -> [String] {
    if let model = layer.distributedModel { return reasons(against: model, version, arrival) }
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

  /// What a model that is applied to each step would do with masks of the steps and nobody here knows.
  private static func reasons(
    against model: Graph, _ version: KerasVersion, _ arrival: Arrival
  ) -> [String] {
    if arrival.isDeep { return ["is given a mask of more than steps"] }
    let heeding = model.allLayers.first { $0.layer.signature?.maskUse == .honoured }
    if let heeding {
      return ["is given a mask of steps, and its layer '\(heeding.path)' heeds masks"]
    }
    // There it may go along the steps, and repeat what was made of the last one that counts.
    if version.major < 3, model.inputShapes[0].dimensions.first.flatMap(\.self) != nil {
      return ["is given a mask and a batch of one size, with which Keras 2 does otherwise"]
    }
    return []
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
}

extension LayerNode {
  /// The graph of the model that the layer applies to each step of a sequence, if it does.
  fileprivate var distributedModel: Graph? {
    guard case .graph(let graph) = body, case .graph(let model) = graph.distributedModel?.body
    else {
      return nil
    }
    return model
  }
}
