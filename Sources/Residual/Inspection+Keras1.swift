internal import ModelGraph
internal import OrderedCollections

extension Inspection.Note {
  /// What later versions of Keras make of a file of Keras 1, where the model came from one.
  static func ofKeras1(_ model: Model) -> [Inspection.Note] {
    let provenance = model.provenance
    guard provenance.producer == "keras", provenance.producerVersion.hasPrefix("1.") else {
      return []
    }
    func note(_ path: String, _ kind: String, _ concern: String, _ sentence: String) -> Self {
      Self(path: path, kind: kind, concern: concern, sentence: sentence)
    }
    // All that has weights has words that Keras 3 refuses.
    let hasWeights = model.graph.allLayers.contains { !$0.layer.parameters.isEmpty }
    var notes = [
      note(
        "", "", "keras1",
        "the file is of Keras \(provenance.producerVersion), which "
          + (hasWeights
            ? "neither Keras 2.15 nor Keras 3 loads"
            : "Keras 2.15 does not load, and of which Keras 3 may take words for others: its 'hard_sigmoid' "
              + "is another function"))
    ]
    let flipped = model.graph.allLayers.filter { layer in
      guard case .layer(let inner) = layer.layer.body else { return false }
      return inner.attributes.values.contains {
        $0.key.hasSuffix("flips_kernel") && $0.value == .bool(true)
      }
    }
    if let first = flipped.first {
      let others = flipped.count - 1
      notes.append(
        note(
          first.path, first.layer.kind, "flipped-kernel",
          "layer '\(first.path)' (\(first.layer.kind)): its kernel is turned round, as Theano does"
            + (others > 0
              ? ", and so are those of \(others) more layer\(others > 1 ? "s" : "")" : "")
            + "; the file does not say so, and a Keras on TensorFlow takes it as it is"))
    }
    return notes
  }
}
