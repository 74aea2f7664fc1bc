internal import OrderedCollections
internal import ModelGraph

/// What may be wrong with the masks of a call.
extension SuspectCall {
  /// The call with a mask that it does not have, or without the one that it has.
  func otherMasks() -> [Hypothesis] {
    let operands = Array(inputs.dropLast(layer.maskCount))
    var hypotheses: [Hypothesis] = []
    if layer.maskCount > 0 {
      var hypothesis = Hypothesis(
        .mask, "no mask", fix: "give layer '\(node.name)' its input without its mask", of: self)
      hypothesis.layer = layer.withoutMasks
      hypothesis.inputs = operands
      hypotheses.append(hypothesis)
    } else if layer.itself.signature.maskUse == .honoured {
      for (name, mask) in likelyMasks {
        var hypothesis = Hypothesis(
          .mask, "a mask where \(name)",
          fix: "give layer '\(node.name)' a mask where \(name)", of: self)
        hypothesis.layer = layer.heeding(masksWhere: inputs.indices.map { $0 == 0 })
        hypothesis.inputs.append(mask)
        hypotheses.append(hypothesis)
      }
    }
    return hypotheses + causality
  }

  /// Masks of the steps of the first input that its numbers, or those it was looked up by, suggest.
  private var likelyMasks: [(name: String, mask: NDArray<Double>)] {
    guard let x = inputs.first, x.dimensions.count == 3, let size = x.dimensions.last, size > 0
    else { return [] }
    var masks: [(String, NDArray<Double>)] = []
    let steps = stride(from: 0, to: x.elements.count, by: size).map { start in
      x.elements[start..<start + size].contains { $0 != 0 } ? 1.0 : 0
    }
    masks.append(
      ("its input is not 0", NDArray(Array(x.dimensions.dropLast()), steps)))
    if let maker = makers.first ?? nil, maker.layer.itself is Embedding,
      let indices = maker.inputs.first
    {
      masks.append(("the index is not 0", indices.mapped { $0 == 0 ? 0 : 1 }))
    }
    return masks.filter { $0.1.elements.contains(0) }
  }

  /// Attention that sees what is ahead where the source does not, or the other way round.
  private var causality: [Hypothesis] {
    guard var changed = layer.itself as? any CallDependentLayer,
      changed is any HeadAttention
        || changed is any DenseAttention
    else { return [] }
    let isCausal = changed.form.settings["use_causal_mask"] == .bool(true)
    changed.form.settings["use_causal_mask"] = .bool(!isCausal)
    var hypothesis = Hypothesis(
      .mask, "use_causal_mask \(!isCausal)",
      fix: "call layer '\(node.name)' with use_causal_mask=\(isCausal ? "False" : "True")", of: self
    )
    hypothesis.layer = layer.replaced(by: changed)
    return [hypothesis]
  }
}
