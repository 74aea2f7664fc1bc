internal import ModelGraph
internal import OrderedCollections

/// What the first layers of a model need, or suggest, that its inputs hold, by the inputs' places.
struct InputExpectations {
  /// Whole numbers, and the layer that they are for.
  struct Expected {
    var range: Range<Int>
    /// The layer's path and kind.
    var layer: String
  }

  /// Between which whole numbers the elements of some inputs are.
  private(set) var ranges: [Int: Expected] = [:]
  /// Which texts some inputs have to be.
  private(set) var texts: [Int: [[UInt8]]] = [:]

  /// Follows each input through the layers that only move, or mix, its elements, to those that say what
  /// these are.
  ///
  /// - Parameter includingSuggestions: Whether layers count that take any numbers, but are made for some:
  ///   those that scale pixels.
  init(of model: Model, includingSuggestions: Bool) {
    guard let resolution = try? model.graph.resolved() else { return }
    var places = Dictionary(zip(resolution.inputs, 0...)) { first, _ in first }
    var known: [Int: Set<[UInt8]>] = [:]
    var suggested: [Int: Expected] = [:]
    for call in resolution.calls {
      guard let definition = call.definition else { continue }
      let name = "'\(call.path)' (\(call.layer.kind))"
      if call.operands.count == 1, definition.steps.allSatisfy({ $0.primitive.keepsRange }) {
        for result in call.results { places[result] = places[call.operands[0]] }
      }
      for (operand, texts) in definition.texts {
        guard let place = places[call.operands[operand]] else { continue }
        known[place] = known[place]?.intersection(texts) ?? texts
      }
      for (operand, range) in definition.ranges.merging(
        definition.usualRanges, uniquingKeysWith: { $1.clamped(to: $0) })
      {
        guard let place = places[call.operands[operand]] else { continue }
        let old = ranges[place]?.range
        let common = old?.clamped(to: range) ?? range
        if common != old { ranges[place] = Expected(range: common, layer: name) }
      }
      if let operand = call.operands.first, let place = places[operand], suggested[place] == nil,
        let range = model.suggestedRange(by: call.layer)
      {
        suggested[place] = Expected(range: range, layer: name)
      }
    }
    // In an order of its own: that of a set changes from run to run.
    texts = known.filter { !$1.isEmpty }.mapValues { texts in
      texts.sorted { $0.lexicographicallyPrecedes($1) }
    }
    ranges = ranges.filter { !$1.range.isEmpty }
    if includingSuggestions { ranges.merge(suggested) { needed, _ in needed } }
  }
}

extension Primitive {
  /// Whether its results are within the range of what it is given: elements are moved, or pixels mixed.
  fileprivate var keepsRange: Bool { self is any Movement || self is Primitives.Resampling }
}

extension Model {
  /// What a layer that scales its input is made for: what it brings to about 0 to 1, or -1 to 1.
  ///
  /// Where 0 to 255 come to between -4 and 4, and do not vanish, these are pixels. Numbers that a layer
  /// brings there from no more than 8 in all suggest nothing.
  fileprivate func suggestedRange(by layer: LayerNode) -> Range<Int>? {
    guard case .layer(let body) = layer.body else { return nil }
    switch body {
    case let rescaling as Rescaling:
      let (scale, offset) = (rescaling.scale, rescaling.offset)
      if Self.takesPixels(scale: scale, offset: offset) { return 0..<256 }
      guard scale.count == 1, offset.count == 1, scale[0] > 0 else { return nil }
      let first = ((offset[0] < 0 ? -1 : 0) - offset[0]) / scale[0]
      let last = (1 - offset[0]) / scale[0]
      guard last - first > 8, abs(first) < 0x1p24, abs(last) < 0x1p24 else { return nil }
      return Int(first.rounded())..<Int(last.rounded()) + 1
    case let normalization as Normalization where !normalization.invert:
      func statistic(_ role: String, _ stated: [Double]?) -> [Double] {
        let weight = layer.parameters[role].flatMap { tensors[$0] }
        return stated ?? (try? weight?.array(Double.self).elements) ?? []
      }
      let means = statistic("mean", normalization.statistics?.mean)
      let deviations = statistic("variance", normalization.statistics?.variance).map {
        max($0.squareRoot(), 1e-7)
      }
      guard means.count == deviations.count else { return nil }
      let isOfPixels = Self.takesPixels(
        scale: deviations.map { 1 / $0 }, offset: zip(means, deviations).map { -$0 / $1 })
      return isOfPixels ? 0..<256 : nil
    default: return nil
    }
  }

  /// Whether `x·scale + offset` is what pixels, 0 to 255, are brought to.
  private static func takesPixels(scale: [Double], offset: [Double]) -> Bool {
    let count = max(scale.count, offset.count)
    guard !scale.isEmpty, !offset.isEmpty,
      scale.count == 1 || scale.count == count, offset.count == 1 || offset.count == count
    else { return false }
    return (0..<count).allSatisfy { place in
      let (scale, offset) = (
        scale[min(place, scale.count - 1)], offset[min(place, offset.count - 1)]
      )
      return 255 * scale >= 0.5 && abs(offset) <= 4 && abs(255 * scale + offset) <= 4
    }
  }
}
