internal import OrderedCollections
internal import ModelGraph

/// Zeros that may lie elsewhere around what goes into a layer, and results that may be cut elsewhere.
extension SuspectCall {
  /// A window whose zeros lie elsewhere around the image, or count where they should not; also of a
  /// layer inside of the layer.
  func padding() -> [Hypothesis] {
    layer.attributes.values.keys.filter { $0.lastPart == "padding" }.flatMap(padding)
  }

  private func padding(_ key: String) -> [Hypothesis] {
    let place = String(key.dropLast("padding".count))
    let attributes =
      place.isEmpty ? layer.attributes : layer.attributes.under(String(place.dropLast()))
    if case .ints(let margins)? = attributes["padding"] { return otherMargins(margins, key) }
    guard case .string(let padding)? = attributes["padding"], let input = inputs.first else {
      return []
    }
    if let cut = otherCuts(attributes, place) { return cut }
    var hypotheses: [Hypothesis] = []
    if padding != "valid", let changed = hypothesis(.padding, key, .string("valid")) {
      hypotheses.append(changed)
    }
    if padding != "same", let changed = hypothesis(.padding, key, .string("same")) {
      hypotheses.append(changed)
      hypotheses += withoutZeroPadding(changed.layer)
    }
    guard let window = window(attributes), let valid = layer(with: [key: .string("valid")]),
      attributes["data_format"] != .string("channels_first")
    else { return hypotheses }
    for rule in PaddingRule.allCases {
      let spatial = window.enumerated().map { axis, window in
        rule.margins(of: window, input: input.dimensions[axis + 1])
      }
      guard spatial.contains(where: { $0.before + $0.after > 0 }) else { continue }
      var changed = hypothesis(
        .padding, "zeros \(rule.rawValue): \(spatial.map { [$0.before, $0.after] })",
        fix: "pad the input of '\(node.name)' by \(spatial.map { [$0.before, $0.after] }), and set "
          + "its padding to 'valid'",
        input: input.padded([(0, 0)] + spatial + [(0, 0)]))
      changed.layer = valid
      hypotheses.append(changed)
    }
    return hypotheses
  }

  /// The padding that is `same` in the source, where the model has a layer of zeros before.
  private func withoutZeroPadding(_ same: any Layer) -> [Hypothesis] {
    guard let maker = makers.first ?? nil, maker.inputs.count == 1,
      [ZeroPadding1D.kind, ZeroPadding2D.kind, ZeroPadding3D.kind].contains(maker.layer.kind)
    else { return [] }
    var hypothesis = hypothesis(
      .padding, "padding 'same' and no zeros before it",
      fix: "set 'padding' of layer '\(node.name)' to 'same', and remove the \(maker.layer.kind) "
        + "before it", input: maker.inputs[0])
    hypothesis.layer = same
    return [hypothesis]
  }

  /// A transposed convolution that is cut elsewhere; `nil` for what is none.
  private func otherCuts(_ attributes: Attributes, _ place: String) -> [Hypothesis]? {
    let rank = inputs[0].dimensions.count - 2
    let kind = place.isEmpty ? .string(layer.kind) : attributes["kind"]
    guard
      [Conv1DTranspose.kind, Conv2DTranspose.kind, Conv3DTranspose.kind]
        .contains(where: { kind == .string($0) })
    else { return nil }
    guard case .ints(let sizes)? = attributes["kernel_size"],
      case .ints(let strides)? = attributes["strides"], sizes.count == rank,
      strides.count == rank,
      let whole = layer(
        with: [place + "padding": .string("valid")], without: place + "output_padding"),
      let made = whole.definition(on: inputs, Parameters(weights))?.outputShapes.first?.known,
      made.count == shape.count
    else { return [] }
    let surplus = zip(made, shape).map { $0 - $1 }
    guard surplus.allSatisfy({ $0 >= 0 }), surplus.contains(where: { $0 > 0 }) else { return [] }
    let cuts: [(name: String, before: (Int) -> Int)] = [
      ("at the end", { _ in 0 }), ("at the beginning", { $0 }),
      ("alike on both sides, the odd one at the end", { $0 / 2 }),
      ("alike on both sides, the odd one at the beginning", { $0 - $0 / 2 }),
    ]
    return cuts.map { name, before in
      let front = surplus.map(before)
      var hypothesis = Hypothesis(
        .padding, "the result cut \(name)",
        fix: "set 'padding' of layer '\(node.name)' to 'valid', and crop \(front) elements before "
          + "and \(zip(surplus, front).map { $0 - $1 }) behind", of: self)
      hypothesis.layer = whole.followed(at: output) { (value, definition) throws(ModelError) in
        try definition.padding(
          value, before: front.map { -$0 }, after: zip(surplus, front).map { $1 - $0 })
      }
      return hypothesis
    }
  }

  /// Zeros around the input that give the golden's shape, distributed alike along each axis.
  private func otherMargins(_ margins: [Int], _ key: String) -> [Hypothesis] {
    guard let input = inputs.first, input.dimensions.count == shape.count,
      margins.count == 2 * (input.dimensions.count - 2)
    else { return [] }
    let isFirst = layer.attributes["data_format"] == .string("channels_first")
    let needed = (0..<margins.count / 2).map { axis in
      let place = axis + (isFirst ? 2 : 1)
      return shape[place] - input.dimensions[place]
    }
    guard let most = needed.max(), needed.allSatisfy({ $0 >= 0 }) else { return [] }
    return (0...min(most, Self.widestMargin)).compactMap { before in
      let others = needed.flatMap { [min(before, $0), $0 - min(before, $0)] }
      return others == margins ? nil : hypothesis(.padding, key, .ints(others))
    }
  }

  private static let widestMargin = 16

  /// The window along each spatial axis.
  private func window(_ attributes: Attributes) -> [PaddingRule.Window]? {
    guard let input = inputs.first, case .ints(let strides)? = attributes["strides"],
      case .ints(let sizes)? = attributes["kernel_size"] ?? attributes["pool_size"],
      sizes.count == strides.count, input.dimensions.count == sizes.count + 2
    else { return nil }
    var dilations = sizes.map { _ in 1 }
    if case .ints(let stated)? = attributes["dilation_rate"], stated.count == sizes.count {
      dilations = stated
    }
    // A window beyond any input's size has no margins that a mistake explains.
    guard (sizes + strides + dilations).allSatisfy({ (1...Self.widestWindow).contains($0) })
    else { return nil }
    return sizes.indices.map { axis in
      PaddingRule.Window(
        size: (sizes[axis] - 1) * dilations[axis] + 1, stride: strides[axis])
    }
  }

  private static let widestWindow = 1 << 12
}

/// Where zeros go.
private enum PaddingRule: String, CaseIterable {
  case upper = "as many as 'same' needs, the odd one behind"
  case lower = "as many as 'same' needs, the odd one in front"
  case symmetric = "alike on both sides"
  case front = "all in front"

  struct Window {
    var size: Int
    var stride: Int
  }

  func margins(of window: Window, input: Int) -> (before: Int, after: Int) {
    let outputs = (input + window.stride - 1) / window.stride
    let needed = max(0, (outputs - 1) * window.stride + window.size - input)
    return switch self {
    case .upper: (needed / 2, needed - needed / 2)
    case .lower: (needed - needed / 2, needed / 2)
    case .symmetric: ((window.size - 1) / 2, (window.size - 1) / 2)
    case .front: (window.size - 1, 0)
    }
  }
}
